# Who may do what, told one by one. All buckets of the emulator are of one owner.
# import: aws_s3_bucket_acl.a = id
# import: aws_s3_bucket_logging.a = id
# import: aws_s3_bucket_cors_configuration.a = id
# import: aws_s3_bucket_server_side_encryption_configuration.a = id
# import: aws_s3_bucket_ownership_controls.a = id

locals {
  owner = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"
}

resource "aws_kms_key" "a" {
  description             = "groma-types-grants"
  deletion_window_in_days = 7
}

resource "aws_s3_bucket" "a" {
  bucket = "groma-types-grants"
}

resource "aws_s3_bucket" "logs" {
  bucket        = "groma-types-grants-logs"
  force_destroy = true
}

resource "aws_s3_bucket_acl" "logs" {
  bucket = aws_s3_bucket.logs.id
  acl    = "log-delivery-write"
}

resource "aws_s3_bucket_ownership_controls" "a" {
  bucket = aws_s3_bucket.a.id
  rule {
    object_ownership = "BucketOwnerPreferred"
  }
}

resource "aws_s3_bucket_acl" "a" {
  bucket = aws_s3_bucket_ownership_controls.a.bucket
  access_control_policy {
    grant {
      permission = "FULL_CONTROL"
      grantee {
        type = "CanonicalUser"
        id   = local.owner
      }
    }
    grant {
      permission = "READ"
      grantee {
        type = "Group"
        uri  = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
      }
    }
    owner {
      id = local.owner
    }
  }
}

resource "aws_s3_bucket_logging" "a" {
  bucket        = aws_s3_bucket.a.id
  target_bucket = aws_s3_bucket_acl.logs.bucket
  target_prefix = "a/"
  target_grant {
    permission = "READ"
    grantee {
      type = "CanonicalUser"
      id   = local.owner
    }
  }
}

resource "aws_s3_bucket_cors_configuration" "a" {
  bucket = aws_s3_bucket.a.id
  cors_rule {
    id              = "first"
    allowed_headers = ["*"]
    allowed_methods = ["PUT", "POST"]
    allowed_origins = ["https://one.example.com", "https://two.example.com"]
    expose_headers  = ["ETag"]
    max_age_seconds = 3000
  }
  cors_rule {
    allowed_methods = ["GET"]
    allowed_origins = ["*"]
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "a" {
  bucket = aws_s3_bucket.a.id
  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.a.arn
    }
  }
}
