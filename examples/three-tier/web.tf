# The first tier: what users talk to.
module "web_load_balancer" {
  source = "../../modules/load-balancer"

  name            = "${local.name}-web"
  vpc_id          = module.network.vpc_id
  subnet_ids      = module.network.public_subnet_ids
  internal        = false
  ingress_cidrs   = var.ingress_cidrs
  certificate_arn = var.certificate_arn
  plain_http      = var.certificate_arn == null

  health_check        = { path = "/healthy" }
  deletion_protection = var.protection
  access_logs         = { force_destroy = !var.protection }
}

module "web" {
  source = "../../modules/autoscaling-service"

  name          = "${local.name}-web"
  vpc_id        = module.network.vpc_id
  subnet_ids    = module.network.private_subnet_ids
  image_id      = data.aws_ami.linux.id
  instance_type = var.web.instance_type
  capacity      = { min = var.web.min, max = var.web.max }

  user_data = templatefile("${path.module}/start.sh.tftpl", {
    service     = "web"
    environment = { APP_URL = module.app_load_balancer.url }
  })

  load_balancer = {
    security_group_id = module.web_load_balancer.security_group_id
    target_group_arn  = module.web_load_balancer.target_group_arn
  }

  egress = {
    https = { from_port = 443, cidr = "0.0.0.0/0" }
    app   = { from_port = 80, security_group_id = module.app_load_balancer.security_group_id }
  }

  # Users feel it when many requests come to one instance, whatever its processor says.
  target_tracking = {
    cpu = { predefined = "ASGAverageCPUUtilization", target = 60 }
    requests = {
      predefined     = "ALBRequestCountPerTarget"
      target         = 1000
      resource_label = "${module.web_load_balancer.arn_suffix}/${module.web_load_balancer.target_group_arn_suffix}"
    }
  }
}
