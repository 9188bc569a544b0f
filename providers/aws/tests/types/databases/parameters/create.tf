# import: aws_db_parameter_group.postgres = id
# import: aws_db_parameter_group.prefixed = id

resource "aws_db_parameter_group" "postgres" {
  name   = "parameters-postgres"
  family = "postgres15"

  parameter {
    name  = "log_connections"
    value = "1"
  }

  parameter {
    name         = "shared_buffers"
    value        = "16384"
    apply_method = "pending-reboot"
  }

  tags = { Name = "postgres" }
}

resource "aws_db_parameter_group" "prefixed" {
  name_prefix = "parameters-"
  family      = "mysql8.0"
}
