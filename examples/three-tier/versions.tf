terraform {
  # For write-only arguments, by which the database gets its password.
  required_version = ">= 1.11.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  # Bucket, key and region are given to init:
  #
  #   groma init -backend-config=production.s3.tfbackend
  backend "s3" {
    use_lockfile = true
    encrypt      = true
  }
}

# Region, credentials and endpoints come from the environment (AWS_REGION, AWS_PROFILE, AWS_ENDPOINT_URL, ...),
# so that the same configuration serves an account and an emulator.
provider "aws" {
  default_tags {
    tags = local.tags
  }
}
