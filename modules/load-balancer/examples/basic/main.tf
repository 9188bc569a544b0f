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

variable "domain_name" {
  description = "Host name of the service."
  type        = string
  default     = "www.example.com"
}

module "network" {
  source = "../../../network"

  name                    = "example"
  availability_zone_count = 2
  nat                     = "none"
}

# It is issued when the DNS records of the output are there. Make it before everything else:
#
#   groma apply -target=aws_acm_certificate.service
resource "aws_acm_certificate" "service" {
  domain_name       = var.domain_name
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

module "load_balancer" {
  source = "../.."

  name            = "example"
  vpc_id          = module.network.vpc_id
  subnet_ids      = module.network.public_subnet_ids
  internal        = false
  ingress_cidrs   = ["0.0.0.0/0"]
  certificate_arn = aws_acm_certificate.service.arn

  health_check = { path = "/healthy" }

  # An example is taken away again.
  deletion_protection = false
  access_logs         = { force_destroy = true }
}

output "validation_records" {
  description = "DNS records that prove that the domain is yours."
  value       = aws_acm_certificate.service.domain_validation_options
}

output "host_name" {
  description = "What the service's name must point to."
  value       = module.load_balancer.dns_name
}
