provider "aws" {}

data "aws_caller_identity" "here" {}

resource "aws_kms_key" "main" {
  description             = "of an updated case"
  deletion_window_in_days = 7
  enable_key_rotation     = false
  tags                    = { c = "d" }
  policy = jsonencode({
    Version = "2012-10-17"
    Id      = "case"
    Statement = [{
      Sid       = "Everything"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.here.account_id}:root" }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })
}

resource "aws_kms_key" "plain" {
  is_enabled = false
}

resource "aws_kms_key" "signing" {
  customer_master_key_spec = "RSA_2048"
  key_usage                = "SIGN_VERIFY"
  deletion_window_in_days  = 10
  is_enabled               = true
}

resource "aws_kms_alias" "main" {
  name          = "alias/case-keys-main"
  target_key_id = aws_kms_key.plain.key_id
}

resource "aws_kms_alias" "generated" {
  name_prefix   = "alias/case-keys-"
  target_key_id = aws_kms_key.main.arn
}

data "aws_kms_key" "main" {
  key_id     = aws_kms_alias.main.name
  depends_on = [aws_kms_alias.main]
}

output "key" {
  value = data.aws_kms_key.main.arn
}

resource "aws_kms_key" "global" {
  description             = "everywhere"
  deletion_window_in_days = 30
  multi_region            = true
  enable_key_rotation     = true
}
