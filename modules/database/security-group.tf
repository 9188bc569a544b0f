# Clients come in; the database itself connects to nobody.
resource "aws_security_group" "this" {
  name_prefix = "${var.name}-db-"
  description = "Database ${var.name}"
  vpc_id      = var.vpc_id

  tags = merge(var.tags, { Name = "${var.name}-db" })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  for_each = var.client_security_groups

  security_group_id            = aws_security_group.this.id
  description                  = "From ${each.key}"
  ip_protocol                  = "tcp"
  from_port                    = local.port
  to_port                      = local.port
  referenced_security_group_id = each.value

  tags = var.tags
}

# The other end, since clients let nothing out but what they must.
resource "aws_vpc_security_group_egress_rule" "clients" {
  for_each = var.client_security_groups

  security_group_id            = each.value
  description                  = "To the database ${var.name}"
  ip_protocol                  = "tcp"
  from_port                    = local.port
  to_port                      = local.port
  referenced_security_group_id = aws_security_group.this.id

  tags = var.tags
}
