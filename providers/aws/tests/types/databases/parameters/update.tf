resource "aws_db_parameter_group" "postgres" {
  name   = "parameters-postgres"
  family = "postgres15"

  parameter {
    name  = "log_connections"
    value = "0"
  }

  parameter {
    name         = "shared_buffers"
    value        = "16384"
    apply_method = "pending-reboot"
  }

  tags = { Name = "postgres", more = "yes" }
}

resource "aws_db_parameter_group" "prefixed" {
  name_prefix = "parameters-"
  family      = "mysql5.7"
}
