provider "aws" {
  default_tags {
    tags = { team = "roads" }
  }
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "read" {
  statement {
    sid       = "Read"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["arn:aws:s3:::case-identity-roles", "arn:aws:s3:::case-identity-roles/&{aws:username}/*"]
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["true"]
    }
  }
}

resource "aws_iam_role" "web" {
  name_prefix        = "case-roles-web-"
  assume_role_policy = data.aws_iam_policy_document.trust.json
  description        = "of the web"
  tags               = { tier = "front", owner = "a" }
}

resource "aws_iam_role" "full" {
  name                 = "case-roles-full"
  path                 = "/case/"
  description          = "other arguments"
  max_session_duration = 3600
  managed_policy_arns  = ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]
  assume_role_policy = jsonencode({
    Statement = { Effect = "Allow", Principal = { Service = ["ecs-tasks.amazonaws.com"] }, Action = ["sts:AssumeRole"] }
    Version   = "2012-10-17"
  })

  inline_policy {
    name   = "other"
    policy = data.aws_iam_policy_document.read.json
  }
}

resource "aws_iam_role_policy" "web" {
  role   = aws_iam_role.web.name
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_role_policy_attachment" "web" {
  role       = aws_iam_role.web.name
  policy_arn = "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"
}

resource "aws_iam_instance_profile" "web" {
  name = "case-roles-web"
  role = aws_iam_role.full.name
  tags = { tier = "front" }
}

data "aws_iam_role" "web" {
  name = aws_iam_role.web.name
}

output "role" {
  value = data.aws_iam_role.web.arn
}
