# import: aws_security_group.inline = id
# import: aws_security_group.apart = id
# import: aws_vpc_security_group_ingress_rule.web = id
# import: aws_vpc_security_group_egress_rule.all = id
# import: aws_default_security_group.main = id
# import: aws_security_group_rule.ssh = {security_group_id}_ingress_tcp_22_22_10.0.0.0/8, except security_group_rule_id
# stays: aws_default_security_group.main

resource "aws_vpc" "main" {
  cidr_block = "10.12.0.0/16"
}

resource "aws_default_security_group" "main" {
  vpc_id = aws_vpc.main.id
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
    cidr_blocks = ["10.0.0.0/8", "192.168.0.0/16"]
  }

  ingress {
    from_port       = 8080
    to_port         = 8081
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

  tags = { Name = "inline" }
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
  to_port           = 80
  description       = "web"
  tags              = { Name = "web" }
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
  description       = "ssh"
}

resource "aws_security_group_rule" "own" {
  type              = "egress"
  security_group_id = aws_security_group.old.id
  protocol          = "-1"
  from_port         = 0
  to_port           = 0
  self              = true
}
