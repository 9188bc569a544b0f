resource "aws_cloudwatch_log_group" "named" {
  name              = "/logs/named"
  retention_in_days = 30

  tags = { Name = "named", more = "yes" }
}

resource "aws_cloudwatch_log_group" "prefixed" {
  name_prefix       = "/logs/"
  retention_in_days = 7
}

# The name of another one begins like this one's.
resource "aws_cloudwatch_log_group" "longer" {
  name = "/logs/named/longest"
}

# It outlives its destruction.
resource "aws_cloudwatch_log_group" "secret" {
  name         = "/logs/secret"
  kms_key_id   = aws_kms_key.a.arn
  skip_destroy = true
}

resource "aws_kms_key" "a" {
  description             = "logs"
  deletion_window_in_days = 7
}
