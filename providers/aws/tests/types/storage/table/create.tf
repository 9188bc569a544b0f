# The emulator keeps the label of a stream that was switched off, and then refuses another one: the
# stream stays as it is.
# import: aws_dynamodb_table.a = id

resource "aws_dynamodb_table" "a" {
  name             = "groma-types-table"
  read_capacity    = 2
  write_capacity   = 3
  hash_key         = "host"
  range_key        = "time"
  stream_enabled   = true
  stream_view_type = "NEW_IMAGE"

  attribute {
    name = "host"
    type = "S"
  }
  attribute {
    name = "time"
    type = "N"
  }
  attribute {
    name = "kind"
    type = "S"
  }

  global_secondary_index {
    name               = "by-kind"
    hash_key           = "kind"
    projection_type    = "INCLUDE"
    non_key_attributes = ["size"]
    read_capacity      = 1
    write_capacity     = 1
  }

  local_secondary_index {
    name            = "kinds"
    range_key       = "kind"
    projection_type = "ALL"
  }

  ttl {
    attribute_name = "expires"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled = true
  }
}
