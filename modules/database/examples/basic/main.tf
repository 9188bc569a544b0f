terraform {
  required_version = ">= 1.11.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {}

variable "password" {
  description = "Password of the administrator."
  type        = string
  sensitive   = true
  ephemeral   = true
}

module "network" {
  source = "../../../network"

  name                    = "example"
  availability_zone_count = 2
  nat                     = "none"
}

resource "aws_sns_topic" "alarms" {
  name = "example-database"
}

module "database" {
  source = "../.."

  name       = "example"
  vpc_id     = module.network.vpc_id
  subnet_ids = module.network.database_subnet_ids

  engine_version = "16.4"
  instance_class = "db.t4g.medium"
  replica_count  = 2

  password         = var.password
  password_version = 1

  parameters = {
    log_min_duration_statement = { value = "500" }
  }

  alarms = { actions = [aws_sns_topic.alarms.arn] }

  # An example is taken away again.
  deletion_protection = false
  final_snapshot      = false
}

output "address" {
  description = "Host name of the primary."
  value       = module.database.address
}

output "replica_addresses" {
  description = "Host names of the replicas."
  value       = module.database.replica_addresses
}
