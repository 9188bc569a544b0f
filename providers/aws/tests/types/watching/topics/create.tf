# import: aws_sns_topic.plain = arn
# import: aws_sns_topic.ordered = id
# import: aws_sns_topic_subscription.mail = arn, except confirmation_timeout_in_minutes, endpoint_auto_confirms
# import: aws_sns_topic_subscription.number = id, except confirmation_timeout_in_minutes, endpoint_auto_confirms

data "aws_caller_identity" "me" {}

resource "aws_sns_topic" "plain" {
  name         = "topics-plain"
  display_name = "Topics"

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
    http = { defaultHealthyRetryPolicy = { minDelayTarget = 20, maxDelayTarget = 20, numRetries = 3 } }
  })

  tags = { Name = "plain" }
}

resource "aws_sns_topic" "ordered" {
  name_prefix                 = "topics-"
  fifo_topic                  = true
  content_based_deduplication = true
}

resource "aws_sns_topic_subscription" "mail" {
  topic_arn = aws_sns_topic.plain.arn
  protocol  = "email"
  endpoint  = "ops@example.com"
}

resource "aws_sns_topic_subscription" "number" {
  topic_arn     = aws_sns_topic.plain.arn
  protocol      = "sms"
  endpoint      = "+15550100"
  filter_policy = jsonencode({ kind = ["alarm"] })
}
