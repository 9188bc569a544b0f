# import: aws_db_subnet_group.main = name
# import: aws_db_subnet_group.prefixed = name
# import: aws_db_option_group.main = name
# import: aws_rds_cluster_parameter_group.main = name, except parameter

# The emulator resets no parameters of clusters, does not tell who set them, and keeps no ports of options.

data "aws_subnets" "all" {
  filter {
    name   = "default-for-az"
    values = ["true"]
  }
}

resource "aws_db_subnet_group" "main" {
  name        = "grouped-things"
  description = "Of a case"
  subnet_ids  = slice(sort(data.aws_subnets.all.ids), 0, 2)

  tags = { Name = "grouped-things" }
}

resource "aws_db_subnet_group" "prefixed" {
  name_prefix = "groups-"
  subnet_ids  = data.aws_subnets.all.ids
}

resource "aws_db_option_group" "main" {
  name                     = "grouped-things"
  engine_name              = "mysql"
  major_engine_version     = "8.0"
  option_group_description = "Of a case"

  option {
    option_name = "MARIADB_AUDIT_PLUGIN"

    option_settings {
      name  = "SERVER_AUDIT_EVENTS"
      value = "CONNECT"
    }
  }

  tags = { Name = "grouped-things" }
}

resource "aws_rds_cluster_parameter_group" "main" {
  name        = "grouped-things"
  family      = "aurora-postgresql15"
  description = "Of a case"

  parameter {
    name  = "log_min_duration_statement"
    value = "1000"
  }

  parameter {
    name         = "shared_preload_libraries"
    value        = "pg_stat_statements"
    apply_method = "pending-reboot"
  }

  tags = { Name = "grouped-things" }
}
