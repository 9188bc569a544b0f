# The settings of a bucket in blocks of its own, as they were written before they had types.

resource "aws_s3_bucket" "logs" {
  bucket        = "groma-types-old-logs"
  acl           = "log-delivery-write"
  force_destroy = true
}

resource "aws_s3_bucket" "a" {
  bucket        = "groma-types-old"
  force_destroy = true

  versioning {
    enabled = true
  }

  logging {
    target_bucket = aws_s3_bucket.logs.id
    target_prefix = "log/"
  }

  server_side_encryption_configuration {
    rule {
      apply_server_side_encryption_by_default {
        sse_algorithm = "AES256"
      }
    }
  }

  cors_rule {
    allowed_methods = ["GET"]
    allowed_origins = ["https://example.com"]
  }

  website {
    index_document = "index.html"
  }

  lifecycle_rule {
    id      = "move"
    enabled = true
    prefix  = "logs/"
    expiration {
      days = 30
    }
  }
}

resource "aws_s3_object" "a" {
  bucket  = aws_s3_bucket.a.id
  key     = "versions"
  content = "first"
}
