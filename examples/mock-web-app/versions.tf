terraform {
  required_version = ">= 1.10.0"

  required_providers {
    # Its types are those of dynamic_resources.json, and its cloud is the folder terraform.resource.
    mock = {
      source  = "hashicorp/tfcoremock"
      version = "0.5.0"
    }
  }

  # Bucket and key are given to init.
  backend "s3" {
    use_lockfile = true
  }
}
