output "arn" {
  description = "The load balancer."
  value       = aws_lb.this.arn
}

output "arn_suffix" {
  description = "Its name in CloudWatch's dimension LoadBalancer."
  value       = aws_lb.this.arn_suffix
}

output "dns_name" {
  description = "Its host name."
  value       = aws_lb.this.dns_name
}

output "zone_id" {
  description = "The hosted zone of its host name, for alias records."
  value       = aws_lb.this.zone_id
}

output "url" {
  description = "Where it answers. With HTTPS, a name that the certificate is for must point to it."
  value       = "${var.plain_http ? "http" : "https"}://${aws_lb.this.dns_name}"
}

output "listener_arn" {
  description = "The listener that forwards to the targets, for further rules."
  value       = one(concat(aws_lb_listener.https, aws_lb_listener.http)[*].arn)
}

output "security_group_id" {
  description = "Its security group. It lets nothing out: whoever takes requests adds a rule for that."
  value       = aws_security_group.this.id
}

output "target_group_arn" {
  description = "The group that targets register in. It is given out when a listener forwards to it."
  value       = aws_lb_target_group.this.arn

  depends_on = [aws_lb_listener.https, aws_lb_listener.http]
}

output "target_group_arn_suffix" {
  description = "The group's name in CloudWatch's dimension TargetGroup."
  value       = aws_lb_target_group.this.arn_suffix
}

output "log_bucket" {
  description = "The bucket of the access logs, or null without them."
  value       = var.access_logs.enabled ? local.log_bucket : null
}
