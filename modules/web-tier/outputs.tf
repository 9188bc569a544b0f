output "url" {
  description = "Where the application answers. With HTTPS, a name that the certificate is for must point to it."
  value       = module.load_balancer.url
}

output "dns_name" {
  description = "Host name of the load balancer."
  value       = module.load_balancer.dns_name
}

output "zone_id" {
  description = "The hosted zone of that host name, for alias records."
  value       = module.load_balancer.zone_id
}

output "vpc_id" {
  description = "The VPC that everything is in."
  value       = module.network.vpc_id
}

output "nat_addresses" {
  description = "The addresses under which the instances are seen on the internet, by availability zone."
  value       = module.network.nat_addresses
}

output "autoscaling_group_name" {
  description = "The group that the instances belong to."
  value       = module.service.autoscaling_group_name
}

output "instance_role_name" {
  description = "The instances' role, for further policies."
  value       = module.service.role_name
}

output "database_address" {
  description = "Host name of the primary database, for reading and writing."
  value       = module.database.address
}

output "replica_addresses" {
  description = "Host names of the replicas, for reading."
  value       = module.database.replica_addresses
}

output "password_secret_arn" {
  description = "The secret that has the database administrator's password, where AWS looks after it; null otherwise."
  value       = module.database.password_secret_arn
}
