# Tables on demand, restored ones and imported ones. The emulator copies all of a table that it
# restores, and knows no classes: requests and answers test those. Where a table came from cannot be
# imported, and would replace it.
# import: aws_dynamodb_table.demand = id

resource "aws_dynamodb_table" "demand" {
  name                        = "groma-types-tables-demand"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "a"
  deletion_protection_enabled = true

  attribute {
    name = "a"
    type = "S"
  }
  attribute {
    name = "b"
    type = "N"
  }
  attribute {
    name = "c"
    type = "B"
  }

  global_secondary_index {
    name            = "b"
    hash_key        = "b"
    projection_type = "ALL"
  }
  global_secondary_index {
    name               = "c"
    hash_key           = "c"
    range_key          = "a"
    projection_type    = "INCLUDE"
    non_key_attributes = ["x", "y"]
  }

  point_in_time_recovery {
    enabled = true
  }
}

resource "aws_dynamodb_table" "copy" {
  name                   = "groma-types-tables-copy"
  billing_mode           = "PAY_PER_REQUEST"
  hash_key               = "a"
  restore_source_name    = aws_dynamodb_table.demand.name
  restore_to_latest_time = true

  attribute {
    name = "a"
    type = "S"
  }
  attribute {
    name = "b"
    type = "N"
  }
  attribute {
    name = "c"
    type = "B"
  }

  global_secondary_index {
    name            = "b"
    hash_key        = "b"
    projection_type = "ALL"
  }
  global_secondary_index {
    name               = "c"
    hash_key           = "c"
    range_key          = "a"
    projection_type    = "INCLUDE"
    non_key_attributes = ["x", "y"]
  }

  ttl {
    attribute_name = "expires"
    enabled        = true
  }
  tags = { Name = "copy" }
}

resource "aws_s3_bucket" "items" {
  bucket = "groma-types-tables-items"
}

resource "aws_s3_object" "items" {
  bucket  = aws_s3_bucket.items.id
  key     = "items/1.json"
  content = jsonencode({ Item = { a = { S = "one" }, n = { N = "1" } } })
}

resource "aws_dynamodb_table" "imported" {
  name         = "groma-types-tables-imported"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "a"

  attribute {
    name = "a"
    type = "S"
  }

  import_table {
    input_format           = "DYNAMODB_JSON"
    input_compression_type = "NONE"
    s3_bucket_source {
      bucket     = aws_s3_bucket.items.id
      key_prefix = "items/"
    }
  }

  tags       = { Name = "imported" }
  depends_on = [aws_s3_object.items]
}
