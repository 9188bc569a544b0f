# Roles with policies of all kinds, and the profiles that hand them out.
# import: aws_iam_role.worker = id, except force_detach_policies
# import: aws_iam_role.plain = id
# import: aws_iam_role_policy.prefixed = id
# import: aws_iam_instance_profile.worker = id
# import: aws_iam_instance_profile.empty = id

locals {
  trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })
  read = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "Read", Effect = "Allow", Action = ["s3:GetObject"], Resource = ["*"] }]
  })
  list = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "List", Effect = "Allow", Action = ["s3:ListBucket"], Resource = ["*"] }]
  })
}

resource "aws_iam_policy" "own" {
  name_prefix = "case-profiles-"
  policy      = local.read
}

resource "aws_iam_role" "worker" {
  name                  = "case-profiles-worker"
  description           = "works"
  force_detach_policies = true
  assume_role_policy    = local.trust
  managed_policy_arns   = [aws_iam_policy.own.arn]
  tags                  = { a = "b" }

  inline_policy {
    name   = "read"
    policy = local.read
  }
  inline_policy {
    name   = "list"
    policy = local.list
  }
}

resource "aws_iam_role" "plain" {
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "prefixed" {
  name_prefix = "case-profiles-"
  role        = aws_iam_role.plain.id
  policy      = local.read
}

resource "aws_iam_role_policy_attachment" "plain" {
  role       = aws_iam_role.plain.name
  policy_arn = aws_iam_policy.own.arn
}

resource "aws_iam_instance_profile" "worker" {
  name_prefix = "case-profiles-"
  path        = "/case/"
  role        = aws_iam_role.worker.name
  tags        = { a = "b" }
}

resource "aws_iam_instance_profile" "empty" {
  name = "case-profiles-empty"
}

data "aws_iam_role" "worker" {
  name = aws_iam_role.worker.name
}

data "aws_iam_policy" "own" {
  arn = aws_iam_policy.own.arn
}

output "read" {
  value = [data.aws_iam_role.worker.unique_id, data.aws_iam_policy.own.policy]
}
