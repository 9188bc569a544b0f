output "url" {
  description = "Where the application answers. With HTTPS, a name that the certificate is for must point to it."
  value       = module.web_load_balancer.url
}

output "autoscaling_groups" {
  description = "The groups of instances, by tier."
  value = {
    web = module.web.autoscaling_group_name
    app = module.app.autoscaling_group_name
  }
}

output "database_address" {
  description = "Host name of the primary database, for reading and writing."
  value       = module.database.address
}

output "replica_addresses" {
  description = "Host names of the replicas, for reading."
  value       = module.database.replica_addresses
}

output "nat_addresses" {
  description = "The addresses under which instances are seen on the internet, by availability zone."
  value       = module.network.nat_addresses
}
