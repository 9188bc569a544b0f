# import: aws_autoscaling_policy.simple = {autoscaling_group_name}/{name}
# import: aws_autoscaling_policy.percent = {autoscaling_group_name}/{name}
# import: aws_autoscaling_policy.step = {autoscaling_group_name}/{name}
# import: aws_autoscaling_policy.tracking = {autoscaling_group_name}/{name}
# import: aws_autoscaling_policy.own = {autoscaling_group_name}/{name}
# import: aws_autoscaling_policy.math = {autoscaling_group_name}/{name}
# import: aws_autoscaling_policy.predictive = {autoscaling_group_name}/{name}
# import: aws_autoscaling_policy.load = {autoscaling_group_name}/{name}

data "aws_region" "this" {}

resource "aws_vpc" "this" {
  cidr_block = "10.44.0.0/16"
}

resource "aws_subnet" "this" {
  count             = 2
  vpc_id            = aws_vpc.this.id
  cidr_block        = cidrsubnet(aws_vpc.this.cidr_block, 8, count.index)
  availability_zone = "${data.aws_region.this.name}${["a", "b"][count.index]}"
}

resource "aws_launch_template" "this" {
  name          = "policy"
  image_id      = "ami-12c6146b"
  instance_type = "t3.micro"
}

resource "aws_autoscaling_group" "this" {
  name                = "policy"
  min_size            = 0
  max_size            = 2
  vpc_zone_identifier = aws_subnet.this[*].id

  launch_template {
    id = aws_launch_template.this.id
  }
}

resource "aws_autoscaling_policy" "simple" {
  name                   = "simple"
  autoscaling_group_name = aws_autoscaling_group.this.name
  adjustment_type        = "ChangeInCapacity"
  scaling_adjustment     = -1
  cooldown               = 120
}

resource "aws_autoscaling_policy" "percent" {
  name                     = "percent"
  autoscaling_group_name   = aws_autoscaling_group.this.name
  policy_type              = "SimpleScaling"
  adjustment_type          = "PercentChangeInCapacity"
  scaling_adjustment       = 50
  min_adjustment_magnitude = 1
  cooldown                 = 300
}

resource "aws_autoscaling_policy" "step" {
  name                      = "step"
  autoscaling_group_name    = aws_autoscaling_group.this.name
  policy_type               = "StepScaling"
  adjustment_type           = "ChangeInCapacity"
  metric_aggregation_type   = "Maximum"
  estimated_instance_warmup = 30

  step_adjustment {
    scaling_adjustment          = 1
    metric_interval_lower_bound = "0"
    metric_interval_upper_bound = 10
  }

  step_adjustment {
    scaling_adjustment          = 2
    metric_interval_lower_bound = 10
  }
}

resource "aws_autoscaling_policy" "tracking" {
  name                   = "tracking"
  autoscaling_group_name = aws_autoscaling_group.this.name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    target_value     = 60.5
    disable_scale_in = false

    predefined_metric_specification {
      predefined_metric_type = "ASGAverageCPUUtilization"
    }
  }
}

resource "aws_autoscaling_policy" "own" {
  name                   = "own"
  autoscaling_group_name = aws_autoscaling_group.this.name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    target_value = 100

    customized_metric_specification {
      metric_name = "Depth"
      namespace   = "Queues"
      statistic   = "Average"
      unit        = "Count"

      metric_dimension {
        name  = "Queue"
        value = "orders"
      }
    }
  }
}

resource "aws_autoscaling_policy" "math" {
  name                   = "math"
  autoscaling_group_name = aws_autoscaling_group.this.name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    target_value = 10

    customized_metric_specification {
      metrics {
        id          = "depth"
        label       = "Messages that wait"
        return_data = false

        metric_stat {
          stat = "Sum"

          metric {
            metric_name = "ApproximateNumberOfMessagesVisible"
            namespace   = "AWS/SQS"

            dimensions {
              name  = "QueueName"
              value = "orders"
            }
          }
        }
      }

      metrics {
        id         = "each"
        expression = "depth / 2"
      }
    }
  }
}

resource "aws_autoscaling_policy" "predictive" {
  name                   = "predictive"
  autoscaling_group_name = aws_autoscaling_group.this.name
  policy_type            = "PredictiveScaling"

  predictive_scaling_configuration {
    mode                         = "ForecastOnly"
    scheduling_buffer_time       = "60"
    max_capacity_breach_behavior = "IncreaseMaxCapacity"
    max_capacity_buffer          = "10"

    metric_specification {
      target_value = 40

      predefined_metric_pair_specification {
        predefined_metric_type = "ASGCPUUtilization"
      }
    }
  }
}

resource "aws_autoscaling_policy" "load" {
  name                   = "load"
  autoscaling_group_name = aws_autoscaling_group.this.name
  policy_type            = "PredictiveScaling"

  predictive_scaling_configuration {
    metric_specification {
      target_value = 10

      customized_load_metric_specification {
        metric_data_queries {
          id         = "load"
          expression = "SUM(SEARCH('{AWS/EC2,AutoScalingGroupName} MetricName=\"NetworkIn\"', 'Sum', 3600))"
        }
      }

      predefined_scaling_metric_specification {
        predefined_metric_type = "ASGAverageNetworkIn"
      }
    }
  }
}
