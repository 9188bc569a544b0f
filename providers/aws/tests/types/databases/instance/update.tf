resource "aws_db_parameter_group" "main" {
  name   = "instances"
  family = "postgres15"
}

resource "aws_db_instance" "primary" {
  identifier     = "instances-primary"
  engine         = "postgres"
  engine_version = "15"
  instance_class = "db.t3.small"

  allocated_storage     = 30
  max_allocated_storage = 100
  storage_type          = "gp3"
  storage_encrypted     = true

  db_name  = "app"
  username = "groma"
  password = "correct-horse"

  multi_az             = true
  parameter_group_name = aws_db_parameter_group.main.name
  port                 = 5433

  backup_retention_period = 3
  backup_window           = "03:00-04:00"
  maintenance_window      = "sun:04:30-sun:05:30"
  apply_immediately       = true
  copy_tags_to_snapshot   = true

  enabled_cloudwatch_logs_exports     = ["postgresql"]
  iam_database_authentication_enabled = true
  skip_final_snapshot                 = true

  tags = { Name = "primary", step = "2" }
}

resource "aws_db_instance" "replica" {
  identifier          = "instances-replica"
  replicate_source_db = aws_db_instance.primary.identifier
  instance_class      = "db.t3.micro"
  storage_type        = aws_db_instance.primary.storage_type

  apply_immediately   = true
  skip_final_snapshot = true

  tags = { Name = "replica", more = "yes" }
}

resource "aws_db_instance" "managed" {
  identifier_prefix           = "instances-"
  engine                      = "mysql"
  instance_class              = "db.t3.micro"
  allocated_storage           = 10
  username                    = "other"
  manage_master_user_password = true
  apply_immediately           = true
  skip_final_snapshot         = true
}
