output "url" {
  description = "Where the application would answer."
  value       = "http://${mock_load_balancer.app.dns_name}"
}

output "subnets" {
  description = "The subnets, by zone."
  value       = { for subnet in mock_subnet.public : subnet.zone => subnet.id }
}

output "databases" {
  description = "The databases, the primary first."
  value       = concat([mock_database.primary.identifier], mock_database.replica[*].identifier)
}

output "database_url" {
  description = "How the application connects to the primary."
  value       = "postgres://app:${var.db_password}@${mock_database.primary.identifier}:${mock_database.primary.port}/app"
  sensitive   = true
}
