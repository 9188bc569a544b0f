# import: aws_db_snapshot.main = id
# import: aws_rds_cluster.serverless = id, except apply_immediately, master_password

# What is restored to a moment cannot be imported: nothing says of what moment it is. The emulator wants
# a user for replicas of clusters, which AWS refuses.

resource "aws_db_instance" "main" {
  identifier              = "restored-main"
  engine                  = "postgres"
  engine_version          = "15.4"
  instance_class          = "db.t3.micro"
  allocated_storage       = 20
  username                = "groma"
  password                = "correct-horse"
  backup_retention_period = 1
  apply_immediately       = true
  skip_final_snapshot     = true
}

resource "aws_db_snapshot" "main" {
  db_instance_identifier = aws_db_instance.main.identifier
  db_snapshot_identifier = "restored-main"
  shared_accounts        = ["111122223333"]
}

resource "aws_db_instance" "moment" {
  identifier          = "restored-moment"
  instance_class      = "db.t3.micro"
  password            = "correct-horse"
  apply_immediately   = true
  skip_final_snapshot = true

  restore_to_point_in_time {
    source_db_instance_identifier = aws_db_instance.main.identifier
    use_latest_restorable_time    = true
  }
}

resource "aws_rds_cluster" "serverless" {
  cluster_identifier  = "restored-serverless"
  engine              = "aurora-postgresql"
  engine_mode         = "serverless"
  master_username     = "groma"
  master_password     = "correct-horse"
  apply_immediately   = true
  skip_final_snapshot = true

  scaling_configuration {
    min_capacity = 2
    max_capacity = 8
  }
}

resource "aws_rds_cluster" "main" {
  cluster_identifier  = "restored-main"
  engine              = "aurora-postgresql"
  engine_version      = "15.4"
  master_username     = "groma"
  master_password     = "correct-horse"
  apply_immediately   = true
  skip_final_snapshot = true
}

resource "aws_rds_cluster" "moment" {
  cluster_identifier  = "restored-moment"
  engine              = "aurora-postgresql"
  engine_version      = "15.4"
  apply_immediately   = true
  skip_final_snapshot = true

  restore_to_point_in_time {
    source_cluster_identifier  = aws_rds_cluster.main.cluster_identifier
    use_latest_restorable_time = true
  }

  tags = { Name = "moment" }
}
