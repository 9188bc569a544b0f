resource "aws_db_subnet_group" "main" {
  name        = "${var.name}-db"
  description = "Subnets of the databases of ${var.name}"
  subnet_ids  = aws_subnet.public[*].id
}

resource "aws_db_instance" "primary" {
  identifier     = "${var.name}-db-primary"
  engine         = "postgres"
  engine_version = var.db_engine_version
  instance_class = var.db_instance_class

  allocated_storage = var.db_storage_gb
  storage_type      = "gp3"
  storage_encrypted = true

  db_name  = "app"
  username = var.db_username
  password = var.db_password

  multi_az               = true
  db_subnet_group_name   = aws_db_subnet_group.main.name
  vpc_security_group_ids = [aws_security_group.app.id]
  publicly_accessible    = false

  backup_retention_period = 7
  backup_window           = "03:00-04:00"
  maintenance_window      = "sun:04:30-sun:05:30"

  deletion_protection       = var.db_deletion_protection
  skip_final_snapshot       = !var.db_deletion_protection
  final_snapshot_identifier = var.db_deletion_protection ? "${var.name}-db-final" : null
}

resource "aws_db_instance" "replica" {
  count = var.db_replica_count

  identifier          = "${var.name}-db-replica-${count.index + 1}"
  replicate_source_db = aws_db_instance.primary.identifier
  instance_class      = var.db_instance_class
  storage_type        = aws_db_instance.primary.storage_type

  # What the primary is, its replicas must say too: the provider plans a replacement otherwise.
  storage_encrypted = true

  vpc_security_group_ids = [aws_security_group.app.id]
  publicly_accessible    = false
  skip_final_snapshot    = true
}
