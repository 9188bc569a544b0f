locals {
  numbers = split(".", var.engine_version)

  # What AWS calls a major version: one number for PostgreSQL, two for the others.
  family = var.engine == "postgres" ? "postgres${local.numbers[0]}" : "${var.engine}${join(".", slice(local.numbers, 0, min(2, length(local.numbers))))}"

  port = var.engine == "postgres" ? 5432 : 3306

  logs = {
    postgres = ["postgresql", "upgrade"]
    mysql    = ["error", "slowquery"]
    mariadb  = ["error", "slowquery"]
  }[var.engine]

  encrypted_connections = {
    postgres = { "rds.force_ssl" = { value = "1", apply_method = "immediate" } }
    mysql    = { require_secure_transport = { value = "1", apply_method = "immediate" } }
    mariadb  = { require_secure_transport = { value = "1", apply_method = "immediate" } }
  }[var.engine]
}

resource "aws_db_subnet_group" "this" {
  name_prefix = "${var.name}-"
  description = "Subnets of the database ${var.name}"
  subnet_ids  = var.subnet_ids

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_db_parameter_group" "this" {
  name_prefix = "${var.name}-"
  description = "Parameters of the database ${var.name}"
  family      = local.family

  dynamic "parameter" {
    for_each = merge(local.encrypted_connections, var.parameters)

    content {
      name         = parameter.key
      value        = parameter.value.value
      apply_method = parameter.value.apply_method
    }
  }

  tags = merge(var.tags, { Name = var.name })

  # With another major version, the next group comes before the database leaves this one.
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "primary" {
  identifier     = var.name
  engine         = var.engine
  engine_version = var.engine_version
  instance_class = var.instance_class

  allocated_storage     = var.storage.size
  max_allocated_storage = var.storage.max_size
  storage_type          = var.storage.type
  iops                  = var.storage.iops
  storage_throughput    = var.storage.throughput
  storage_encrypted     = true
  kms_key_id            = var.storage.kms_key_arn

  db_name                     = var.db_name
  username                    = var.username
  password_wo                 = var.password_version == null ? null : var.password
  password_wo_version         = var.password_version
  manage_master_user_password = var.password_version == null ? true : null

  iam_database_authentication_enabled = true

  multi_az               = var.multi_az
  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [aws_security_group.this.id]
  publicly_accessible    = false
  port                   = local.port
  parameter_group_name   = aws_db_parameter_group.this.name

  backup_retention_period  = var.backup.retention_days
  backup_window            = var.backup.window
  maintenance_window       = var.backup.maintenance_window
  copy_tags_to_snapshot    = true
  delete_automated_backups = true

  allow_major_version_upgrade = var.allow_major_version_upgrade
  auto_minor_version_upgrade  = false
  apply_immediately           = var.apply_immediately

  enabled_cloudwatch_logs_exports = local.logs
  performance_insights_enabled    = var.performance_insights
  monitoring_interval             = var.monitoring_interval
  monitoring_role_arn             = one(aws_iam_role.monitoring[*].arn)

  deletion_protection       = var.deletion_protection
  skip_final_snapshot       = !var.final_snapshot
  final_snapshot_identifier = var.final_snapshot ? "${var.name}-final" : null

  tags = merge(var.tags, { Name = var.name })

  lifecycle {
    precondition {
      condition     = var.password_version == null || var.password_version > 0
      error_message = "The number of the password begins with 1."
    }
  }

  depends_on = [aws_iam_role_policy_attachment.monitoring]
}

resource "aws_db_instance" "replica" {
  count = var.replica_count

  identifier          = "${var.name}-replica-${count.index + 1}"
  replicate_source_db = aws_db_instance.primary.identifier
  engine_version      = var.engine_version
  instance_class      = coalesce(var.replica_instance_class, var.instance_class)

  # What the primary is, its replicas must say too: the provider plans a replacement otherwise.
  storage_encrypted     = true
  storage_type          = var.storage.type
  max_allocated_storage = var.storage.max_size
  iops                  = var.storage.iops
  storage_throughput    = var.storage.throughput

  iam_database_authentication_enabled = true

  vpc_security_group_ids = [aws_security_group.this.id]
  publicly_accessible    = false
  port                   = local.port
  parameter_group_name   = aws_db_parameter_group.this.name
  maintenance_window     = var.backup.maintenance_window
  copy_tags_to_snapshot  = true

  allow_major_version_upgrade = var.allow_major_version_upgrade
  auto_minor_version_upgrade  = false
  apply_immediately           = var.apply_immediately

  enabled_cloudwatch_logs_exports = local.logs
  performance_insights_enabled    = var.performance_insights
  monitoring_interval             = var.monitoring_interval
  monitoring_role_arn             = one(aws_iam_role.monitoring[*].arn)

  deletion_protection = var.deletion_protection
  # What is in a replica is in its primary.
  skip_final_snapshot = true

  tags = merge(var.tags, { Name = "${var.name}-replica-${count.index + 1}" })
}
