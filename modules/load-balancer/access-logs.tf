locals {
  own_bucket = var.access_logs.enabled && var.access_logs.bucket == null
  log_bucket = local.own_bucket ? aws_s3_bucket.logs[0].id : var.access_logs.bucket
  log_folder = var.access_logs.prefix == null ? "AWSLogs" : "${var.access_logs.prefix}/AWSLogs"
}

data "aws_caller_identity" "current" {}

resource "aws_s3_bucket" "logs" {
  count = local.own_bucket ? 1 : 0

  bucket_prefix = "${var.name}-lb-logs-"
  force_destroy = var.access_logs.force_destroy

  tags = var.tags
}

resource "aws_s3_bucket_public_access_block" "logs" {
  count = local.own_bucket ? 1 : 0

  bucket                  = aws_s3_bucket.logs[0].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "logs" {
  count = local.own_bucket ? 1 : 0

  bucket = aws_s3_bucket.logs[0].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

# Load balancers write with S3's own keys only.
resource "aws_s3_bucket_server_side_encryption_configuration" "logs" {
  count = local.own_bucket ? 1 : 0

  bucket = aws_s3_bucket.logs[0].id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "logs" {
  count = local.own_bucket ? 1 : 0

  bucket = aws_s3_bucket.logs[0].id

  rule {
    id     = "expire"
    status = "Enabled"

    filter {}

    expiration {
      days = var.access_logs.retention_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

data "aws_iam_policy_document" "logs" {
  count = local.own_bucket ? 1 : 0

  statement {
    sid       = "LoadBalancersWrite"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.logs[0].arn}/${local.log_folder}/${data.aws_caller_identity.current.account_id}/*"]

    principals {
      type        = "Service"
      identifiers = ["logdelivery.elasticloadbalancing.amazonaws.com"]
    }
  }

  statement {
    sid       = "EncryptedConnectionsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.logs[0].arn, "${aws_s3_bucket.logs[0].arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "logs" {
  count = local.own_bucket ? 1 : 0

  bucket = aws_s3_bucket.logs[0].id
  policy = data.aws_iam_policy_document.logs[0].json

  # Two changes of one bucket's access at a time are refused.
  depends_on = [aws_s3_bucket_public_access_block.logs]
}
