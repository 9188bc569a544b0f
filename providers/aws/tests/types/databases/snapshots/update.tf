# Without tags: the emulator gives them to what is restored from it, too.
resource "aws_db_instance" "main" {
  identifier          = "snapshots"
  engine              = "mysql"
  instance_class      = "db.t3.micro"
  allocated_storage   = 10
  username            = "groma"
  password            = "correct-horse"
  apply_immediately   = true
  skip_final_snapshot = true
}

resource "aws_db_snapshot" "main" {
  db_instance_identifier = aws_db_instance.main.identifier
  db_snapshot_identifier = "snapshots-first"

  tags = { Name = "first", more = "yes" }
}

resource "aws_db_instance" "restored" {
  identifier          = "snapshots-restored"
  snapshot_identifier = aws_db_snapshot.main.id
  instance_class      = "db.t3.micro"
  apply_immediately   = true
  skip_final_snapshot = true
}

resource "aws_db_option_group" "main" {
  name                     = "snapshots"
  engine_name              = "mysql"
  major_engine_version     = "8.0"
  option_group_description = "Of a case"

  tags = { Name = "options", more = "yes" }
}

resource "aws_rds_cluster_parameter_group" "main" {
  name   = "snapshots"
  family = "aurora-postgresql15"

  tags = { Name = "cluster", more = "yes" }
}

data "aws_db_instance" "main" {
  db_instance_identifier = aws_db_instance.main.identifier
  depends_on             = [aws_db_instance.main]
}

data "aws_db_snapshot" "main" {
  db_snapshot_identifier = aws_db_snapshot.main.id
  most_recent            = true
}
