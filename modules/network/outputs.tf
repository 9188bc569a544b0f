output "vpc_id" {
  description = "The VPC."
  value       = aws_vpc.this.id
}

output "cidr" {
  description = "Address range of the VPC."
  value       = aws_vpc.this.cidr_block
}

output "availability_zones" {
  description = "The availability zones that the subnets are in, in the order of all lists of subnets."
  value       = local.zones
}

output "public_subnet_ids" {
  description = "Public subnets, for load balancers. They are given out when traffic from and to the internet has its way."
  value       = [for zone in local.zones : aws_subnet.public[zone].id]

  depends_on = [aws_route.internet, aws_route_table_association.public]
}

output "private_subnet_ids" {
  description = "Private subnets, for instances. They are given out when traffic to the internet has its way."
  value       = [for zone in local.zones : aws_subnet.private[zone].id]

  depends_on = [aws_route.nat, aws_route_table_association.private]
}

output "database_subnet_ids" {
  description = "Subnets for databases, without a way to the internet."
  value       = [for zone in local.zones : aws_subnet.database[zone].id]

  depends_on = [aws_network_acl.database, aws_route_table_association.database]
}

output "nat_addresses" {
  description = "The addresses under which private subnets are seen on the internet, by availability zone."
  value       = { for zone, eip in aws_eip.nat : zone => eip.public_ip }
}

output "private_route_table_ids" {
  description = "Route tables of the private subnets, by availability zone, for routes to other networks."
  value       = { for zone, table in aws_route_table.private : zone => table.id }
}

output "database_route_table_id" {
  description = "Route table of the database subnets."
  value       = aws_route_table.database.id
}

output "flow_log_group" {
  description = "CloudWatch log group of the flow log, or null without one."
  value       = one(aws_cloudwatch_log_group.flow[*].name)
}
