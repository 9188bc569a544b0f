# The third tier: what keeps the data, reached by the second one only.
module "database" {
  source = "../../modules/database"

  name                   = "${local.name}-db"
  vpc_id                 = module.network.vpc_id
  subnet_ids             = module.network.database_subnet_ids
  client_security_groups = { app = module.app.security_group_id }

  engine         = "postgres"
  engine_version = "16.4"
  instance_class = var.database.instance_class
  storage        = { size = var.database.storage, max_size = 4 * var.database.storage }
  multi_az       = var.database.multi_az
  replica_count  = var.database.replica_count
  backup         = { retention_days = var.database.backup_days }

  password         = var.db_password
  password_version = var.db_password_version

  parameters = {
    log_min_duration_statement = { value = "1000" }
  }

  alarms              = { enabled = local.production, actions = [aws_sns_topic.alarms.arn] }
  deletion_protection = var.protection
  final_snapshot      = var.protection
}
