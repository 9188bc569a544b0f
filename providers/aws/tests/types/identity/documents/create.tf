# Documents of all kinds, each of which must be, to the byte, what the released provider makes of it
# (expected.json was written by it).

locals {
  source = jsonencode({
    Version = "2008-10-17"
    Id      = "source"
    Statement = [
      { Sid = "One", Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::one/*" },
      { Effect = "Deny", NotAction = ["s3:List*", "s3:Get*"], NotResource = ["b", "a"] },
    ]
  })
  single = jsonencode({
    Statement = [{
      Sid       = "Single"
      Effect    = "Allow"
      Principal = "*"
      Action    = ["sqs:SendMessage", "sqs:ReceiveMessage"]
      Resource  = "*"
      Condition = { ArnEquals = { "aws:SourceArn" = ["arn:aws:sns:*:*:b", "arn:aws:sns:*:*:a"] }, Bool = { "aws:SecureTransport" = "true" } }
    }]
  })
  other = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "One", Effect = "Deny", Action = ["s3:*"], Resource = ["*"] },
      { Sid = "Three", Effect = "Allow", Principal = { AWS = ["arn:aws:iam::123456789012:root", "arn:aws:iam::210987654321:root"], Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" },
    ]
  })
}

data "aws_iam_policy_document" "empty" {
}

data "aws_iam_policy_document" "statement_without_anything" {
  statement {
  }
}

data "aws_iam_policy_document" "least" {
  statement {
    actions   = ["a:B"]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "order_of_sets" {
  policy_id = "order"
  statement {
    sid           = "Sets"
    effect        = "Deny"
    not_actions   = ["s3:PutObject", "s3:GetObject", "ec2:*", "iam:Pass*", "s3:GetObject"]
    not_resources = ["arn:aws:s3:::z", "arn:aws:s3:::a", "arn:aws:s3:::m/*"]
  }
  statement {
    sid       = "Both"
    actions   = ["b:B", "a:A", "c:C"]
    resources = ["z", "y", "x"]
  }
}

data "aws_iam_policy_document" "principals" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com", "ec2.amazonaws.com"]
    }
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::123456789012:root"]
    }
    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::123456789012:saml-provider/x"]
    }
    principals {
      type        = "CanonicalUser"
      identifiers = ["79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"]
    }
  }
  statement {
    effect  = "Deny"
    actions = ["sts:AssumeRole"]
    not_principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::123456789012:user/b", "arn:aws:iam::123456789012:user/a"]
    }
  }
}

data "aws_iam_policy_document" "everybody" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
  statement {
    actions   = ["s3:GetObject"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
  }
  statement {
    actions   = ["s3:PutObject"]
    resources = ["*"]
    not_principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}

data "aws_iam_policy_document" "same_principals" {
  statement {
    actions = ["a:B"]
    principals {
      type        = "AWS"
      identifiers = ["b", "a"]
    }
    principals {
      type        = "AWS"
      identifiers = ["d", "c"]
    }
    principals {
      type        = "AWS"
      identifiers = ["e"]
    }
    principals {
      type        = "Service"
      identifiers = ["s"]
    }
  }
}

data "aws_iam_policy_document" "conditions" {
  statement {
    actions   = ["s3:ListBucket"]
    resources = ["*"]
    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["", "home/", "home/&{aws:username}/"]
    }
    condition {
      test     = "StringLike"
      variable = "aws:userid"
      values   = ["b", "a"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["true"]
    }
    condition {
      test     = "IpAddress"
      variable = "aws:SourceIp"
      values   = ["10.0.0.0/8", "192.168.0.0/16"]
    }
    condition {
      test     = "NumericLessThan"
      variable = "s3:max-keys"
      values   = [10]
    }
  }
}

data "aws_iam_policy_document" "same_conditions" {
  statement {
    actions   = ["a:B"]
    resources = ["*"]
    condition {
      test     = "StringEquals"
      variable = "aws:x"
      values   = ["2", "1"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:x"
      values   = ["4", "3"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:x"
      values   = ["0"]
    }
  }
}

data "aws_iam_policy_document" "no_values" {
  statement {
    actions   = ["a:B"]
    resources = ["*"]
    condition {
      test     = "StringEquals"
      variable = "aws:x"
      values   = []
    }
  }
}

data "aws_iam_policy_document" "characters" {
  policy_id = "<Grüße> & \"more\""
  statement {
    sid       = "Characters1"
    actions   = ["s3:Get<>&'\"\\"]
    resources = ["arn:aws:s3:::bücher/*", "a\tb", "\u2028", "日本"]
  }
}

data "aws_iam_policy_document" "variables" {
  statement {
    actions       = ["s3:*"]
    resources     = ["arn:aws:s3:::b/&{aws:username}/*", "arn:aws:s3:::b/&{aws:PrincipalTag/team}"]
    not_resources = []
    principals {
      type        = "AWS"
      identifiers = ["&{aws:userid}"]
    }
  }
}

data "aws_iam_policy_document" "old_version" {
  version = "2008-10-17"
  statement {
    actions   = ["s3:*"]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "from_sources" {
  source_policy_documents = [local.source, local.single, ""]
  statement {
    sid       = "Two"
    actions   = ["c:D"]
    resources = ["r"]
  }
}

data "aws_iam_policy_document" "overridden" {
  source_policy_documents   = [local.source]
  override_policy_documents = [local.other, local.single]
  statement {
    sid       = "Three"
    actions   = ["c:D"]
    resources = ["r"]
  }
  statement {
    actions   = ["e:F"]
    resources = ["r"]
  }
}

data "aws_iam_policy_document" "overrides_itself" {
  source_policy_documents = [local.source]
  policy_id               = "own"
  version                 = "2012-10-17"
  statement {
    sid       = "One"
    actions   = ["own:Action"]
    resources = ["own"]
  }
}

data "aws_iam_policy_document" "only_overrides" {
  override_policy_documents = [local.other]
}

data "aws_iam_policy_document" "of_others" {
  source_policy_documents = [
    data.aws_iam_policy_document.principals.json,
    data.aws_iam_policy_document.conditions.minified_json,
    data.aws_iam_policy_document.order_of_sets.json,
  ]
  override_policy_documents = [data.aws_iam_policy_document.characters.json]
}

data "aws_iam_policy_document" "many" {
  dynamic "statement" {
    for_each = range(12)
    content {
      sid       = "S${statement.value}"
      effect    = statement.value % 3 == 0 ? "Deny" : "Allow"
      actions   = [for i in range(statement.value + 1) : "svc:Action${(i * 7) % 13}"]
      resources = [for i in range(3) : "arn:aws:s3:::b${(statement.value * 5 + i * 3) % 11}"]
      condition {
        test     = "StringEquals"
        variable = "aws:v${statement.value}"
        values   = [for i in range(3) : "v${(i * 2) % 3}"]
      }
    }
  }
}

locals {
  documents = {
    empty = data.aws_iam_policy_document.empty
    statement_without_anything = data.aws_iam_policy_document.statement_without_anything
    least = data.aws_iam_policy_document.least
    order_of_sets = data.aws_iam_policy_document.order_of_sets
    principals = data.aws_iam_policy_document.principals
    everybody = data.aws_iam_policy_document.everybody
    same_principals = data.aws_iam_policy_document.same_principals
    conditions = data.aws_iam_policy_document.conditions
    same_conditions = data.aws_iam_policy_document.same_conditions
    no_values = data.aws_iam_policy_document.no_values
    characters = data.aws_iam_policy_document.characters
    variables = data.aws_iam_policy_document.variables
    old_version = data.aws_iam_policy_document.old_version
    from_sources = data.aws_iam_policy_document.from_sources
    overridden = data.aws_iam_policy_document.overridden
    overrides_itself = data.aws_iam_policy_document.overrides_itself
    only_overrides = data.aws_iam_policy_document.only_overrides
    of_others = data.aws_iam_policy_document.of_others
    many = data.aws_iam_policy_document.many
  }
  found = { for name, document in local.documents : name => {
    id       = document.id
    json     = document.json
    minified = document.minified_json
  } }
  expected = jsondecode(file("${path.module}/expected.json"))
  wrong    = [for name, found in local.found : name if found != try(local.expected[name], null)]
}

output "found" {
  value = local.found

  precondition {
    condition     = length(local.wrong) == 0
    error_message = "Other documents: ${jsonencode({ for name in local.wrong : name => local.found[name] })}"
  }
}
