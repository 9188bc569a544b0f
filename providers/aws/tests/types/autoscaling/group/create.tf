# import: aws_autoscaling_group.this = name, except instance_refresh
# import: aws_autoscaling_group.named = id

data "aws_region" "this" {}

resource "aws_vpc" "this" {
  cidr_block = "10.40.0.0/16"
}

resource "aws_subnet" "this" {
  count             = 2
  vpc_id            = aws_vpc.this.id
  cidr_block        = cidrsubnet(aws_vpc.this.cidr_block, 8, count.index)
  availability_zone = "${data.aws_region.this.name}${["a", "b"][count.index]}"
}

resource "aws_launch_template" "this" {
  name          = "group"
  image_id      = "ami-12c6146b"
  instance_type = "t3.micro"
}

resource "aws_lb_target_group" "this" {
  count    = 2
  name     = "group-${count.index}"
  vpc_id   = aws_vpc.this.id
  port     = 80
  protocol = "HTTP"
}

resource "aws_autoscaling_group" "this" {
  name                = "group"
  min_size            = 1
  max_size            = 3
  desired_capacity    = 2
  vpc_zone_identifier = aws_subnet.this[*].id
  target_group_arns   = [aws_lb_target_group.this[0].arn]

  health_check_type         = "ELB"
  health_check_grace_period = 60
  protect_from_scale_in     = false
  suspended_processes       = ["AZRebalance"]
  # The emulator forgets metrics when others are added, and knows no call that ends them; and it keeps
  # its termination policies whatever they are changed to. Instance maintenance policies, lifetimes,
  # warmups and reservations it drops.
  termination_policies = ["OldestInstance", "Default"]
  enabled_metrics      = ["GroupDesiredCapacity", "GroupInServiceInstances"]

  launch_template {
    id      = aws_launch_template.this.id
    version = "$Latest"
  }

  # The emulator starts no refreshes: nothing that triggers one changes while there is the block.
  instance_refresh {
    strategy = "Rolling"
    triggers = ["max_instance_lifetime"]

    preferences {
      min_healthy_percentage = 50
      instance_warmup        = "60"
      checkpoint_percentages = [50, 100]
    }
  }

  tag {
    key                 = "Name"
    value               = "group"
    propagate_at_launch = true
  }

  tag {
    key                 = "before"
    value               = ""
    propagate_at_launch = false
  }
}

# Its name is replaced.
resource "aws_autoscaling_group" "named" {
  name_prefix           = "named-"
  min_size              = 1
  max_size              = 1
  vpc_zone_identifier   = [aws_subnet.this[0].id]
  protect_from_scale_in = true

  launch_template {
    name    = aws_launch_template.this.name
    version = "1"
  }
}

# What a group began with, no import can find out.
resource "aws_autoscaling_group" "hooked" {
  name                = "hooked"
  min_size            = 1
  max_size            = 1
  vpc_zone_identifier = aws_subnet.this[*].id

  launch_template {
    name    = aws_launch_template.this.name
    version = "$Latest"
  }

  initial_lifecycle_hook {
    name                 = "first"
    lifecycle_transition = "autoscaling:EC2_INSTANCE_LAUNCHING"
    default_result       = "CONTINUE"
    heartbeat_timeout    = 30
  }
}

data "aws_autoscaling_group" "this" {
  name = aws_autoscaling_group.this.name

  lifecycle {
    postcondition {
      condition     = self.max_size == aws_autoscaling_group.this.max_size && length(self.tag) == 2
      error_message = "What is read is not what was made."
    }
  }
}
