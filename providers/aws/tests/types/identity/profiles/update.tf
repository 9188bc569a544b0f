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
  description           = "works more"
  force_detach_policies = true
  assume_role_policy    = local.trust
  managed_policy_arns   = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
  tags                  = { a = "b" }

  inline_policy {
    name   = "read"
    policy = local.read
  }
  inline_policy {
    name   = "more"
    policy = local.list
  }
}

resource "aws_iam_role" "plain" {
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "prefixed" {
  name_prefix = "case-profiles-"
  role        = aws_iam_role.plain.id
  policy      = local.list
}

resource "aws_iam_role_policy_attachment" "plain" {
  role       = aws_iam_role.plain.name
  policy_arn = aws_iam_policy.own.arn
}

resource "aws_iam_instance_profile" "worker" {
  name_prefix = "case-profiles-"
  path        = "/case/"
  role        = aws_iam_role.plain.name
  tags        = { c = "d" }
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
