# import: aws_db_instance.primary = identifier, except password, apply_immediately
# import: aws_db_instance.near = identifier, except apply_immediately
# import: aws_db_instance.leaving = identifier, except apply_immediately
# import: aws_db_instance.far = identifier, except apply_immediately

# The emulator changes what is asked for at once: that what takes its time is waited for, and in which
# order minor upgrades take place, is tested beside the source.

provider "aws" {}

provider "aws" {
  alias  = "far"
  region = "ap-southeast-2"
}

resource "aws_db_instance" "primary" {
  identifier              = "replicas-primary"
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

resource "aws_db_instance" "near" {
  identifier          = "replicas-near"
  replicate_source_db = aws_db_instance.primary.identifier
  engine_version      = "15.4"
  instance_class      = "db.t3.micro"
  apply_immediately   = true
  skip_final_snapshot = true

  tags = { Name = "near" }
}

resource "aws_db_instance" "leaving" {
  identifier          = "replicas-leaving"
  replicate_source_db = aws_db_instance.primary.identifier
  instance_class      = "db.t3.micro"
  apply_immediately   = true
  skip_final_snapshot = true
}

resource "aws_db_instance" "far" {
  provider            = aws.far
  identifier          = "replicas-far"
  replicate_source_db = aws_db_instance.primary.arn
  instance_class      = "db.t3.micro"
  apply_immediately   = true
  skip_final_snapshot = true

  tags = { Name = "far" }
}
