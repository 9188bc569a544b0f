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

variable "certificate_arn" {
  description = "Certificate for HTTPS. Without one, the trial goes over HTTP."
  type        = string
  default     = null
}

variable "image_name" {
  description = "Pattern of the name of the image; the latest of Amazon's that fits is taken."
  type        = string
  default     = "al2023-ami-2023.*-kernel-6.1-x86_64"
}

data "aws_ami" "linux" {
  most_recent = true
  owners      = ["amazon"]

  filter {
    name   = "name"
    values = [var.image_name]
  }
}

module "web" {
  source = "../.."

  name            = "example"
  image_id        = data.aws_ami.linux.id
  user_data       = file("${path.module}/start.sh.tftpl")
  certificate_arn = var.certificate_arn
  plain_http      = var.certificate_arn == null

  network = {
    availability_zone_count = 2
    nat                     = "single"
  }

  requests_target = 600

  # An example is taken away again.
  protection = false
}

output "url" {
  description = "Where it answers."
  value       = module.web.url
}
