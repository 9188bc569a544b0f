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
