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
  engine_version = "8.0.36"
  instance_class = "db.r6g.large"

  allocated_storage  = 400
  storage_type       = "gp3"
  iops               = 14000
  storage_throughput = 600
  storage_encrypted  = true

  username            = "groma"
  password_wo         = "another-horse"
  password_wo_version = 2

  db_subnet_group_name   = aws_db_subnet_group.main.name
  vpc_security_group_ids = [data.aws_security_group.main.id]
  parameter_group_name   = aws_db_parameter_group.main[1].name
  option_group_name      = aws_db_option_group.main.name

  backup_window      = "02:00-03:00"
  maintenance_window = "mon:04:30-mon:05:30"

  monitoring_interval          = 60
  monitoring_role_arn          = aws_iam_role.main.arn
  performance_insights_enabled = false

  auto_minor_version_upgrade = true
  copy_tags_to_snapshot      = false
  delete_automated_backups   = false
  deletion_protection        = false
  publicly_accessible        = true
  apply_immediately          = true
  skip_final_snapshot        = true

  timeouts {
    create = "20m"
  }
}
