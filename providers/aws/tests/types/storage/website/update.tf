resource "aws_s3_bucket" "a" {
  for_each = toset(["blocks", "json", "redirect"])
  bucket   = "groma-types-website-${each.key}"
}

resource "aws_s3_bucket_website_configuration" "blocks" {
  bucket = aws_s3_bucket.a["blocks"].id
  index_document {
    suffix = "start.html"
  }
  error_document {
    key = "error.html"
  }
  routing_rule {
    condition {
      key_prefix_equals = "docs/"
    }
    redirect {
      replace_key_prefix_with = "papers/"
    }
  }
}

resource "aws_s3_bucket_website_configuration" "json" {
  bucket = aws_s3_bucket.a["json"].id
  index_document {
    suffix = "start.html"
  }
  routing_rules = jsonencode([{
    Condition = { KeyPrefixEquals = "old/" }
    Redirect  = { ReplaceKeyPrefixWith = "newer/" }
  }])
}

resource "aws_s3_bucket_website_configuration" "redirect" {
  bucket = aws_s3_bucket.a["redirect"].id
  redirect_all_requests_to {
    host_name = "example.com"
    protocol  = "http"
  }
}
