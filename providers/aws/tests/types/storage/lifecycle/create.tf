# Rules of all forms, but for conditions on sizes, and how many versions stay when others expire: the
# emulator forgets those.
# import: aws_s3_bucket_lifecycle_configuration.a = id

resource "aws_s3_bucket" "a" {
  bucket = "groma-types-lifecycle"
}

resource "aws_s3_bucket_lifecycle_configuration" "a" {
  bucket = aws_s3_bucket.a.id

  rule {
    id     = "everything"
    status = "Enabled"
    filter {}
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  rule {
    id     = "prefix"
    status = "Enabled"
    filter {
      prefix = "logs/"
    }
    transition {
      days          = 30
      storage_class = "STANDARD_IA"
    }
    transition {
      days          = 60
      storage_class = "GLACIER"
    }
    expiration {
      days = 90
    }
  }

  rule {
    id     = "tag"
    status = "Disabled"
    filter {
      tag {
        key   = "kind"
        value = "temporary"
      }
    }
    expiration {
      date = "2027-01-02T00:00:00Z"
    }
  }

  rule {
    id     = "all-of-them"
    status = "Enabled"
    filter {
      and {
        prefix = "x/"
        tags   = { kind = "temporary", owner = "tests" }
      }
    }
    expiration {
      days = 5
    }
  }

  rule {
    id     = "versions"
    status = "Enabled"
    filter {
      prefix = "versions/"
    }
    noncurrent_version_transition {
      noncurrent_days           = 30
      newer_noncurrent_versions = 2
      storage_class             = "STANDARD_IA"
    }
    noncurrent_version_transition {
      noncurrent_days = 60
      storage_class   = "GLACIER"
    }
    noncurrent_version_expiration {
      noncurrent_days = 90
    }
    expiration {
      expired_object_delete_marker = true
    }
  }
}
