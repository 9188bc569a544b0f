data "aws_region" "this" {}

resource "aws_vpc" "this" {
  cidr_block = "10.31.0.0/16"
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
}

resource "aws_subnet" "this" {
  count             = 2
  vpc_id            = aws_vpc.this.id
  cidr_block        = cidrsubnet(aws_vpc.this.cidr_block, 8, count.index)
  availability_zone = "${data.aws_region.this.name}${["a", "b"][count.index]}"
}

resource "aws_lb" "network" {
  name               = "network"
  load_balancer_type = "network"
  internal           = true
  subnets            = aws_subnet.this[*].id

  enable_cross_zone_load_balancing = true

  tags = { Name = "network" }
}

resource "aws_lb" "gateway" {
  name_prefix        = "gwy-"
  load_balancer_type = "gateway"
  subnets            = [aws_subnet.this[0].id]
}

resource "aws_lb_target_group" "tcp" {
  name     = "tcp-2"
  vpc_id   = aws_vpc.this.id
  port     = 5433
  protocol = "TCP"

  health_check {
    protocol = "TCP"
    interval = 30
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_target_group" "lambda" {
  name        = "lambda"
  target_type = "lambda"

  lambda_multi_value_headers_enabled = true
}

resource "aws_lb_listener" "tcp" {
  load_balancer_arn = aws_lb.network.arn
  port              = 5433
  protocol          = "TCP"

  tcp_idle_timeout_seconds = 400

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.tcp.arn
  }
}
