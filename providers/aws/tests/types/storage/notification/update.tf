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
    events        = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]
    filter_prefix = "in/"
    filter_suffix = ".json"
  }
  topic {
    id            = "second"
    topic_arn     = local.topic
    events        = ["s3:ObjectCreated:Put"]
    filter_prefix = "other/"
  }
}
