resource "aws_s3_bucket" "there" {
  bucket = "groma-types-replication-there"
  versioning {
    enabled = true
  }
}

resource "aws_s3_bucket" "here" {
  bucket = "groma-types-replication-here"
  versioning {
    enabled = true
  }
  replication_configuration {
    role = "arn:aws:iam::123456789012:role/replication"
    rules {
      id     = "everything"
      status = "Enabled"
      filter {}
      destination {
        bucket        = aws_s3_bucket.there.arn
        storage_class = "GLACIER"
      }
    }
  }
}
