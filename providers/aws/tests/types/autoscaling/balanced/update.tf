# import: aws_autoscaling_group.this = name, except min_elb_capacity, wait_for_elb_capacity

data "aws_region" "this" {}

resource "aws_vpc" "this" {
  cidr_block = "10.42.0.0/16"
}

resource "aws_subnet" "this" {
  count             = 2
  vpc_id            = aws_vpc.this.id
  cidr_block        = cidrsubnet(aws_vpc.this.cidr_block, 8, count.index)
  availability_zone = "${data.aws_region.this.name}${["a", "b"][count.index]}"
}

resource "aws_launch_template" "this" {
  name          = "balanced"
  image_id      = "ami-12c6146b"
  instance_type = "t3.micro"
}

resource "aws_lb" "this" {
  name     = "balanced"
  internal = true
  subnets  = aws_subnet.this[*].id
}

resource "aws_lb_target_group" "this" {
  name     = "balanced"
  vpc_id   = aws_vpc.this.id
  port     = 80
  protocol = "HTTP"
}

resource "aws_lb_listener" "this" {
  load_balancer_arn = aws_lb.this.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this.arn
  }
}

# Its instances must be healthy behind the load balancer.
resource "aws_autoscaling_group" "this" {
  name                  = "balanced"
  min_size              = 1
  max_size              = 2
  desired_capacity      = 1
  min_elb_capacity      = 1
  wait_for_elb_capacity = 1
  vpc_zone_identifier   = aws_subnet.this[*].id
  target_group_arns     = [aws_lb_target_group.this.arn]

  launch_template {
    id = aws_launch_template.this.id
  }

  depends_on = [aws_lb_listener.this]
}
