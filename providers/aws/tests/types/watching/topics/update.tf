data "aws_caller_identity" "me" {}

resource "aws_sns_topic" "plain" {
  name         = "topics-plain"
  display_name = "Other topics"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "publish"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = "*"
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.me.account_id } }
    }]
  })

  delivery_policy = jsonencode({
    http = { defaultHealthyRetryPolicy = { minDelayTarget = 20, maxDelayTarget = 20, numRetries = 5 } }
  })

  tags = { Name = "plain", more = "yes" }
}

resource "aws_sns_topic" "ordered" {
  name_prefix                 = "topics-"
  fifo_topic                  = true
  content_based_deduplication = false
}

resource "aws_sns_topic_subscription" "mail" {
  topic_arn = aws_sns_topic.plain.arn
  protocol  = "email"
  endpoint  = "others@example.com"
}

resource "aws_sns_topic_subscription" "number" {
  topic_arn     = aws_sns_topic.plain.arn
  protocol      = "sms"
  endpoint      = "+15550100"
  filter_policy = jsonencode({ kind = ["alarm", "notice"] })
}
