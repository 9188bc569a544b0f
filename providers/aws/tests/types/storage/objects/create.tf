# Objects in buckets that keep versions, lock and encrypt.
# import: aws_s3_object.versions = {bucket}/{key}, except content, force_destroy, acl
# import: aws_s3_object.secret = {bucket}/{key}, except content, force_destroy, acl
# import: aws_s3_object.locked = {bucket}/{key}, except content, force_destroy, acl

provider "aws" {
  default_tags {
    tags = { team = "roads" }
  }
}

resource "aws_kms_key" "a" {
  description             = "groma-types-objects"
  deletion_window_in_days = 7
}

resource "aws_s3_bucket" "kept" {
  bucket = "groma-types-objects-kept"
}

resource "aws_s3_bucket_versioning" "kept" {
  bucket = aws_s3_bucket.kept.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket" "locked" {
  bucket              = "groma-types-objects-locked"
  object_lock_enabled = true
}

resource "aws_s3_object" "versions" {
  bucket        = aws_s3_bucket_versioning.kept.bucket
  key           = "versions"
  content       = "first"
  etag          = md5("first")
  force_destroy = true
}

resource "aws_s3_object" "secret" {
  bucket              = aws_s3_bucket_versioning.kept.bucket
  key                 = "secret"
  content             = "secret"
  kms_key_id          = aws_kms_key.a.arn
  storage_class       = "STANDARD_IA"
  content_language    = "en"
  content_encoding    = "identity"
  content_disposition = "inline"
  metadata            = { a = "b", "c-d" = "e" }
}

resource "aws_s3_object" "own" {
  bucket  = aws_s3_bucket_versioning.kept.bucket
  key     = "own/tags"
  content = "own"
  tags    = { Name = "own" }
  override_provider {
    default_tags {
      tags = {}
    }
  }
}

resource "aws_s3_object" "locked" {
  bucket                        = aws_s3_bucket.locked.id
  key                           = "locked"
  content                       = "locked"
  object_lock_mode              = "GOVERNANCE"
  object_lock_retain_until_date = "2030-01-02T03:04:05Z"
  object_lock_legal_hold_status = "ON"
  force_destroy                 = true
}

data "aws_s3_bucket" "kept" {
  bucket = aws_s3_bucket.kept.id
}
