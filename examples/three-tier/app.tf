# The second tier: what does the work, reached by the first one only.
module "app_load_balancer" {
  source = "../../modules/load-balancer"

  name                    = "${local.name}-app"
  vpc_id                  = module.network.vpc_id
  subnet_ids              = module.network.private_subnet_ids
  ingress_security_groups = { web = module.web.security_group_id }

  # From the web tier to here, traffic stays in the network.
  plain_http  = true
  access_logs = { enabled = false }

  health_check        = { path = "/healthy" }
  deletion_protection = var.protection
}

module "app" {
  source = "../../modules/autoscaling-service"

  name          = "${local.name}-app"
  vpc_id        = module.network.vpc_id
  subnet_ids    = module.network.private_subnet_ids
  image_id      = data.aws_ami.linux.id
  instance_type = var.app.instance_type
  capacity      = { min = var.app.min, max = var.app.max }

  user_data = templatefile("${path.module}/start.sh.tftpl", {
    service = "app"
    environment = merge(
      {
        DATABASE_HOST = module.database.address
        DATABASE_PORT = module.database.port
        DATABASE_NAME = module.database.db_name
      },
      { for index, address in module.database.replica_addresses : "DATABASE_REPLICA_${index + 1}" => address },
    )
  })

  load_balancer = {
    security_group_id = module.app_load_balancer.security_group_id
    target_group_arn  = module.app_load_balancer.target_group_arn
  }

  target_tracking = {
    cpu = { predefined = "ASGAverageCPUUtilization", target = var.app.processor_target }
  }

  # Faster than target tracking when a rush comes.
  step_scaling = {
    rush = {
      threshold = 85
      steps = [
        { lower = 0, upper = 10, adjustment = 1 },
        { lower = 10, adjustment = 2 },
      ]
    }
  }

  schedules = var.app.fewer_at_night ? {
    evening = { recurrence = "0 20 * * *", min = 0, desired = 0 }
    morning = { recurrence = "0 6 * * MON-FRI", min = var.app.min, desired = var.app.min }
  } : {}
}
