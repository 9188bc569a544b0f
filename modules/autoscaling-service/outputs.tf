output "autoscaling_group_name" {
  description = "The group that the instances belong to."
  value       = aws_autoscaling_group.this.name
}

output "autoscaling_group_arn" {
  description = "ARN of the group."
  value       = aws_autoscaling_group.this.arn
}

output "launch_template" {
  description = "The launch template: its id, and the version that the group uses."
  value = {
    id      = aws_launch_template.this.id
    version = aws_launch_template.this.latest_version
  }
}

output "security_group_id" {
  description = "The instances' security group, for what they connect to."
  value       = aws_security_group.this.id
}

output "role_name" {
  description = "The instances' role, for further policies."
  value       = aws_iam_role.this.name
}

output "role_arn" {
  description = "ARN of the role, for policies of what the instances use."
  value       = aws_iam_role.this.arn
}
