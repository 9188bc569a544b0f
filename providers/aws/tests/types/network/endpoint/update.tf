data "aws_region" "here" {}

resource "aws_vpc" "main" {
  cidr_block           = "10.15.0.0/16"
  enable_dns_hostnames = true
}

resource "aws_subnet" "a" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.15.1.0/24"
}

resource "aws_security_group" "endpoint" {
  vpc_id = aws_vpc.main.id
}

resource "aws_vpc_endpoint" "s3" {
  vpc_id       = aws_vpc.main.id
  service_name = "com.amazonaws.${data.aws_region.here.name}.s3"
  tags         = { Name = "s3" }
}

resource "aws_vpc_endpoint" "ssm" {
  vpc_id              = aws_vpc.main.id
  service_name        = "com.amazonaws.${data.aws_region.here.name}.ssm"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = [aws_subnet.a.id]
  security_group_ids  = [aws_security_group.endpoint.id]
  private_dns_enabled = true
}

resource "aws_s3_bucket" "logs" {
  bucket = "types-network-endpoint-logs"
}

resource "aws_flow_log" "bucket" {
  vpc_id               = aws_vpc.main.id
  traffic_type         = "REJECT"
  log_destination      = aws_s3_bucket.logs.arn
  log_destination_type = "s3"
  tags                 = { Name = "the log" }
}
