resource "aws_security_group" "this" {
  name_prefix = "${var.name}-lb-"
  description = "Load balancer ${var.name}"
  vpc_id      = var.vpc_id

  tags = merge(var.tags, { Name = "${var.name}-lb" })

  lifecycle {
    create_before_destroy = true
  }
}

locals {
  ports = var.plain_http ? { http = 80 } : { http = 80, https = 443 }

  # One rule for each port and each who may come in.
  ingress = merge(
    {
      for pair in setproduct(keys(local.ports), var.ingress_cidrs) :
      "${pair[0]} from ${pair[1]}" => { port = local.ports[pair[0]], cidr = pair[1], group = null }
    },
    {
      for pair in setproduct(keys(local.ports), keys(var.ingress_security_groups)) :
      "${pair[0]} from ${pair[1]}" => { port = local.ports[pair[0]], cidr = null, group = var.ingress_security_groups[pair[1]] }
    },
  )
}

resource "aws_vpc_security_group_ingress_rule" "this" {
  for_each = local.ingress

  security_group_id            = aws_security_group.this.id
  description                  = each.key
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
  cidr_ipv4                    = each.value.cidr
  referenced_security_group_id = each.value.group

  tags = var.tags
}
