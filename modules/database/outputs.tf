output "identifier" {
  description = "Identifier of the primary."
  value       = aws_db_instance.primary.identifier
}

output "arn" {
  description = "ARN of the primary."
  value       = aws_db_instance.primary.arn
}

output "address" {
  description = "Host name of the primary, for reading and writing."
  value       = aws_db_instance.primary.address
}

output "port" {
  description = "Port on which primary and replicas listen."
  value       = local.port
}

output "replica_addresses" {
  description = "Host names of the replicas, for reading."
  value       = aws_db_instance.replica[*].address
}

output "db_name" {
  description = "Name of the database that was made in it at first."
  value       = aws_db_instance.primary.db_name
}

output "username" {
  description = "Name of the administrator."
  value       = aws_db_instance.primary.username
}

output "password_secret_arn" {
  description = "The secret that has the administrator's password, where AWS looks after it; null otherwise."
  value       = try(aws_db_instance.primary.master_user_secret[0].secret_arn, null)
}

output "resource_ids" {
  description = "What policies for signing in with IAM name primary and replicas by."
  value       = concat([aws_db_instance.primary.resource_id], aws_db_instance.replica[*].resource_id)
}

output "security_group_id" {
  description = "Security group of primary and replicas."
  value       = aws_security_group.this.id
}

output "alarm_arns" {
  description = "The alarms, by name."
  value       = { for name, alarm in aws_cloudwatch_metric_alarm.this : name => alarm.arn }
}
