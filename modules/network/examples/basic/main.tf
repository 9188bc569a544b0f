terraform {
  required_version = ">= 1.9.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {}

module "network" {
  source = "../.."

  name                    = "example"
  cidr                    = "10.20.0.0/16"
  availability_zone_count = 2
  nat                     = "single"

  tags = { Environment = "example" }
}

output "vpc_id" {
  description = "The VPC."
  value       = module.network.vpc_id
}

output "private_subnet_ids" {
  description = "Where instances go."
  value       = module.network.private_subnet_ids
}
