# import: aws_db_instance.main = identifier, except password_wo_version, apply_immediately, delete_automated_backups, timeouts

# Domains, character sets and time zones are not kept by the emulator.

data "aws_subnets" "all" {
  filter {
    name   = "default-for-az"
    values = ["true"]
  }
}

data "aws_vpc" "main" {
  default = true
}

data "aws_security_group" "main" {
  name   = "default"
  vpc_id = data.aws_vpc.main.id
}

resource "aws_db_subnet_group" "main" {
  name       = "settings"
  subnet_ids = data.aws_subnets.all.ids
}

resource "aws_iam_role" "main" {
  name = "databases-settings"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "monitoring.rds.amazonaws.com" }
    }]
  })
}

resource "aws_db_parameter_group" "main" {
  count  = 2
  name   = "settings-${count.index}"
  family = "mysql8.0"
}

resource "aws_db_option_group" "main" {
  name                 = "settings"
  engine_name          = "mysql"
  major_engine_version = "8.0"
}

resource "aws_db_instance" "main" {
  identifier     = "settings"
  engine         = "mysql"
  engine_version = "8.0.35"
  instance_class = "db.r6g.large"

  allocated_storage  = 400
  storage_type       = "gp3"
  iops               = 12000
  storage_throughput = 500
  storage_encrypted  = true

  username            = "groma"
  password_wo         = "correct-horse"
  password_wo_version = 1

  db_subnet_group_name   = aws_db_subnet_group.main.name
  vpc_security_group_ids = [data.aws_security_group.main.id]
  parameter_group_name   = aws_db_parameter_group.main[0].name
  option_group_name      = aws_db_option_group.main.name

  backup_window      = "03:00-04:00"
  maintenance_window = "sun:04:30-sun:05:30"

  monitoring_interval          = 30
  monitoring_role_arn          = aws_iam_role.main.arn
  performance_insights_enabled = true

  auto_minor_version_upgrade = false
  copy_tags_to_snapshot      = true
  delete_automated_backups   = true
  deletion_protection        = true
  publicly_accessible        = false
  apply_immediately          = true
  skip_final_snapshot        = true

  timeouts {
    create = "30m"
  }
}
