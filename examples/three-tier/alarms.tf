resource "aws_sns_topic" "alarms" {
  name = "${local.name}-alarms"
}

resource "aws_sns_topic_subscription" "email" {
  count = var.alarm_email == null ? 0 : 1

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

# What users notice.
resource "aws_cloudwatch_metric_alarm" "errors" {
  for_each = {
    web = module.web_load_balancer
    app = module.app_load_balancer
  }

  alarm_name          = "${local.name}-${each.key}-errors"
  alarm_description   = "The ${each.key} tier answers with errors"
  namespace           = "AWS/ApplicationELB"
  metric_name         = "HTTPCode_Target_5XX_Count"
  statistic           = "Sum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 10
  period              = 60
  evaluation_periods  = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]

  dimensions = {
    LoadBalancer = each.value.arn_suffix
    TargetGroup  = each.value.target_group_arn_suffix
  }
}
