provider "aws" {}

data "aws_iam_policy_document" "base" {
  statement {
    sid       = "List"
    actions   = ["s3:ListAllMyBuckets", "s3:GetBucketLocation"]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "all" {
  source_policy_documents = [data.aws_iam_policy_document.base.json]
  statement {
    sid         = "NoDeletes"
    effect      = "Deny"
    not_actions = ["s3:Get*"]
    resources   = ["arn:aws:s3:::case-identity-policies/*"]
  }
  override_policy_documents = [jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "List", Effect = "Allow", Action = ["s3:ListBucket"], Resource = "*" }]
  })]
}

resource "aws_iam_policy" "named" {
  name        = "case-policies-named"
  path        = "/case/"
  description = "of a case"
  policy      = data.aws_iam_policy_document.all.json
  tags        = { a = "c", d = "e" }
}

resource "aws_iam_policy" "generated" {
  description = "which replaces it"
  policy      = data.aws_iam_policy_document.base.json
}

data "aws_iam_policy" "by_arn" {
  arn = aws_iam_policy.named.arn
}

data "aws_iam_policy" "by_name" {
  name        = aws_iam_policy.named.name
  path_prefix = "/case/"
  depends_on  = [aws_iam_policy.named]
}

output "policies" {
  value = [data.aws_iam_policy.by_arn.policy_id, data.aws_iam_policy.by_name.policy_id]
}
