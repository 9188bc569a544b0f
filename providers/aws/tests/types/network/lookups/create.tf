resource "aws_vpc" "main" {
  cidr_block = "10.17.0.0/16"
  tags       = { Name = "types-lookups" }
}

resource "aws_subnet" "a" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.17.1.0/24"
}

resource "aws_security_group" "a" {
  name   = "types-lookups"
  vpc_id = aws_vpc.main.id
}

data "aws_vpc" "main" {
  id = aws_vpc.main.id
}

data "aws_subnet" "a" {
  id = aws_subnet.a.id
}

data "aws_subnets" "all" {
  filter {
    name   = "vpc-id"
    values = [aws_subnet.a.vpc_id]
  }
}

data "aws_security_group" "a" {
  name   = aws_security_group.a.name
  vpc_id = aws_vpc.main.id
}

resource "aws_subnet" "b" {
  vpc_id     = data.aws_vpc.main.id
  cidr_block = cidrsubnet(data.aws_vpc.main.cidr_block, 8, 2)
  tags       = { Beside = data.aws_subnet.a.cidr_block, Of = data.aws_security_group.a.name }
}
