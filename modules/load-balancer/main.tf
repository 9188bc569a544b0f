resource "aws_lb" "this" {
  name               = var.name
  load_balancer_type = "application"
  internal           = var.internal
  security_groups    = [aws_security_group.this.id]
  subnets            = var.subnet_ids

  idle_timeout               = var.idle_timeout
  drop_invalid_header_fields = true
  enable_deletion_protection = var.deletion_protection

  dynamic "access_logs" {
    for_each = var.access_logs.enabled ? [local.log_bucket] : []

    content {
      enabled = true
      bucket  = access_logs.value
      prefix  = var.access_logs.prefix
    }
  }

  tags = merge(var.tags, { Name = var.name })

  # AWS tries to write when logs are switched on.
  depends_on = [aws_s3_bucket_policy.logs]
}

resource "aws_lb_target_group" "this" {
  # It cannot change its port, and not be deleted while a listener forwards to it: the next one
  # takes its place first, under a name of its own.
  name_prefix          = "${trimsuffix(substr(var.name, 0, 5), "-")}-"
  vpc_id               = var.vpc_id
  target_type          = "instance"
  port                 = var.target.port
  protocol             = var.target.protocol
  deregistration_delay = var.target.deregistration_delay
  slow_start           = var.target.slow_start

  health_check {
    path                = var.health_check.path
    protocol            = var.target.protocol
    matcher             = var.health_check.matcher
    interval            = var.health_check.interval
    timeout             = var.health_check.timeout
    healthy_threshold   = var.health_check.healthy_threshold
    unhealthy_threshold = var.health_check.unhealthy_threshold
  }

  stickiness {
    enabled         = var.target.stickiness > 0
    type            = "lb_cookie"
    cookie_duration = max(var.target.stickiness, 1)
  }

  tags = merge(var.tags, { Name = var.name })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_listener" "redirect" {
  count = var.plain_http ? 0 : 1

  load_balancer_arn = aws_lb.this.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "redirect"

    redirect {
      port        = "443"
      protocol    = "HTTPS"
      status_code = "HTTP_301"
    }
  }

  tags = var.tags
}

resource "aws_lb_listener" "https" {
  count = var.plain_http ? 0 : 1

  load_balancer_arn = aws_lb.this.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = var.ssl_policy
  certificate_arn   = var.certificate_arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this.arn
  }

  tags = var.tags
}

resource "aws_lb_listener_certificate" "this" {
  for_each = var.plain_http ? {} : var.additional_certificate_arns

  listener_arn    = aws_lb_listener.https[0].arn
  certificate_arn = each.value
}

resource "aws_lb_listener" "http" {
  count = var.plain_http ? 1 : 0

  load_balancer_arn = aws_lb.this.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this.arn
  }

  tags = var.tags
}
