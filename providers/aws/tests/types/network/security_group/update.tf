resource "aws_vpc" "main" {
  cidr_block = "10.12.0.0/16"
}

resource "aws_default_security_group" "main" {
  vpc_id = aws_vpc.main.id

  ingress {
    protocol  = "-1"
    self      = true
    from_port = 0
    to_port   = 0
  }

  egress {
    protocol         = "-1"
    from_port        = 0
    to_port          = 0
    ipv6_cidr_blocks = ["::/0"]
  }

  tags = { Name = "the default" }
}

resource "aws_security_group" "inline" {
  name_prefix = "types-"
  description = "Rules in line"
  vpc_id      = aws_vpc.main.id

  ingress {
    description = "web"
    from_port   = 443
    to_port     = 443
    protocol    = "TCP"
    cidr_blocks = ["10.0.0.0/8", "172.16.0.0/12"]
  }

  ingress {
    from_port       = 8080
    to_port         = 8090
    protocol        = "tcp"
    security_groups = [aws_security_group.apart.id]
    self            = true
  }

  egress {
    from_port        = 0
    to_port          = 0
    protocol         = "-1"
    cidr_blocks      = ["0.0.0.0/0"]
    ipv6_cidr_blocks = ["::/0"]
  }

  tags = { Name = "in line" }
}

resource "aws_security_group" "apart" {
  name   = "types-apart"
  vpc_id = aws_vpc.main.id
}

resource "aws_vpc_security_group_ingress_rule" "web" {
  security_group_id = aws_security_group.apart.id
  cidr_ipv4         = "10.0.0.0/8"
  ip_protocol       = "tcp"
  from_port         = 80
  to_port           = 88
  description       = "the web"
  tags              = { Name = "web", Stage = "two" }
}

resource "aws_vpc_security_group_ingress_rule" "group" {
  security_group_id            = aws_security_group.apart.id
  referenced_security_group_id = aws_security_group.apart.id
  ip_protocol                  = "-1"
}

resource "aws_vpc_security_group_egress_rule" "all" {
  security_group_id = aws_security_group.apart.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}

resource "aws_vpc_security_group_ingress_rule" "six" {
  security_group_id = aws_security_group.apart.id
  cidr_ipv6         = "fd00::/8"
  ip_protocol       = "udp"
  from_port         = 53
  to_port           = 54
}

resource "aws_vpc_security_group_egress_rule" "ping" {
  security_group_id = aws_security_group.apart.id
  cidr_ipv4         = "10.0.0.0/8"
  ip_protocol       = "icmp"
  from_port         = 8
  to_port           = -1
  tags              = { Name = "ping" }
}

resource "aws_vpc_security_group_egress_rule" "range" {
  security_group_id            = aws_security_group.apart.id
  referenced_security_group_id = aws_security_group.old.id
  ip_protocol                  = "tcp"
  from_port                    = 1000
  to_port                      = 1020
  description                  = "the range"
}

resource "aws_security_group_rule" "group" {
  type                     = "ingress"
  security_group_id        = aws_security_group.old.id
  protocol                 = "udp"
  from_port                = 53
  to_port                  = 54
  source_security_group_id = aws_security_group.apart.id
}

resource "aws_security_group_rule" "six" {
  type              = "ingress"
  security_group_id = aws_security_group.old.id
  protocol          = "icmpv6"
  from_port         = -1
  to_port           = -1
  ipv6_cidr_blocks  = ["fd00::/8"]
}

resource "aws_security_group_rule" "mixed" {
  type              = "ingress"
  security_group_id = aws_security_group.old.id
  protocol          = "tcp"
  from_port         = 8080
  to_port           = 8090
  cidr_blocks       = ["10.3.0.0/16", "10.4.0.0/16"]
  ipv6_cidr_blocks  = ["fd00::/16"]
  description       = "more of it"
}

resource "aws_security_group" "renamed" {
  name        = "types-after"
  description = "Replaced"
  vpc_id      = aws_vpc.main.id
}

resource "aws_security_group" "old" {
  name   = "types-old"
  vpc_id = aws_vpc.main.id
}

resource "aws_security_group_rule" "ssh" {
  type              = "ingress"
  security_group_id = aws_security_group.old.id
  protocol          = "tcp"
  from_port         = 22
  to_port           = 22
  cidr_blocks       = ["10.0.0.0/8"]
  description       = "the shell"
}

resource "aws_security_group_rule" "own" {
  type              = "egress"
  security_group_id = aws_security_group.old.id
  protocol          = "-1"
  from_port         = 0
  to_port           = 0
  cidr_blocks       = ["10.1.0.0/16", "10.2.0.0/16"]
}
