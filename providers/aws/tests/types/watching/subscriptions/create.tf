# The emulator keeps no replay policy, and shows few of a topic's attributes: the others are tested at
# the level of requests and answers.
# import: aws_sns_topic.secret = arn
# import: aws_sns_topic_subscription.queue = arn, except confirmation_timeout_in_minutes, endpoint_auto_confirms
# import: aws_sns_topic_subscription.function = arn, except confirmation_timeout_in_minutes, endpoint_auto_confirms
# import: aws_sns_topic_subscription.web = arn, except confirmation_timeout_in_minutes, endpoint_auto_confirms
# import: aws_sns_topic_subscription.stream = arn, except confirmation_timeout_in_minutes, endpoint_auto_confirms
# import: aws_sns_topic_subscription.ordered = arn, except confirmation_timeout_in_minutes, endpoint_auto_confirms

data "aws_region" "here" {}

locals {
  here = "${data.aws_region.here.name}:123456789012"
}

resource "aws_sns_topic" "secret" {
  name              = "subscriptions-secret"
  kms_master_key_id = "alias/aws/sns"
}

resource "aws_sns_topic" "ordered" {
  name                        = "subscriptions-ordered.fifo"
  fifo_topic                  = true
  content_based_deduplication = true
}

resource "aws_sns_topic_subscription" "queue" {
  topic_arn            = aws_sns_topic.secret.arn
  protocol             = "sqs"
  endpoint             = "arn:aws:sqs:${local.here}:subscriptions"
  raw_message_delivery = true
  redrive_policy       = jsonencode({ deadLetterTargetArn = "arn:aws:sqs:${local.here}:dead" })
}

resource "aws_sns_topic_subscription" "function" {
  topic_arn           = aws_sns_topic.secret.arn
  protocol            = "lambda"
  endpoint            = "arn:aws:lambda:${local.here}:function:subscriptions"
  filter_policy_scope = "MessageBody"
  filter_policy       = jsonencode({ order = { kind = ["new"] } })
}

resource "aws_sns_topic_subscription" "web" {
  topic_arn = aws_sns_topic.secret.arn
  protocol  = "https"
  endpoint  = "https://example.com/in"
  delivery_policy = jsonencode({
    healthyRetryPolicy = { minDelayTarget = 20, maxDelayTarget = 20, numRetries = 3 }
  })
}

resource "aws_sns_topic_subscription" "stream" {
  topic_arn             = aws_sns_topic.secret.arn
  protocol              = "firehose"
  endpoint              = "arn:aws:firehose:${local.here}:deliverystream/subscriptions"
  subscription_role_arn = "arn:aws:iam::123456789012:role/subscriptions"
}

resource "aws_sns_topic_subscription" "ordered" {
  topic_arn = aws_sns_topic.ordered.arn
  protocol  = "sqs"
  endpoint  = "arn:aws:sqs:${local.here}:subscriptions.fifo"
}
