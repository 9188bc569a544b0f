# The emulator does not ask whether there is such a topic.
# import: aws_s3_bucket_notification.a = id

resource "aws_s3_bucket" "a" {
  bucket = "groma-types-notification"
}

data "aws_region" "here" {}

locals {
  topic = "arn:aws:sns:${data.aws_region.here.name}:123456789012:groma-types-notification"
}

resource "aws_s3_bucket_notification" "a" {
  bucket = aws_s3_bucket.a.id
  topic {
    topic_arn     = local.topic
    events        = ["s3:ObjectCreated:*"]
    filter_prefix = "in/"
  }
}
