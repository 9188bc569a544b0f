# import: aws_cloudwatch_metric_alarm.cpu = alarm_name
# import: aws_cloudwatch_metric_alarm.ratio = id
# import: aws_cloudwatch_dashboard.main = dashboard_name

resource "aws_sns_topic" "alarms" {
  name = "alarms"
}

resource "aws_cloudwatch_metric_alarm" "cpu" {
  alarm_name          = "alarms-cpu"
  alarm_description   = "Busy processors"
  namespace           = "AWS/RDS"
  metric_name         = "CPUUtilization"
  dimensions          = { DBInstanceIdentifier = "main" }
  statistic           = "Average"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 80.5
  period              = 60
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]

  tags = { Name = "cpu" }
}

resource "aws_cloudwatch_metric_alarm" "ratio" {
  alarm_name          = "alarms-ratio"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  evaluation_periods  = 2
  threshold           = 10
  treat_missing_data  = "notBreaching"

  metric_query {
    id          = "ratio"
    expression  = "errors / requests * 100"
    label       = "Share of errors"
    return_data = true
  }

  metric_query {
    id = "errors"
    metric {
      metric_name = "HTTPCode_Target_5XX_Count"
      namespace   = "AWS/ApplicationELB"
      period      = 120
      stat        = "Sum"
      unit        = "Count"
      dimensions  = { LoadBalancer = "app/web/1" }
    }
  }

  metric_query {
    id = "requests"
    metric {
      metric_name = "RequestCount"
      namespace   = "AWS/ApplicationELB"
      period      = 120
      stat        = "Sum"
      dimensions  = { LoadBalancer = "app/web/1" }
    }
  }
}

resource "aws_cloudwatch_dashboard" "main" {
  dashboard_name = "alarms"
  dashboard_body = jsonencode({
    widgets = [{ type = "text", x = 0, y = 0, width = 3, height = 3, properties = { markdown = "one" } }]
  })
}
