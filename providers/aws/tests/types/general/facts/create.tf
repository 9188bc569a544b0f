# What the provider itself knows: who and where we are, its tags, its functions.

provider "aws" {
  default_tags {
    tags = {
      team  = "roads"
      stage = "test"
    }
  }
  ignore_tags {
    key_prefixes = ["stage"]
  }
}

data "aws_caller_identity" "me" {}

data "aws_region" "here" {}

data "aws_region" "by_name" {
  name = "cn-north-1"
}

data "aws_region" "by_endpoint" {
  endpoint = "ec2.us-west-2.amazonaws.com"
}

data "aws_partition" "here" {}

data "aws_default_tags" "all" {}

locals {
  role = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:role/a/b/web"
  expected = {
    account     = "123456789012"
    by_name     = "China (Beijing) ec2.cn-north-1.amazonaws.com.cn"
    by_endpoint = "us-west-2"
    partition   = "aws amazonaws.com com.amazonaws"
    tags        = tomap({ team = "roads" })
    parsed      = "role/a/b/web"
    built       = "arn:aws:sns:eu-west-1:123456789012:topic"
    trimmed     = "arn:aws:iam::123456789012:role/web"
  }
  found = {
    account     = data.aws_caller_identity.me.id
    by_name     = "${data.aws_region.by_name.description} ${data.aws_region.by_name.endpoint}"
    by_endpoint = data.aws_region.by_endpoint.name
    partition   = join(" ", [data.aws_partition.here.id, data.aws_partition.here.dns_suffix, data.aws_partition.here.reverse_dns_prefix])
    tags        = data.aws_default_tags.all.tags
    parsed      = provider::aws::arn_parse(local.role).resource
    built       = provider::aws::arn_build("aws", "sns", "eu-west-1", "123456789012", "topic")
    trimmed     = provider::aws::trim_iam_role_path(local.role)
  }
}

output "found" {
  value = local.found

  precondition {
    condition     = jsonencode(local.found) == jsonencode(local.expected)
    error_message = "Found ${jsonencode(local.found)}"
  }
}
