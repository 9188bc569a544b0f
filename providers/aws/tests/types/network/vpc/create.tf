# import: aws_vpc.main = id
# import: aws_subnet.a = id
# import: aws_vpc.six = id
# import: aws_subnet.six = id
# import: aws_subnet.later = id
# import: aws_internet_gateway.main = id
# import: aws_route_table.inline = id
# import: aws_route_table.apart = id
# import: aws_route.out = {route_table_id}_{destination_cidr_block}
# import: aws_route_table_association.a = {subnet_id}/{route_table_id}

data "aws_availability_zones" "there" {
  state = "available"
}

resource "aws_vpc" "main" {
  cidr_block           = "10.11.0.0/16"
  enable_dns_hostnames = true
  tags                 = { Name = "types-vpc" }
}

resource "aws_subnet" "a" {
  vpc_id                  = aws_vpc.main.id
  cidr_block              = cidrsubnet(aws_vpc.main.cidr_block, 8, 1)
  availability_zone       = data.aws_availability_zones.there.names[0]
  map_public_ip_on_launch = true
  tags                    = { Name = "types-vpc-a" }
}

resource "aws_subnet" "b" {
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, 2)
  availability_zone = data.aws_availability_zones.there.names[1]
}

resource "aws_vpc" "six" {
  cidr_block                       = "10.20.0.0/16"
  assign_generated_ipv6_cidr_block = true
}

resource "aws_subnet" "six" {
  vpc_id                          = aws_vpc.six.id
  cidr_block                      = "10.20.1.0/24"
  ipv6_cidr_block                 = cidrsubnet(aws_vpc.six.ipv6_cidr_block, 8, 1)
  assign_ipv6_address_on_creation = true
}

# Its IPv6 network comes with the next step.
resource "aws_subnet" "later" {
  vpc_id     = aws_vpc.six.id
  cidr_block = "10.20.2.0/24"
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
  tags   = { Name = "types-vpc" }
}

resource "aws_route_table" "inline" {
  vpc_id = aws_vpc.main.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.main.id
  }
  tags = { Name = "inline" }
}

resource "aws_route_table" "apart" {
  vpc_id = aws_vpc.main.id
}

resource "aws_route" "out" {
  route_table_id         = aws_route_table.apart.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.main.id
}

resource "aws_route_table_association" "a" {
  subnet_id      = aws_subnet.a.id
  route_table_id = aws_route_table.inline.id
}
