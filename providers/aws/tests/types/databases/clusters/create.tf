# import: aws_rds_cluster.main = id, except master_password, apply_immediately
# import: aws_rds_cluster_instance.main = identifier, except apply_immediately

resource "aws_rds_cluster_parameter_group" "main" {
  name   = "clusters"
  family = "aurora-postgresql15"
}

resource "aws_rds_cluster" "main" {
  cluster_identifier              = "clusters"
  engine                          = "aurora-postgresql"
  engine_version                  = "15.4"
  database_name                   = "app"
  master_username                 = "groma"
  master_password                 = "correct-horse"
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.main.name
  backup_retention_period         = 3
  preferred_backup_window         = "03:00-04:00"
  preferred_maintenance_window    = "sun:04:30-sun:05:30"
  storage_encrypted               = true
  apply_immediately               = true
  skip_final_snapshot             = true

  serverlessv2_scaling_configuration {
    min_capacity = 0.5
    max_capacity = 2
  }

  tags = { Name = "cluster" }
}

resource "aws_rds_cluster_instance" "main" {
  identifier         = "clusters-main"
  cluster_identifier = aws_rds_cluster.main.id
  engine             = aws_rds_cluster.main.engine
  engine_version     = aws_rds_cluster.main.engine_version
  instance_class     = "db.t3.medium"
  promotion_tier     = 1
  apply_immediately  = true

  tags = { Name = "first" }
}
