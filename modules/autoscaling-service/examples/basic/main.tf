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

data "aws_ami" "linux" {
  most_recent = true
  owners      = ["amazon"]

  filter {
    name   = "name"
    values = [var.image_name]
  }
}

variable "image_name" {
  description = "Pattern of the name of the image; the latest of Amazon's that fits is taken."
  type        = string
  default     = "al2023-ami-2023.*-kernel-6.1-x86_64"
}

module "network" {
  source = "../../../network"

  name                    = "example"
  availability_zone_count = 2
  nat                     = "single"
}

# Workers that nobody connects to: more of them when processors are busy, faster still when they
# are very busy, and none at night.
module "workers" {
  source = "../.."

  name       = "example-workers"
  vpc_id     = module.network.vpc_id
  subnet_ids = module.network.private_subnet_ids
  image_id   = data.aws_ami.linux.id
  user_data  = file("${path.module}/start.sh")

  capacity = { min = 2, max = 10 }

  target_tracking = {
    cpu = { predefined = "ASGAverageCPUUtilization", target = 50 }
  }

  step_scaling = {
    rush = {
      threshold = 80
      steps = [
        { lower = 0, upper = 10, adjustment = 1 },
        { lower = 10, adjustment = 3 },
      ]
    }
  }

  schedules = {
    night   = { recurrence = "0 20 * * MON-FRI", time_zone = "Europe/Berlin", min = 0, desired = 0 }
    morning = { recurrence = "0 6 * * MON-FRI", time_zone = "Europe/Berlin", min = 2, desired = 2 }
  }
}

output "autoscaling_group_name" {
  description = "The group that the workers belong to."
  value       = module.workers.autoscaling_group_name
}
