# The emulator does not know how often keys are rotated: requests and answers test that.
# import: aws_kms_key.main = id, except deletion_window_in_days
# import: aws_kms_key.plain = id
# import: aws_kms_key.signing = id, except deletion_window_in_days
# import: aws_kms_key.global = id, except deletion_window_in_days
# import: aws_kms_alias.main = id
# import: aws_kms_alias.generated = id

provider "aws" {}

data "aws_caller_identity" "here" {}

resource "aws_kms_key" "main" {
  description             = "of a case"
  deletion_window_in_days = 7
  enable_key_rotation     = true
  tags                    = { a = "b" }
  policy = jsonencode({
    Version = "2012-10-17"
    Id      = "case"
    Statement = [{
      Sid       = "All"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.here.account_id}:root" }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })
}

resource "aws_kms_key" "plain" {}

resource "aws_kms_key" "signing" {
  customer_master_key_spec = "ECC_NIST_P256"
  key_usage                = "SIGN_VERIFY"
  deletion_window_in_days  = 10
  is_enabled               = false
}

resource "aws_kms_alias" "main" {
  name          = "alias/case-keys-main"
  target_key_id = aws_kms_key.main.key_id
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
  description             = "in many regions"
  deletion_window_in_days = 30
  multi_region            = true
  enable_key_rotation     = true
}
