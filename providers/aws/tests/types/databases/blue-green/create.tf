# import: aws_db_instance.main = identifier, except password, apply_immediately, blue_green_update

resource "aws_db_instance" "main" {
  identifier              = "blue-green"
  engine                  = "mysql"
  engine_version          = "8.0.35"
  instance_class          = "db.t3.micro"
  allocated_storage       = 20
  username                = "groma"
  password                = "correct-horse"
  backup_retention_period = 1
  apply_immediately       = true
  skip_final_snapshot     = true

  blue_green_update {
    enabled = true
  }

  tags = { Name = "main" }
}
