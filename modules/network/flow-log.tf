resource "aws_cloudwatch_log_group" "flow" {
  count = var.flow_log.enabled ? 1 : 0

  name_prefix       = "/vpc/${var.name}/flow-"
  retention_in_days = var.flow_log.retention_days
  kms_key_id        = var.flow_log.kms_key_arn

  tags = var.tags
}

data "aws_iam_policy_document" "flow_trust" {
  count = var.flow_log.enabled ? 1 : 0

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["vpc-flow-logs.amazonaws.com"]
    }

    # For this account's flow logs, and not for those of somebody who guesses the role's name.
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

data "aws_iam_policy_document" "flow" {
  count = var.flow_log.enabled ? 1 : 0

  statement {
    actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = [aws_cloudwatch_log_group.flow[0].arn, "${aws_cloudwatch_log_group.flow[0].arn}:*"]
  }
}

resource "aws_iam_role" "flow" {
  count = var.flow_log.enabled ? 1 : 0

  name_prefix        = "${var.name}-flow-"
  description        = "Lets the network ${var.name} write its flow log"
  assume_role_policy = data.aws_iam_policy_document.flow_trust[0].json

  tags = var.tags
}

resource "aws_iam_role_policy" "flow" {
  count = var.flow_log.enabled ? 1 : 0

  name   = "write-flow-log"
  role   = aws_iam_role.flow[0].id
  policy = data.aws_iam_policy_document.flow[0].json
}

resource "aws_flow_log" "this" {
  count = var.flow_log.enabled ? 1 : 0

  vpc_id                   = aws_vpc.this.id
  traffic_type             = var.flow_log.traffic
  log_destination_type     = "cloud-watch-logs"
  log_destination          = aws_cloudwatch_log_group.flow[0].arn
  iam_role_arn             = aws_iam_role.flow[0].arn
  max_aggregation_interval = 60

  tags = merge(var.tags, { Name = var.name })

  depends_on = [aws_iam_role_policy.flow]
}
