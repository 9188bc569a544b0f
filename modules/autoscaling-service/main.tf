locals {
  tags = merge(var.tags, { Name = var.name })
}

resource "aws_launch_template" "this" {
  name_prefix            = "${var.name}-"
  description            = "Instances of ${var.name}"
  image_id               = var.image_id
  instance_type          = var.instance_type
  user_data              = var.user_data == null ? null : base64encode(var.user_data)
  update_default_version = true

  iam_instance_profile {
    arn = aws_iam_instance_profile.this.arn
  }

  network_interfaces {
    associate_public_ip_address = false
    delete_on_termination       = true
    security_groups             = [aws_security_group.this.id]
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  monitoring {
    enabled = true
  }

  block_device_mappings {
    device_name = var.root_volume.device_name

    ebs {
      encrypted             = true
      kms_key_id            = var.root_volume.kms_key_arn
      volume_size           = var.root_volume.size
      volume_type           = var.root_volume.type
      delete_on_termination = true
    }
  }

  dynamic "tag_specifications" {
    for_each = ["instance", "volume", "network-interface"]

    content {
      resource_type = tag_specifications.value
      tags          = local.tags
    }
  }

  tags = local.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_autoscaling_group" "this" {
  name                = var.name
  min_size            = var.capacity.min
  max_size            = var.capacity.max
  desired_capacity    = var.capacity.desired
  vpc_zone_identifier = var.subnet_ids
  target_group_arns   = var.load_balancer == null ? [] : [var.load_balancer.target_group_arn]

  health_check_type         = var.load_balancer == null ? "EC2" : "ELB"
  health_check_grace_period = var.health_check_grace_period
  max_instance_lifetime     = var.max_instance_lifetime
  wait_for_capacity_timeout = var.wait_for_capacity_timeout

  metrics_granularity = "1Minute"
  enabled_metrics = [
    "GroupDesiredCapacity",
    "GroupInServiceInstances",
    "GroupMaxSize",
    "GroupMinSize",
    "GroupPendingInstances",
    "GroupTerminatingInstances",
    "GroupTotalInstances",
  ]

  launch_template {
    id = aws_launch_template.this.id
    # The number and not "$Latest", so that a plan shows when instances are going to be replaced.
    version = aws_launch_template.this.latest_version
  }

  dynamic "instance_refresh" {
    for_each = var.instance_refresh.enabled ? [var.instance_refresh] : []

    content {
      strategy = "Rolling"

      preferences {
        min_healthy_percentage = instance_refresh.value.min_healthy_percentage
        max_healthy_percentage = instance_refresh.value.max_healthy_percentage
        instance_warmup        = instance_refresh.value.warmup
        auto_rollback          = instance_refresh.value.auto_rollback
        skip_matching          = true
      }
    }
  }

  dynamic "tag" {
    for_each = local.tags

    content {
      key   = tag.key
      value = tag.value
      # The launch template puts them on instances.
      propagate_at_launch = false
    }
  }

  # Instances need to be let in and out, and to know what they may, when they start.
  depends_on = [
    aws_iam_role_policy.this,
    aws_iam_role_policy_attachment.this,
    aws_vpc_security_group_egress_rule.this,
    aws_vpc_security_group_ingress_rule.clients,
    aws_vpc_security_group_ingress_rule.load_balancer,
    aws_vpc_security_group_egress_rule.load_balancer,
  ]
}
