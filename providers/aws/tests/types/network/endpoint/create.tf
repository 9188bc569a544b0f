# import: aws_vpc_endpoint.s3 = id
# import: aws_vpc_endpoint.ssm = id
# import: aws_vpc_endpoint.moved = id
# import: aws_flow_log.bucket = id
# import: aws_flow_log.group = id
# import: aws_flow_log.subnet = id

data "aws_region" "here" {}

resource "aws_vpc" "main" {
  cidr_block           = "10.15.0.0/16"
  enable_dns_hostnames = true
}

resource "aws_subnet" "a" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.15.1.0/24"
}

resource "aws_subnet" "b" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.15.2.0/24"
}

resource "aws_security_group" "endpoint" {
  name   = "types-endpoint"
  vpc_id = aws_vpc.main.id
}

resource "aws_route_table" "a" {
  vpc_id = aws_vpc.main.id
}

resource "aws_vpc_endpoint" "s3" {
  vpc_id          = aws_vpc.main.id
  service_name    = "com.amazonaws.${data.aws_region.here.name}.s3"
  route_table_ids = [aws_route_table.a.id]
  tags            = { Name = "s3" }
}

resource "aws_vpc_endpoint" "ssm" {
  vpc_id              = aws_vpc.main.id
  service_name        = "com.amazonaws.${data.aws_region.here.name}.ssm"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = [aws_subnet.a.id]
  security_group_ids  = [aws_security_group.endpoint.id]
  private_dns_enabled = true
}

# To another service with the next step, and so another object.
resource "aws_vpc_endpoint" "moved" {
  vpc_id       = aws_vpc.main.id
  service_name = "com.amazonaws.${data.aws_region.here.name}.dynamodb"
}

resource "aws_s3_bucket" "logs" {
  bucket = "types-network-endpoint-logs"
}

resource "aws_flow_log" "bucket" {
  vpc_id               = aws_vpc.main.id
  traffic_type         = "ALL"
  log_destination      = aws_s3_bucket.logs.arn
  log_destination_type = "s3"
  tags                 = { Name = "log" }
}

resource "aws_cloudwatch_log_group" "flow" {
  name = "types-network-flow"
}

resource "aws_iam_role" "flow" {
  name               = "types-network-flow"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "vpc-flow-logs.amazonaws.com" }
    }]
  })
}

resource "aws_flow_log" "group" {
  vpc_id                   = aws_vpc.main.id
  traffic_type             = "ACCEPT"
  log_destination          = aws_cloudwatch_log_group.flow.arn
  iam_role_arn             = aws_iam_role.flow.arn
  max_aggregation_interval = 60
}

resource "aws_flow_log" "subnet" {
  subnet_id            = aws_subnet.a.id
  traffic_type         = "REJECT"
  log_destination      = aws_s3_bucket.logs.arn
  log_destination_type = "s3"
}
