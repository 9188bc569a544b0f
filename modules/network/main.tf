data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

data "aws_availability_zones" "available" {
  count = length(var.availability_zones) == 0 ? 1 : 0

  state = "available"

  # Local zones and wavelength zones have neither load balancers nor databases.
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

locals {
  zones = length(var.availability_zones) > 0 ? var.availability_zones : slice(
    data.aws_availability_zones.available[0].names,
    0,
    min(var.availability_zone_count, length(data.aws_availability_zones.available[0].names)),
  )

  # An eighth of the quarter for each zone, so that zones can be added without moving any subnet.
  ranges = {
    for place, kind in ["public", "private", "database"] : kind => {
      for index, zone in local.zones : zone => cidrsubnet(cidrsubnet(var.cidr, 2, place), 3, index)
    }
  }

  nat_zones = {
    per_zone = local.zones
    single   = slice(local.zones, 0, 1)
    none     = []
  }[var.nat]
}

resource "aws_vpc" "this" {
  cidr_block           = var.cidr
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = merge(var.tags, { Name = var.name })

  lifecycle {
    postcondition {
      condition     = length(var.availability_zones) > 0 || length(local.zones) == var.availability_zone_count
      error_message = "The region has only ${length(local.zones)} availability zones."
    }
  }
}

# Whatever is put nowhere else ends up here: it lets nothing in and nothing out.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id

  tags = merge(var.tags, { Name = "${var.name}-default" })
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id

  tags = merge(var.tags, { Name = var.name })
}
