# import: aws_cloudwatch_log_group.named = name
# import: aws_cloudwatch_log_group.prefixed = id

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
