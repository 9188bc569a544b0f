# import: aws_autoscaling_lifecycle_hook.leave = {autoscaling_group_name}/{name}
# import: aws_autoscaling_lifecycle_hook.come = {autoscaling_group_name}/{name}

data "aws_region" "this" {}

resource "aws_vpc" "this" {
  cidr_block = "10.46.0.0/16"
}

resource "aws_subnet" "this" {
  count             = 2
  vpc_id            = aws_vpc.this.id
  cidr_block        = cidrsubnet(aws_vpc.this.cidr_block, 8, count.index)
  availability_zone = "${data.aws_region.this.name}${["a", "b"][count.index]}"
}

resource "aws_launch_template" "this" {
  name          = "hook"
  image_id      = "ami-12c6146b"
  instance_type = "t3.micro"
}

resource "aws_autoscaling_group" "this" {
  name                = "hook"
  min_size            = 0
  max_size            = 2
  vpc_zone_identifier = aws_subnet.this[*].id

  launch_template {
    id = aws_launch_template.this.id
  }
}

resource "aws_autoscaling_group" "other" {
  name                = "hook-other"
  min_size            = 0
  max_size            = 2
  vpc_zone_identifier = aws_subnet.this[*].id

  launch_template {
    id = aws_launch_template.this.id
  }
}

# The emulator knows no targets of hooks.
resource "aws_autoscaling_lifecycle_hook" "leave" {
  name                   = "leave"
  autoscaling_group_name = aws_autoscaling_group.this.name
  lifecycle_transition   = "autoscaling:EC2_INSTANCE_TERMINATING"
  default_result         = "CONTINUE"
  heartbeat_timeout      = 60
}

resource "aws_autoscaling_lifecycle_hook" "come" {
  name                   = "come"
  autoscaling_group_name = aws_autoscaling_group.this.name
  lifecycle_transition   = "autoscaling:EC2_INSTANCE_LAUNCHING"
}
