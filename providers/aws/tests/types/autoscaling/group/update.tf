# import: aws_autoscaling_group.this = name
# import: aws_autoscaling_group.mixed = name
# import: aws_autoscaling_policy.simple = {autoscaling_group_name}/{name}
# import: aws_autoscaling_policy.step = {autoscaling_group_name}/{name}
# import: aws_autoscaling_policy.tracking = {autoscaling_group_name}/{name}
# import: aws_autoscaling_schedule.this = {autoscaling_group_name}/{scheduled_action_name}
# import: aws_autoscaling_lifecycle_hook.this = {autoscaling_group_name}/{name}

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
  name     = "group"
  vpc_id   = aws_vpc.this.id
  port     = 80
  protocol = "HTTP"
}

resource "aws_lb_target_group" "other" {
  name     = "group-other"
  vpc_id   = aws_vpc.this.id
  port     = 80
  protocol = "HTTP"
}

resource "aws_autoscaling_group" "this" {
  name                = "group"
  min_size            = 1
  max_size            = 4
  desired_capacity    = 1
  vpc_zone_identifier = aws_subnet.this[*].id
  target_group_arns   = [aws_lb_target_group.other.arn]

  health_check_type         = "ELB"
  health_check_grace_period = 60
  termination_policies      = ["OldestInstance"]
  suspended_processes       = ["ScheduledActions"]
  enabled_metrics           = ["GroupDesiredCapacity", "GroupInServiceInstances"]

  launch_template {
    id      = aws_launch_template.this.id
    version = aws_launch_template.this.latest_version
  }

  tag {
    key                 = "Name"
    value               = "groups"
    propagate_at_launch = true
  }
}

resource "aws_autoscaling_group" "mixed" {
  name_prefix         = "mixed-"
  min_size            = 0
  max_size            = 2
  vpc_zone_identifier = aws_subnet.this[*].id

  mixed_instances_policy {
    instances_distribution {
      on_demand_base_capacity                  = 0
      on_demand_percentage_above_base_capacity = 25
      spot_allocation_strategy                 = "lowest-price"
    }

    launch_template {
      launch_template_specification {
        launch_template_id = aws_launch_template.this.id
        version            = "$Latest"
      }

      override {
        instance_type     = "t3.small"
        weighted_capacity = "1"
      }

      override {
        instance_type     = "t3.medium"
        weighted_capacity = "2"
      }
    }
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

resource "aws_autoscaling_policy" "simple" {
  name                   = "simple"
  autoscaling_group_name = aws_autoscaling_group.this.name
  adjustment_type        = "ChangeInCapacity"
  scaling_adjustment     = 2
  cooldown               = 120
}

resource "aws_autoscaling_policy" "step" {
  name                   = "step"
  autoscaling_group_name = aws_autoscaling_group.this.name
  policy_type            = "StepScaling"
  adjustment_type        = "ChangeInCapacity"

  step_adjustment {
    scaling_adjustment          = 1
    metric_interval_lower_bound = 0
    metric_interval_upper_bound = 10
  }

  step_adjustment {
    scaling_adjustment          = 3
    metric_interval_lower_bound = 10
  }
}

resource "aws_autoscaling_policy" "tracking" {
  name                   = "tracking"
  autoscaling_group_name = aws_autoscaling_group.this.name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    target_value = 50

    predefined_metric_specification {
      predefined_metric_type = "ASGAverageCPUUtilization"
    }
  }
}

resource "aws_autoscaling_schedule" "this" {
  scheduled_action_name  = "evening"
  autoscaling_group_name = aws_autoscaling_group.this.name
  min_size               = 1
  max_size               = 3
  desired_capacity       = 1
  recurrence             = "0 18 * * *"
}

resource "aws_autoscaling_attachment" "this" {
  autoscaling_group_name = aws_autoscaling_group.mixed.name
  lb_target_group_arn    = aws_lb_target_group.other.arn
}

resource "aws_autoscaling_lifecycle_hook" "this" {
  name                   = "leave"
  autoscaling_group_name = aws_autoscaling_group.this.name
  lifecycle_transition   = "autoscaling:EC2_INSTANCE_TERMINATING"
  default_result         = "CONTINUE"
  heartbeat_timeout      = 90
}

data "aws_autoscaling_group" "this" {
  name = aws_autoscaling_group.this.name
}
