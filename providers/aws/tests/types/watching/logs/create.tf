# import: aws_cloudwatch_log_group.named = name
# import: aws_cloudwatch_log_group.prefixed = id
# import: aws_cloudwatch_log_group.secret = name, except skip_destroy
# stays: aws_cloudwatch_log_group.secret
# leaves: /logs/secret

resource "aws_cloudwatch_log_group" "named" {
  name              = "/logs/named"
  retention_in_days = 14

  tags = { Name = "named" }
}

resource "aws_cloudwatch_log_group" "prefixed" {
  name_prefix = "/logs/"
}

# The name of another one begins like this one's.
resource "aws_cloudwatch_log_group" "longer" {
  name = "/logs/named/longer"
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
