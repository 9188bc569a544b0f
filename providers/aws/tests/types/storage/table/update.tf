resource "aws_dynamodb_table" "a" {
  name             = "groma-types-table"
  read_capacity    = 4
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
    name            = "by-kind"
    hash_key        = "kind"
    projection_type = "ALL"
    read_capacity   = 1
    write_capacity  = 2
  }

  global_secondary_index {
    name            = "by-time"
    hash_key        = "time"
    projection_type = "KEYS_ONLY"
    read_capacity   = 1
    write_capacity  = 1
  }

  local_secondary_index {
    name            = "kinds"
    range_key       = "kind"
    projection_type = "ALL"
  }

  ttl {
    attribute_name = "expires"
    enabled        = false
  }

  point_in_time_recovery {
    enabled = false
  }

  server_side_encryption {
    enabled = true
  }

  tags = {
    Name = "table"
  }
}
