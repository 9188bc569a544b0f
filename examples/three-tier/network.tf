module "network" {
  source = "../../modules/network"

  name                    = local.name
  cidr                    = var.cidr
  availability_zone_count = var.availability_zone_count
  nat                     = var.nat
  flow_log                = { retention_days = local.production ? 365 : 7 }
}
