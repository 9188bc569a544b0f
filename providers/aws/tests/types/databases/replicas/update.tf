provider "aws" {}

provider "aws" {
  alias  = "far"
  region = "ap-southeast-2"
}

# A minor upgrade, with its replicas.
resource "aws_db_instance" "primary" {
  identifier              = "replicas-primary"
  engine                  = "postgres"
  engine_version          = "15.7"
  instance_class          = "db.t3.micro"
  allocated_storage       = 20
  username                = "groma"
  password                = "correct-horse"
  backup_retention_period = 1
  apply_immediately       = true
  skip_final_snapshot     = true
}

resource "aws_db_instance" "near" {
  identifier          = "replicas-near"
  replicate_source_db = aws_db_instance.primary.identifier
  engine_version      = "15.7"
  instance_class      = "db.t3.small"
  apply_immediately   = true
  skip_final_snapshot = true

  tags = { Name = "near", more = "yes" }
}

# It is promoted, and has another name.
resource "aws_db_instance" "leaving" {
  identifier              = "replicas-alone"
  instance_class          = "db.t3.small"
  backup_retention_period = 3
  backup_window           = "02:00-02:30"
  apply_immediately       = true
  skip_final_snapshot     = true

  tags = { Name = "alone" }
}

resource "aws_db_instance" "far" {
  provider            = aws.far
  identifier          = "replicas-far"
  replicate_source_db = aws_db_instance.primary.arn
  instance_class      = "db.t3.small"
  apply_immediately   = true
  skip_final_snapshot = true

  tags = { Name = "far", more = "yes" }
}
