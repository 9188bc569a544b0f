//! Plans with resources of hashicorp/aws, from states made up for the purpose.

use crate::terraform::Workspace;
use crate::{compare, compare_state, fake_apply};

const PROVIDER: &str = r##"
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0, >= 5.10"
    }
  }
}
provider "aws" {
  region                      = var.region
  access_key                  = "x"
  secret_key                  = "y"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  default_tags {
    tags = { Project = "groma" }
  }
}
variable "region" {
  type        = string
  default     = "us-east-1"
  description = "Where <it> runs"
}
variable "secret" {
  sensitive = true
  default   = "hush"
}
"##;

const FIRST: &str = r##"
resource "aws_security_group" "sg" {
  name = "sg"
  ingress {
    from_port   = 80
    to_port     = 80
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/8"]
  }
  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/8", "192.168.0.0/16"]
    description = "tls"
  }
  dynamic "egress" {
    for_each = [1]
    content {
      from_port = 1
      to_port   = 2
      protocol  = "tcp"
    }
  }
  tags = { Name = "x", Secret = var.secret }
}
resource "aws_instance" "web" {
  count                  = 2
  ami                    = "ami-1"
  instance_type          = "t3.micro"
  user_data              = "#!/bin/sh\necho hi\n"
  vpc_security_group_ids = [aws_security_group.sg.id, "sg-2"]
  root_block_device {
    volume_size = 10
    encrypted   = true
  }
  ebs_block_device {
    device_name = "a"
    volume_size = 3
  }
  ebs_block_device {
    device_name = "b"
    volume_size = 4
  }
  tags = { Name = "web", Stage = "test" }
}
resource "aws_db_instance" "db" {
  instance_class      = "db.t3.medium"
  allocated_storage   = 10
  engine              = "postgres"
  username            = "u"
  password_wo         = "secret"
  password_wo_version = 1
  identifier          = "db"
}
resource "aws_db_instance" "old" {
  instance_class    = "db.t3.medium"
  allocated_storage = 10
  engine            = "postgres"
  username          = "u"
  password          = var.secret
  identifier        = "old"
}
resource "aws_lb_listener" "l" {
  load_balancer_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/a/b"
  port              = 80
  default_action {
    type             = "forward"
    target_group_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/a/b"
  }
}
resource "aws_iam_policy" "p" {
  name = "p"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["s3:Get*", "s3:List*"], Resource = "*" }]
  })
}
data "aws_iam_policy_document" "d" {
  statement {
    actions   = ["a"]
    resources = [aws_iam_policy.p.arn]
  }
}
resource "aws_cloudwatch_metric_alarm" "cpu" {
  alarm_name          = "cpu"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 2
  metric_name         = "CPUUtilization"
  namespace           = "AWS/EC2"
  period              = 120
  statistic           = "Average"
  threshold           = 75.5
  alarm_actions       = ["arn:aws:sns:us-east-1:123456789012:a", "arn:aws:sns:us-east-1:123456789012:b"]
  dimensions          = { AutoScalingGroupName = "asg" }
}
resource "aws_autoscaling_group" "asg" {
  name               = "asg"
  min_size           = 2
  max_size           = 10
  availability_zones = ["us-east-1a", "us-east-1b"]
  launch_template {
    id      = "lt-1"
    version = "$Latest"
  }
  tag {
    key                 = "Name"
    value               = "app"
    propagate_at_launch = true
  }
}
resource "aws_ssm_parameter" "s" {
  name  = "s"
  type  = "SecureString"
  value = var.secret
}
"##;

const SECOND: &str = r##"
resource "aws_security_group" "sg" {
  name = "sg"
  ingress {
    from_port   = 80
    to_port     = 81
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/8"]
  }
  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/8", "192.168.0.0/16"]
    description = "tls"
  }
  tags = { Name = "y", Secret = var.secret }
}
resource "aws_instance" "web" {
  count                  = 1
  ami                    = "ami-2"
  instance_type          = "t3.small"
  user_data              = "#!/bin/sh\necho hi\necho there\n"
  vpc_security_group_ids = [aws_security_group.sg.id, "sg-3"]
  root_block_device {
    volume_size = 20
    encrypted   = true
  }
  ebs_block_device {
    device_name = "b"
    volume_size = 4
  }
  ebs_block_device {
    device_name = "c"
    volume_size = 5
  }
  tags = { Name = "web", Stage = "live", More = "1" }
}
resource "aws_db_instance" "db" {
  instance_class      = "db.t3.large"
  allocated_storage   = 20
  engine              = "postgres"
  username            = "u"
  password_wo         = "secret"
  password_wo_version = 2
  identifier          = "db"
}
resource "aws_db_instance" "old" {
  instance_class    = "db.t3.medium"
  allocated_storage = 10
  engine            = "postgres"
  username          = "u"
  password          = "plain"
  identifier        = "old"
  tags              = { a = var.secret }
}
resource "aws_lb_listener" "l" {
  load_balancer_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/a/b"
  port              = 81
  default_action {
    type = "redirect"
    redirect {
      port        = "443"
      protocol    = "HTTPS"
      status_code = "HTTP_301"
    }
  }
  default_action {
    type             = "forward"
    target_group_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/a/c"
  }
}
resource "aws_iam_policy" "p" {
  name = "p"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["s3:Get*", "s3:Put*", "s3:List*"], Resource = "*" },
      { Effect = "Deny", Action = "*", Resource = aws_security_group.sg.arn },
    ]
  })
}
resource "aws_cloudwatch_metric_alarm" "cpu" {
  alarm_name          = "cpu"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 2
  metric_name         = "CPUUtilization"
  namespace           = "AWS/EC2"
  period              = 120
  statistic           = "Average"
  threshold           = 80
  alarm_actions       = ["arn:aws:sns:us-east-1:123456789012:b", "arn:aws:sns:us-east-1:123456789012:c"]
  dimensions          = { AutoScalingGroupName = "other", X = "y" }
}
resource "aws_autoscaling_group" "asg" {
  name               = "asg"
  min_size           = 2
  max_size           = 12
  availability_zones = ["us-east-1a", "us-east-1c"]
  launch_template {
    id      = "lt-1"
    version = "3"
  }
  tag {
    key                 = "Name"
    value               = "app2"
    propagate_at_launch = true
  }
  tag {
    key                 = "B"
    value               = "b"
    propagate_at_launch = false
  }
}
resource "aws_ssm_parameter" "s" {
  name  = "s"
  type  = "SecureString"
  value = "open"
}
"##;

#[test]
fn blocks_sets_and_secrets() {
    let Some(workspace) = Workspace::with_aws() else { return };
    workspace.configure(&format!("{PROVIDER}{FIRST}"));
    compare(&workspace, &["-refresh=false"]);
    fake_apply(&workspace, &["-refresh=false"]);
    compare_state(&workspace);
    compare(&workspace, &["-refresh=false"]);
    compare(&workspace, &["-refresh=false", "-destroy"]);
    workspace.configure(&format!("{PROVIDER}{SECOND}"));
    compare(&workspace, &["-refresh=false"]);
    compare(&workspace, &["-refresh=false", "-replace=aws_instance.web[0]"]);
}
