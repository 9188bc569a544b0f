# Roles are taken on one after the other; the last one's account is where we are.

provider "aws" {
  assume_role {
    role_arn     = "arn:aws:iam::123456789012:role/first"
    session_name = "first"
  }
  assume_role {
    role_arn = "arn:aws:iam::210987654321:role/second"
    duration = "1h"
    tags     = { purpose = "test" }
  }
  allowed_account_ids = ["210987654321"]
}

data "aws_caller_identity" "me" {}

output "account" {
  value = data.aws_caller_identity.me.account_id

  precondition {
    condition     = data.aws_caller_identity.me.account_id == "210987654321"
    error_message = "We are in ${data.aws_caller_identity.me.account_id}"
  }
}
