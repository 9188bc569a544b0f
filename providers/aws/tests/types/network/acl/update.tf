resource "aws_vpc" "main" {
  cidr_block = "10.14.0.0/16"
}

resource "aws_vpc" "other" {
  cidr_block = "10.19.0.0/16"
}

resource "aws_default_route_table" "main" {
  default_route_table_id = aws_vpc.main.default_route_table_id

  route {
    cidr_block = "192.168.0.0/16"
    gateway_id = aws_internet_gateway.main.id
  }

  tags = { Name = "main", Stage = "two" }
}

resource "aws_default_route_table" "empty" {
  default_route_table_id = aws_vpc.other.default_route_table_id
  route                  = []
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_subnet" "a" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.14.1.0/24"
}

resource "aws_subnet" "b" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.14.2.0/24"
}

resource "aws_network_acl" "main" {
  vpc_id     = aws_vpc.main.id
  subnet_ids = [aws_subnet.b.id]

  ingress {
    rule_no    = 100
    protocol   = "tcp"
    action     = "allow"
    cidr_block = "0.0.0.0/0"
    from_port  = 440
    to_port    = 443
  }

  egress {
    rule_no    = 100
    protocol   = "-1"
    action     = "allow"
    cidr_block = "0.0.0.0/0"
    from_port  = 0
    to_port    = 0
  }

  egress {
    rule_no         = 110
    protocol        = "-1"
    action          = "allow"
    ipv6_cidr_block = "::/0"
    from_port       = 0
    to_port         = 0
  }

  tags = { Name = "list" }
}

resource "aws_network_acl" "moved" {
  vpc_id = aws_vpc.other.id
}

resource "aws_network_acl" "apart" {
  vpc_id = aws_vpc.main.id
}

resource "aws_network_acl_rule" "web" {
  network_acl_id = aws_network_acl.apart.id
  rule_number    = 210
  protocol       = "tcp"
  rule_action    = "allow"
  cidr_block     = "10.0.0.0/8"
  from_port      = 80
  to_port        = 80
}

resource "aws_network_acl_rule" "ping" {
  network_acl_id = aws_network_acl.apart.id
  egress         = true
  rule_number    = 200
  protocol       = "icmp"
  rule_action    = "deny"
  cidr_block     = "10.0.0.0/8"
  icmp_type      = -1
  icmp_code      = -1
}

resource "aws_network_acl_rule" "six" {
  network_acl_id  = aws_network_acl.apart.id
  rule_number     = 300
  protocol        = "-1"
  rule_action     = "deny"
  ipv6_cidr_block = "fd00::/8"
}

resource "aws_default_network_acl" "main" {
  default_network_acl_id = aws_vpc.main.default_network_acl_id

  ingress {
    rule_no    = 100
    protocol   = "-1"
    action     = "allow"
    cidr_block = "10.0.0.0/16"
    from_port  = 0
    to_port    = 0
  }

  tags = { Name = "the default" }

  lifecycle {
    ignore_changes = [subnet_ids]
  }
}
