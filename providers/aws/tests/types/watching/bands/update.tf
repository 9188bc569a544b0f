resource "aws_cloudwatch_metric_alarm" "slow" {
  alarm_name                            = "bands-slow"
  namespace                             = "AWS/ApplicationELB"
  metric_name                           = "TargetResponseTime"
  extended_statistic                    = "p90"
  evaluate_low_sample_count_percentiles = "ignore"
  comparison_operator                   = "GreaterThanOrEqualToThreshold"
  threshold                             = 0
  period                                = 10
  evaluation_periods                    = 1
  unit                                  = "Seconds"
  actions_enabled                       = false
  insufficient_data_actions             = ["arn:aws:sns:us-east-1:123456789012:bands"]
}

resource "aws_cloudwatch_metric_alarm" "unusual" {
  alarm_name          = "bands-unusual"
  comparison_operator = "LessThanLowerOrGreaterThanUpperThreshold"
  evaluation_periods  = 2
  threshold_metric_id = "band"

  metric_query {
    id          = "band"
    expression  = "ANOMALY_DETECTION_BAND(load, 3)"
    label       = "Load (expected)"
    return_data = true
  }

  metric_query {
    id          = "load"
    return_data = true
    metric {
      metric_name = "CPUUtilization"
      namespace   = "AWS/EC2"
      period      = 120
      stat        = "Average"
      dimensions  = { InstanceId = "i-2" }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "fast" {
  alarm_name          = "bands-faster"
  comparison_operator = "LessThanThreshold"
  evaluation_periods  = 1
  threshold           = 0

  metric_query {
    id          = "found"
    return_data = true
    metric {
      metric_name = "Found"
      namespace   = "Own"
      period      = 60
      stat        = "tm90"
    }
  }
}
