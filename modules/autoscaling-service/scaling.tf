resource "aws_autoscaling_policy" "target_tracking" {
  for_each = var.target_tracking

  name                      = "${var.name}-${each.key}"
  autoscaling_group_name    = aws_autoscaling_group.this.name
  policy_type               = "TargetTrackingScaling"
  estimated_instance_warmup = each.value.warmup

  target_tracking_configuration {
    target_value     = each.value.target
    disable_scale_in = each.value.disable_scale_in

    dynamic "predefined_metric_specification" {
      for_each = each.value.predefined == null ? [] : [each.value]

      content {
        predefined_metric_type = predefined_metric_specification.value.predefined
        resource_label         = predefined_metric_specification.value.resource_label
      }
    }

    dynamic "customized_metric_specification" {
      for_each = each.value.metric == null ? [] : [each.value]

      content {
        namespace   = customized_metric_specification.value.namespace
        metric_name = customized_metric_specification.value.metric
        statistic   = customized_metric_specification.value.statistic

        metric_dimension {
          name  = "AutoScalingGroupName"
          value = aws_autoscaling_group.this.name
        }
      }
    }
  }
}

resource "aws_autoscaling_policy" "step" {
  for_each = var.step_scaling

  name                      = "${var.name}-${each.key}"
  autoscaling_group_name    = aws_autoscaling_group.this.name
  policy_type               = "StepScaling"
  adjustment_type           = each.value.adjustment_type
  metric_aggregation_type   = each.value.statistic
  estimated_instance_warmup = each.value.warmup

  dynamic "step_adjustment" {
    for_each = each.value.steps

    content {
      metric_interval_lower_bound = step_adjustment.value.lower
      metric_interval_upper_bound = step_adjustment.value.upper
      scaling_adjustment          = step_adjustment.value.adjustment
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "step" {
  for_each = var.step_scaling

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "Changes the number of instances of ${var.name}"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions != null ? each.value.dimensions : { AutoScalingGroupName = aws_autoscaling_group.this.name }
  statistic           = each.value.statistic
  comparison_operator = each.value.comparison_operator
  threshold           = each.value.threshold
  period              = each.value.period
  evaluation_periods  = each.value.evaluation_periods
  alarm_actions       = [aws_autoscaling_policy.step[each.key].arn]

  tags = var.tags
}

resource "aws_autoscaling_schedule" "this" {
  for_each = var.schedules

  scheduled_action_name  = each.key
  autoscaling_group_name = aws_autoscaling_group.this.name
  recurrence             = each.value.recurrence
  time_zone              = each.value.time_zone
  min_size               = each.value.min
  max_size               = each.value.max
  desired_capacity       = each.value.desired
}
