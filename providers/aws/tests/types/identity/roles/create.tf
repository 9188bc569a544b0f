# import: aws_iam_role.web = id
# import: aws_iam_role.full = id
# import: aws_iam_role_policy.web = id
# import: aws_iam_role_policy_attachment.web = {role}/{policy_arn}, except id
# import: aws_iam_instance_profile.web = id

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
    actions   = ["s3:GetObject", "s3:ListBucket"]
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
  tags               = { tier = "web" }
}

resource "aws_iam_role" "full" {
  name                 = "case-roles-full"
  path                 = "/case/"
  description          = "all of its arguments"
  max_session_duration = 7200
  permissions_boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess"
  managed_policy_arns  = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
  assume_role_policy = jsonencode({
    Statement = { Effect = "Allow", Principal = { Service = ["lambda.amazonaws.com"] }, Action = ["sts:AssumeRole"] }
    Version   = "2012-10-17"
  })

  inline_policy {
    name   = "read"
    policy = data.aws_iam_policy_document.read.json
  }
}

resource "aws_iam_role_policy" "web" {
  role   = aws_iam_role.web.name
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_role_policy_attachment" "web" {
  role       = aws_iam_role.web.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
}

resource "aws_iam_instance_profile" "web" {
  name = "case-roles-web"
  role = aws_iam_role.web.name
}

data "aws_iam_role" "web" {
  name = aws_iam_role.web.name
}

output "role" {
  value = data.aws_iam_role.web.arn
}
