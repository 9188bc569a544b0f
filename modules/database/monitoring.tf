data "aws_partition" "current" {}

data "aws_iam_policy_document" "monitoring_trust" {
  count = var.monitoring_interval > 0 ? 1 : 0

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["monitoring.rds.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "monitoring" {
  count = var.monitoring_interval > 0 ? 1 : 0

  name_prefix        = "${substr(var.name, 0, 25)}-monitoring-"
  description        = "Lets the database ${var.name} write what it measures"
  assume_role_policy = data.aws_iam_policy_document.monitoring_trust[0].json

  tags = var.tags
}

resource "aws_iam_role_policy_attachment" "monitoring" {
  count = var.monitoring_interval > 0 ? 1 : 0

  role       = aws_iam_role.monitoring[0].name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}

locals {
  # By the names that they have when the plan is made, so that alarms can be planned too.
  instances = concat([var.name], [for index in range(var.replica_count) : "${var.name}-replica-${index + 1}"])

  limits = {
    cpu = {
      metric     = "CPUUtilization"
      comparison = "GreaterThanThreshold"
      threshold  = var.alarms.cpu_percent
      text       = "Busy processors"
    }
    storage = {
      metric     = "FreeStorageSpace"
      comparison = "LessThanThreshold"
      threshold  = var.alarms.free_storage_bytes
      text       = "Little free storage"
    }
    memory = {
      metric     = "FreeableMemory"
      comparison = "LessThanThreshold"
      threshold  = var.alarms.free_memory_bytes
      text       = "Little free memory"
    }
    lag = {
      metric     = "ReplicaLag"
      comparison = "GreaterThanThreshold"
      threshold  = var.alarms.replica_lag_seconds
      text       = "Behind the primary"
    }
  }

  alarms = {
    for pair in setproduct(local.instances, keys(local.limits)) :
    "${pair[0]}-${pair[1]}" => merge(local.limits[pair[1]], { instance = pair[0] })
    if pair[1] != "lag" || pair[0] != var.name
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = var.alarms.enabled ? local.alarms : {}

  alarm_name          = each.key
  alarm_description   = "${each.value.text}: ${each.value.instance}"
  namespace           = "AWS/RDS"
  metric_name         = each.value.metric
  dimensions          = { DBInstanceIdentifier = each.value.instance }
  statistic           = "Average"
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  period              = 60
  evaluation_periods  = 5
  alarm_actions       = var.alarms.actions
  ok_actions          = var.alarms.actions

  tags = var.tags
}
