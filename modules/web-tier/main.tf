module "network" {
  source = "../network"

  name                    = var.name
  cidr                    = var.network.cidr
  availability_zone_count = var.network.availability_zone_count
  nat                     = var.network.nat
  tags                    = var.tags
}

module "load_balancer" {
  source = "../load-balancer"

  name            = var.name
  vpc_id          = module.network.vpc_id
  subnet_ids      = module.network.public_subnet_ids
  internal        = false
  ingress_cidrs   = var.ingress_cidrs
  certificate_arn = var.certificate_arn
  plain_http      = var.plain_http

  target       = { port = var.port }
  health_check = { path = var.health_check_path }
  access_logs  = { force_destroy = !var.protection }

  deletion_protection = var.protection
  tags                = var.tags
}

module "service" {
  source = "../autoscaling-service"

  name          = "${var.name}-web"
  vpc_id        = module.network.vpc_id
  subnet_ids    = module.network.private_subnet_ids
  image_id      = var.image_id
  instance_type = var.instance_type
  port          = var.port
  capacity      = var.capacity
  schedules     = var.schedules
  tags          = var.tags

  user_data = var.user_data == null ? null : templatestring(var.user_data, {
    port     = var.port
    database = module.database.address
    replicas = join(",", module.database.replica_addresses)
    db_port  = module.database.port
  })

  load_balancer = {
    security_group_id = module.load_balancer.security_group_id
    target_group_arn  = module.load_balancer.target_group_arn
  }

  target_tracking = merge(
    { cpu = { predefined = "ASGAverageCPUUtilization", target = var.cpu_target } },
    var.requests_target == null ? {} : {
      requests = {
        predefined     = "ALBRequestCountPerTarget"
        target         = var.requests_target
        resource_label = "${module.load_balancer.arn_suffix}/${module.load_balancer.target_group_arn_suffix}"
      }
    },
  )
}

module "database" {
  source = "../database"

  name                   = "${var.name}-db"
  vpc_id                 = module.network.vpc_id
  subnet_ids             = module.network.database_subnet_ids
  client_security_groups = { web = module.service.security_group_id }

  engine         = var.database.engine
  engine_version = var.database.engine_version
  instance_class = var.database.instance_class
  storage        = { size = var.database.storage_size, max_size = 5 * var.database.storage_size }
  multi_az       = var.database.multi_az
  replica_count  = var.database.replica_count

  password         = var.db_password
  password_version = var.db_password_version

  alarms              = { actions = var.alarm_actions }
  deletion_protection = var.protection
  final_snapshot      = var.protection
  tags                = var.tags
}

# What users notice.
resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "${var.name}-errors"
  alarm_description   = "The application answers with errors"
  namespace           = "AWS/ApplicationELB"
  metric_name         = "HTTPCode_Target_5XX_Count"
  statistic           = "Sum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 10
  period              = 60
  evaluation_periods  = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
  ok_actions          = var.alarm_actions

  dimensions = {
    LoadBalancer = module.load_balancer.arn_suffix
    TargetGroup  = module.load_balancer.target_group_arn_suffix
  }

  tags = var.tags
}

resource "aws_cloudwatch_metric_alarm" "unhealthy" {
  alarm_name          = "${var.name}-unhealthy"
  alarm_description   = "Instances of the application are not well"
  namespace           = "AWS/ApplicationELB"
  metric_name         = "UnHealthyHostCount"
  statistic           = "Minimum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 60
  evaluation_periods  = 5
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
  ok_actions          = var.alarm_actions

  dimensions = {
    LoadBalancer = module.load_balancer.arn_suffix
    TargetGroup  = module.load_balancer.target_group_arn_suffix
  }

  tags = var.tags
}
