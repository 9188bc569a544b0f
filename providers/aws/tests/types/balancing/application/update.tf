data "aws_region" "this" {}

resource "aws_vpc" "this" {
  cidr_block = "10.30.0.0/16"
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

resource "aws_security_group" "this" {
  name   = "web"
  vpc_id = aws_vpc.this.id
}

resource "aws_lb" "this" {
  name            = "application"
  security_groups = [aws_security_group.this.id]
  subnets         = aws_subnet.this[*].id
  idle_timeout    = 30

  drop_invalid_header_fields = true


  tags = { Name = "application", Step = "2" }
}

resource "aws_lb_target_group" "first" {
  name_prefix          = "one-"
  vpc_id               = aws_vpc.this.id
  port                 = 80
  protocol             = "HTTP"
  deregistration_delay = 60
  slow_start           = 45

  health_check {
    path     = "/healthy"
    matcher  = "200"
    interval = 15
  }

  stickiness {
    type            = "lb_cookie"
    cookie_duration = 60
  }

  tags = { Name = "first" }
}

resource "aws_lb_target_group" "second" {
  name     = "second"
  vpc_id   = aws_vpc.this.id
  port     = 8080
  protocol = "HTTP"
}

resource "aws_lb_listener" "redirect" {
  load_balancer_arn = aws_lb.this.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "redirect"

    redirect {
      port        = "443"
      protocol    = "HTTPS"
      status_code = "HTTP_302"
    }
  }

  tags = { Name = "redirect" }
}

resource "aws_lb_listener" "weighted" {
  load_balancer_arn = aws_lb.this.arn
  port              = 8080
  protocol          = "HTTP"

  default_action {
    type = "forward"

    forward {
      target_group {
        arn    = aws_lb_target_group.first.arn
        weight = 50
      }

      target_group {
        arn    = aws_lb_target_group.second.arn
        weight = 50
      }

      stickiness {
        enabled  = true
        duration = 600
      }
    }
  }
}

resource "aws_lb_listener" "forward" {
  load_balancer_arn = aws_lb.this.arn
  port              = 8081
  protocol          = "HTTP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.second.arn
  }
}

resource "aws_lb_listener_rule" "paths" {
  listener_arn = aws_lb_listener.forward.arn
  priority     = 20

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.second.arn
  }

  condition {
    path_pattern {
      values = ["/api/*", "/rest/*"]
    }
  }

  condition {
    host_header {
      values = ["example.com"]
    }
  }

  tags = { Name = "paths" }
}

# A rule of another listener is another rule.
resource "aws_lb_listener_rule" "fixed" {
  listener_arn = aws_lb_listener.weighted.arn

  action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "never"
      status_code  = "403"
    }
  }

  condition {
    http_request_method {
      values = ["DELETE"]
    }
  }

  condition {
    query_string {
      key   = "debug"
      value = "1"
    }
  }

  condition {
    source_ip {
      values = ["10.0.0.0/8"]
    }
  }

  condition {
    http_header {
      http_header_name = "X-Test"
      values           = ["1", "2"]
    }
  }

  # Priorities are the next that are free.
  depends_on = [aws_lb_listener_rule.paths]
}

resource "aws_lb_target_group_attachment" "this" {
  target_group_arn = aws_lb_target_group.addresses.arn
  target_id        = "10.30.0.10"
  port             = 80
}

resource "aws_lb_target_group" "addresses" {
  name        = "addresses"
  vpc_id      = aws_vpc.this.id
  port        = 80
  protocol    = "HTTP"
  target_type = "ip"
}

data "aws_lb" "this" {
  arn = aws_lb.this.arn
}

data "aws_lb_target_group" "this" {
  arn = aws_lb_target_group.first.arn
}
