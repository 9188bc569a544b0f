# import: aws_lb.this = arn
# import: aws_lb_target_group.this = arn
# import: aws_lb_listener.this = arn

data "aws_region" "this" {}

resource "aws_vpc" "this" {
  cidr_block = "10.34.0.0/16"
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

resource "aws_lb" "this" {
  name               = "gateway"
  load_balancer_type = "gateway"
  subnets            = [aws_subnet.this[0].id]

  tags = { Name = "gateway" }
}

resource "aws_lb_target_group" "this" {
  name     = "gateway"
  vpc_id   = aws_vpc.this.id
  port     = 6081
  protocol = "GENEVE"

  health_check {
    port     = "80"
    protocol = "HTTP"
  }

  stickiness {
    type = "source_ip_dest_ip"
  }

  target_failover {
    on_deregistration = "rebalance"
    on_unhealthy      = "rebalance"
  }

  tags = { Name = "gateway" }
}

resource "aws_lb_listener" "this" {
  load_balancer_arn = aws_lb.this.arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this.arn
  }

  tags = { Name = "gateway" }
}
