# Each way to look for what there is, once.

resource "aws_vpc" "main" {
  cidr_block = "10.17.0.0/16"
  tags       = { Name = "types-lookups" }
}

resource "aws_subnet" "a" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.17.1.0/24"
  tags       = { Name = "types-lookups-a", Tier = "one" }
}

resource "aws_subnet" "b" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.17.2.0/24"
  tags       = { Name = "types-lookups-b", Tier = "one" }
}

resource "aws_security_group" "a" {
  name   = "types-lookups"
  vpc_id = aws_vpc.main.id
  tags   = { Name = "types-lookups-group" }
}

data "aws_vpc" "by_id" {
  id = aws_vpc.main.id
}

data "aws_vpc" "by_tags" {
  id   = aws_vpc.main.id
  tags = { Name = "types-lookups" }
}

data "aws_vpc" "by_filter" {
  # A VPC whose creation was not answered may be there, too.
  filter {
    name   = "vpc-id"
    values = [aws_vpc.main.id]
  }

  filter {
    name   = "cidr"
    values = [aws_vpc.main.cidr_block]
  }

  filter {
    name   = "tag:Name"
    values = ["types-lookups"]
  }
}

data "aws_vpc" "default" {
  default = true
}

data "aws_subnet" "by_id" {
  id = aws_subnet.a.id
}

data "aws_subnet" "by_network" {
  vpc_id     = aws_vpc.main.id
  cidr_block = aws_subnet.a.cidr_block
}

data "aws_subnet" "by_tags" {
  vpc_id     = aws_vpc.main.id
  tags       = { Name = "types-lookups-a" }
  depends_on = [aws_subnet.a]
}

data "aws_subnet" "by_filter" {
  filter {
    name   = "subnet-id"
    values = [aws_subnet.a.id]
  }
}

data "aws_subnets" "by_tags" {
  tags       = { Tier = "one" }
  depends_on = [aws_subnet.a, aws_subnet.b]

  filter {
    name   = "vpc-id"
    values = [aws_vpc.main.id]
  }
}

data "aws_security_group" "by_id" {
  id = aws_security_group.a.id
}

data "aws_security_group" "by_name" {
  name   = aws_security_group.a.name
  vpc_id = aws_vpc.main.id
}

data "aws_security_group" "by_tags" {
  tags       = { Name = "types-lookups-group" }
  depends_on = [aws_security_group.a]
}

data "aws_security_group" "by_filter" {
  filter {
    name   = "group-id"
    values = [aws_security_group.a.id]
  }
}

data "aws_availability_zones" "some" {
  state         = "available"
  exclude_names = [aws_subnet.a.availability_zone]
}

locals {
  vpcs    = [for v in [data.aws_vpc.by_id, data.aws_vpc.by_tags, data.aws_vpc.by_filter] : v.id == aws_vpc.main.id]
  subnets = [for s in [data.aws_subnet.by_id, data.aws_subnet.by_network, data.aws_subnet.by_tags, data.aws_subnet.by_filter] : s.id == aws_subnet.a.id]
  groups  = [for g in [data.aws_security_group.by_id, data.aws_security_group.by_name, data.aws_security_group.by_tags, data.aws_security_group.by_filter] : g.id == aws_security_group.a.id]
}

resource "aws_subnet" "c" {
  vpc_id            = data.aws_vpc.by_id.id
  cidr_block        = cidrsubnet(data.aws_vpc.by_id.cidr_block, 8, 3)
  availability_zone = data.aws_availability_zones.some.names[0]

  lifecycle {
    precondition {
      condition     = alltrue(concat(local.vpcs, local.subnets, local.groups))
      error_message = "Something else was found than was looked for."
    }

    precondition {
      condition     = toset(data.aws_subnets.by_tags.ids) == toset([aws_subnet.a.id, aws_subnet.b.id])
      error_message = "Other subnets were found than were looked for."
    }

    precondition {
      condition     = data.aws_vpc.default.id != aws_vpc.main.id && data.aws_vpc.default.default
      error_message = "Another VPC than the default one was found."
    }
  }
}
