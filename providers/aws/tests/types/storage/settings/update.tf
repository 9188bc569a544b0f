resource "aws_s3_bucket" "a" {
  bucket = "groma-types-settings"
}

resource "aws_s3_bucket" "logs" {
  bucket        = "groma-types-settings-logs"
  force_destroy = true
}

resource "aws_s3_bucket_versioning" "a" {
  bucket = aws_s3_bucket.a.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "a" {
  bucket = aws_s3_bucket.a.id
  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm = "aws:kms"
    }
  }
}

resource "aws_s3_bucket_public_access_block" "a" {
  bucket            = aws_s3_bucket.a.id
  block_public_acls = true
  ignore_public_acls = true
}

resource "aws_s3_bucket_policy" "a" {
  bucket = aws_s3_bucket.a.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "read"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::123456789012:root" }
      Action    = "s3:GetObject*"
      Resource  = "${aws_s3_bucket.a.arn}/*"
    }]
  })
}

resource "aws_s3_bucket_ownership_controls" "logs" {
  bucket = aws_s3_bucket.logs.id
  rule {
    object_ownership = "BucketOwnerPreferred"
  }
}

resource "aws_s3_bucket_acl" "logs" {
  bucket     = aws_s3_bucket.logs.id
  acl        = "log-delivery-write"
  depends_on = [aws_s3_bucket_ownership_controls.logs]
}

resource "aws_s3_bucket_logging" "a" {
  bucket        = aws_s3_bucket.a.id
  target_bucket = aws_s3_bucket_acl.logs.bucket
  target_prefix = "logs/"
}

resource "aws_s3_bucket_lifecycle_configuration" "a" {
  bucket = aws_s3_bucket.a.id

  rule {
    id     = "move"
    status = "Enabled"
    filter {
      prefix = "logs/"
    }
    expiration {
      days = 60
    }
    transition {
      days          = 5
      storage_class = "GLACIER"
    }
  }

  rule {
    id     = "markers"
    status = "Disabled"
    filter {}
    expiration {
      expired_object_delete_marker = true
    }
  }

  rule {
    id     = "clean"
    status = "Enabled"
    filter {
      and {
        prefix = "x/"
        tags   = { kind = "temporary" }
      }
    }
    noncurrent_version_expiration {
      noncurrent_days = 3
    }
  }
}

resource "aws_s3_bucket_cors_configuration" "a" {
  bucket = aws_s3_bucket.a.id
  cors_rule {
    allowed_methods = ["GET"]
    allowed_origins = ["*"]
    max_age_seconds = 20
    allowed_headers = ["x-a", "x-b"]
  }
}

resource "aws_s3_bucket" "list" {
  bucket = "groma-types-settings-list"
}

resource "aws_s3_bucket_acl" "list" {
  bucket = aws_s3_bucket.list.id
  acl    = "public-read"
}
