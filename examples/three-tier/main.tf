locals {
  production = var.environment == "production"
  name       = "${var.name}-${local.production ? "prod" : "dev"}"

  tags = {
    Application = var.name
    Environment = var.environment
  }
}

data "aws_ami" "linux" {
  most_recent = true
  owners      = ["amazon"]

  filter {
    name   = "name"
    values = [var.image_name]
  }
}
