output "url" {
  description = "Where the application answers."
  value       = "http://${aws_lb.app.dns_name}"
}

output "vpc_id" {
  description = "The VPC that everything is in."
  value       = aws_vpc.main.id
}

output "subnet_ids" {
  description = "The subnets, by availability zone."
  value       = { for subnet in aws_subnet.public : subnet.availability_zone => subnet.id }
}

output "autoscaling_group" {
  description = "Name of the group that the instances belong to."
  value       = aws_autoscaling_group.app.name
}

output "database_endpoint" {
  description = "Where the primary database listens, for reading and writing."
  value       = aws_db_instance.primary.endpoint
}

output "replica_endpoints" {
  description = "Where the replicas listen, for reading."
  value       = aws_db_instance.replica[*].endpoint
}

output "database_url" {
  description = "How the application connects to the primary."
  value       = "postgres://${var.db_username}:${urlencode(var.db_password)}@${aws_db_instance.primary.endpoint}/app"
  sensitive   = true
}
