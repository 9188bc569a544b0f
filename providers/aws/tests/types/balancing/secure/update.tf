data "aws_region" "this" {}

resource "aws_vpc" "this" {
  cidr_block = "10.32.0.0/16"
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
  name     = "secure"
  internal = true
  subnets  = aws_subnet.this[*].id

  enable_deletion_protection = false
  client_keep_alive          = 3600
  xff_header_processing_mode = "append"
}

resource "aws_lb_target_group" "this" {
  count    = 2
  name     = "secure-${count.index}"
  vpc_id   = aws_vpc.this.id
  port     = 443
  protocol = "HTTPS"

  health_check {
    protocol = "HTTPS"
    interval = 10
    timeout  = 4
  }

  stickiness {
    type            = "lb_cookie"
    cookie_duration = 600
  }

  target_group_health {
    dns_failover {
      minimum_healthy_targets_count      = "2"
      minimum_healthy_targets_percentage = "off"
    }

    unhealthy_state_routing {
      minimum_healthy_targets_count      = 1
      minimum_healthy_targets_percentage = "off"
    }
  }
}

# The keys beside this file are of no use but for this test.
resource "aws_acm_certificate" "one" {
  certificate_body = file("${path.module}/one.pem")
  private_key      = file("${path.module}/one.key")
}

resource "aws_acm_certificate" "two" {
  certificate_body = file("${path.module}/two.pem")
  private_key      = file("${path.module}/two.key")
}

resource "aws_lb_listener" "this" {
  load_balancer_arn = aws_lb.this.arn
  port              = 443
  protocol          = "HTTPS"
  certificate_arn   = aws_acm_certificate.one.arn
  ssl_policy        = "ELBSecurityPolicy-2016-08"

  routing_http_response_server_enabled                         = true
  routing_http_response_strict_transport_security_header_value = "max-age=2000"
  routing_http_request_x_amzn_tls_version_header_name          = "X-Version"

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "application/json"
      message_body = "{}"
      status_code  = "503"
    }
  }
}

resource "aws_lb_listener_certificate" "two" {
  listener_arn    = aws_lb_listener.this.arn
  certificate_arn = aws_acm_certificate.two.arn
}

resource "aws_lb_listener_rule" "oidc" {
  listener_arn = aws_lb_listener.this.arn
  priority     = 1

  action {
    type = "authenticate-oidc"

    authenticate_oidc {
      authorization_endpoint = "https://example.com/authorize"
      client_id              = "id"
      client_secret          = "other"
      issuer                 = "https://example.com"
      token_endpoint         = "https://example.com/token"
      user_info_endpoint     = "https://example.com/user"
      scope                  = "openid email"

      authentication_request_extra_params = { display = "page" }
    }
  }

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this[0].arn
  }

  condition {
    host_header {
      values = ["one.example.com", "*.two.example.com"]
    }
  }
}

resource "aws_lb_listener_rule" "cognito" {
  listener_arn = aws_lb_listener.this.arn
  priority     = 2

  action {
    type = "authenticate-cognito"

    authenticate_cognito {
      user_pool_arn              = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_a"
      user_pool_client_id        = "client"
      user_pool_domain           = "domain"
      on_unauthenticated_request = "deny"
      session_timeout            = 7200
    }
  }

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this[0].arn
  }

  condition {
    path_pattern {
      values = ["/cognito/*"]
    }
  }
}

resource "aws_lb_listener_rule" "weighted" {
  listener_arn = aws_lb_listener.this.arn
  priority     = 3

  action {
    type = "forward"

    forward {
      target_group {
        arn    = aws_lb_target_group.this[0].arn
        weight = 50
      }

      target_group {
        arn    = aws_lb_target_group.this[1].arn
        weight = 50
      }
    }
  }

  condition {
    query_string {
      key   = "canary"
      value = "1"
    }

    query_string {
      value = "2"
    }
  }
}

resource "aws_lb_listener_rule" "redirect" {
  listener_arn = aws_lb_listener.this.arn
  priority     = 5

  action {
    type = "redirect"

    redirect {
      host        = "www.#{host}"
      path        = "/new/#{path}"
      query       = "#{query}&from=old"
      status_code = "HTTP_302"
    }
  }

  condition {
    source_ip {
      values = ["10.0.0.0/8", "192.168.0.0/16"]
    }
  }
}

data "aws_lb" "this" {
  name       = aws_lb.this.name
  depends_on = [aws_lb.this]
}

data "aws_lb_target_group" "this" {
  name       = aws_lb_target_group.this[0].name
  depends_on = [aws_lb_target_group.this]
}
