terraform {
  required_version = ">= 1.10.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

# Region, credentials and endpoints come from the environment (AWS_REGION, AWS_PROFILE, AWS_ENDPOINT_URL, ...),
# so that the same configuration serves an account and an emulator.
provider "aws" {
  region = var.region

  default_tags {
    tags = merge({ Application = var.name }, var.tags)
  }
}
