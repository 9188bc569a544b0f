resource "mock_load_balancer" "app" {
  name    = "${var.name}-alb"
  subnets = mock_subnet.public[*].id
  groups  = [mock_security_group.load_balancer.id]
}

resource "mock_target_group" "app" {
  name    = "${var.name}-tg-${var.app_port}"
  port    = var.app_port
  network = mock_network.main.id

  health_check {
    path     = var.health_check_path
    interval = 30
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "mock_listener" "http" {
  load_balancer = mock_load_balancer.app.id
  port          = 80
  target_group  = mock_target_group.app.id
}

resource "mock_launch_template" "app" {
  image  = "image-1"
  groups = [mock_security_group.app.id]

  user_data = <<-EOT
    #!/bin/sh
    DATABASE=${mock_database.primary.identifier}:${mock_database.primary.port}
    %{for replica in mock_database.replica~}
    REPLICA=${replica.identifier}
    %{endfor~}
    serve --port ${var.app_port}
  EOT
}

resource "mock_instance_group" "app" {
  name          = "app-asg"
  min           = var.capacity.min
  max           = var.capacity.max
  desired       = var.capacity.desired
  template      = mock_launch_template.app.id
  subnets       = mock_subnet.public[*].id
  target_groups = [mock_target_group.app.id]

  tags = [{ key = "Name", value = "${var.name}-app", at_launch = true }]
}

resource "mock_scaling_policy" "scale_up" {
  name           = "scale-up"
  instance_group = mock_instance_group.app.name
  adjustment     = 2
  cooldown       = 300
}

resource "mock_alarm" "cpu_high" {
  name      = "cpu-utilization-high"
  metric    = "CPUUtilization"
  threshold = 75
  actions   = [mock_scaling_policy.scale_up.id]
}
