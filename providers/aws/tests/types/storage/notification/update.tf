resource "aws_s3_bucket" "a" {
  bucket = "groma-types-notification"
}

resource "aws_s3_bucket" "nobody" {
  bucket = "groma-types-notification-nobody"
}

data "aws_region" "here" {}

locals {
  here = "${data.aws_region.here.name}:123456789012"
}

resource "aws_s3_bucket_notification" "a" {
  bucket = aws_s3_bucket.a.id
  topic {
    topic_arn     = "arn:aws:sns:${local.here}:groma-types-notification"
    events        = ["s3:ObjectCreated:*"]
    filter_prefix = "into/"
  }
  topic {
    id            = "pictures"
    topic_arn     = "arn:aws:sns:${local.here}:groma-types-notification"
    events        = ["s3:ObjectCreated:Put", "s3:ObjectCreated:Copy"]
    filter_prefix = "pictures/"
    filter_suffix = ".jpg"
  }
  queue {
    queue_arn     = "arn:aws:sqs:${local.here}:groma-types-notification"
    events        = ["s3:ObjectRemoved:Delete"]
    filter_suffix = ".log"
  }
}

resource "aws_s3_bucket_notification" "nobody" {
  bucket = aws_s3_bucket.nobody.id
}
