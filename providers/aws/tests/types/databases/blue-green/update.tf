# Another instance takes its place.
resource "aws_db_instance" "main" {
  identifier              = "blue-green"
  engine                  = "mysql"
  engine_version          = "8.0.36"
  instance_class          = "db.t3.small"
  allocated_storage       = 20
  username                = "groma"
  password                = "another-horse"
  backup_retention_period = 3
  apply_immediately       = true
  skip_final_snapshot     = true

  blue_green_update {
    enabled = true
  }

  tags = { Name = "main", more = "yes" }
}
