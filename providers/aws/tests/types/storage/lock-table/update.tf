# The table that holds locks of states.

resource "aws_dynamodb_table" "lock" {
  name         = "groma-types-lock"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "LockID"

  attribute {
    name = "LockID"
    type = "S"
  }

  tags = {
    Name = "other"
  }
}
