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
    target_prefix = "logs/"
  }

  server_side_encryption_configuration {
    rule {
      apply_server_side_encryption_by_default {
        sse_algorithm = "AES256"
      }
    }
  }

  cors_rule {
    allowed_methods = ["GET", "PUT"]
    allowed_origins = ["https://example.com"]
  }

  website {
    index_document = "start.html"
  }

  lifecycle_rule {
    id      = "move"
    enabled = true
    prefix  = "logs/"
    expiration {
      days = 31
    }
  }
}

resource "aws_s3_object" "a" {
  bucket  = aws_s3_bucket.a.id
  key     = "versions"
  content = "second"
}

resource "aws_s3_bucket" "b" {
  bucket              = "groma-types-old-other"
  acceleration_status = "Suspended"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "read"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::123456789012:root" }
      Action    = "s3:GetObject*"
      Resource  = "arn:aws:s3:::groma-types-old-other/*"
    }]
  })

  grant {
    type        = "Group"
    permissions = ["READ"]
    uri         = "http://acs.amazonaws.com/groups/s3/LogDelivery"
  }

  website {
    redirect_all_requests_to = "https://example.org"
  }

  lifecycle_rule {
    id      = "versions"
    enabled = false
    tags    = { kind = "temporary" }
    noncurrent_version_transition {
      days          = 30
      storage_class = "GLACIER"
    }
    noncurrent_version_expiration {
      days = 61
    }
  }

  lifecycle_rule {
    id                                     = "uploads"
    enabled                                = true
    abort_incomplete_multipart_upload_days = 3
    expiration {
      date = "2027-01-02"
    }
  }
}

resource "aws_s3_bucket" "locked" {
  bucket = "groma-types-old-locked"

  object_lock_configuration {
    object_lock_enabled = "Enabled"
    rule {
      default_retention {
        mode = "GOVERNANCE"
        days = 2
      }
    }
  }
}
