variable "name" {
  description = "Name of the service: that of its autoscaling group, and first part of the names of what belongs to it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.name))
    error_message = "The name must be 2 to 31 lower-case letters, digits and hyphens, and start with a letter."
  }
}

variable "vpc_id" {
  description = "The VPC that it is in."
  type        = string
  nullable    = false
}

variable "subnet_ids" {
  description = "Subnets for the instances, best private ones in several availability zones."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) > 0
    error_message = "Instances need a subnet."
  }
}

variable "image_id" {
  description = "Image that the instances start from. With another one, they are replaced bit by bit."
  type        = string
  nullable    = false
}

variable "instance_type" {
  description = "Type of the instances."
  type        = string
  default     = "t3.small"
  nullable    = false
}

variable "user_data" {
  description = "Script or cloud-init configuration that an instance runs when it first starts. It is readable on the instance and in AWS's console: no place for secrets."
  type        = string
  default     = null

  validation {
    condition     = var.user_data == null || try(length(base64encode(var.user_data)) <= 21848, false)
    error_message = "At most 16 KiB are possible."
  }
}

variable "port" {
  description = "Port on which the instances listen."
  type        = number
  default     = 8080
  nullable    = false

  validation {
    condition     = var.port >= 1 && var.port <= 65535 && floor(var.port) == var.port
    error_message = "A port is a whole number from 1 to 65535."
  }
}

variable "load_balancer" {
  description = "What brings requests to the instances, if anything does: its security group, and the group that they register in as targets."
  type = object({
    security_group_id = string
    target_group_arn  = string
  })
  default = null
}

variable "client_security_groups" {
  description = "Security groups whose members may reach the instances directly, each under a name of one's choice."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "egress" {
  description = "What the instances may reach, each under a name of one's choice: ports of an address range, or of a security group's members. By default that is HTTPS, for packages and AWS's services."
  type = map(object({
    from_port         = number
    to_port           = optional(number)
    protocol          = optional(string, "tcp")
    cidr              = optional(string)
    security_group_id = optional(string)
  }))
  default = {
    https = { from_port = 443, cidr = "0.0.0.0/0" }
  }
  nullable = false

  validation {
    condition     = alltrue([for rule in var.egress : contains(["tcp", "udp"], rule.protocol)])
    error_message = "The protocol is tcp or udp."
  }

  validation {
    condition     = alltrue([for rule in var.egress : (rule.cidr != null) != (rule.security_group_id != null)])
    error_message = "What may be reached is either an address range or a security group's members."
  }
}

variable "capacity" {
  description = "Number of instances: the least and the most. How many there are in between is up to policies and schedules, beginning with the least, unless it is set as desired here."
  type = object({
    min     = optional(number, 2)
    max     = optional(number, 6)
    desired = optional(number)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.capacity.min >= 0 && var.capacity.min <= var.capacity.max
    error_message = "The least number of instances must not be negative, and not more than the most."
  }

  validation {
    condition     = var.capacity.desired == null || try(var.capacity.desired >= var.capacity.min && var.capacity.desired <= var.capacity.max, false)
    error_message = "The desired number of instances must lie between min and max."
  }
}

variable "target_tracking" {
  description = "Metrics to hold at a value by adding and removing instances, each under a name of one's choice: a predefined one (ASGAverageCPUUtilization, ASGAverageNetworkIn, ASGAverageNetworkOut, ALBRequestCountPerTarget with a resource label), or one of one's own, as an average over the group."
  type = map(object({
    target           = number
    predefined       = optional(string)
    resource_label   = optional(string)
    namespace        = optional(string)
    metric           = optional(string)
    statistic        = optional(string, "Average")
    disable_scale_in = optional(bool, false)
    warmup           = optional(number, 120)
  }))
  default = {
    cpu = { predefined = "ASGAverageCPUUtilization", target = 60 }
  }
  nullable = false

  validation {
    condition     = alltrue([for policy in var.target_tracking : (policy.predefined != null) != (policy.metric != null && policy.namespace != null)])
    error_message = "A policy holds either a predefined metric or one that namespace and metric name."
  }
}

variable "step_scaling" {
  description = "Alarms that add or remove instances in steps, each under a name of one's choice. A step's bounds are counted from the threshold; the adjustment is a number of instances (ChangeInCapacity), of percent (PercentChangeInCapacity), or the number there shall be (ExactCapacity). Dimensions are the group's unless given."
  type = map(object({
    namespace           = optional(string, "AWS/EC2")
    metric              = optional(string, "CPUUtilization")
    dimensions          = optional(map(string))
    statistic           = optional(string, "Average")
    comparison_operator = optional(string, "GreaterThanOrEqualToThreshold")
    threshold           = number
    period              = optional(number, 60)
    evaluation_periods  = optional(number, 2)
    adjustment_type     = optional(string, "ChangeInCapacity")
    warmup              = optional(number, 120)
    steps = list(object({
      lower      = optional(number)
      upper      = optional(number)
      adjustment = number
    }))
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for policy in var.step_scaling : length(policy.steps) > 0])
    error_message = "A policy needs a step at least."
  }

  validation {
    condition     = alltrue([for policy in var.step_scaling : contains(["ChangeInCapacity", "PercentChangeInCapacity", "ExactCapacity"], policy.adjustment_type)])
    error_message = "The adjustment type is ChangeInCapacity, PercentChangeInCapacity or ExactCapacity."
  }
}

variable "schedules" {
  description = "Changes of the number of instances by the clock, each under a name of one's choice: when (five fields as for cron, in a time zone), and the numbers that change. Those left out stay."
  type = map(object({
    recurrence = string
    time_zone  = optional(string, "Etc/UTC")
    min        = optional(number, -1)
    max        = optional(number, -1)
    desired    = optional(number, -1)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for schedule in var.schedules : length(split(" ", schedule.recurrence)) == 5])
    error_message = "A recurrence has five fields: minute, hour, day of the month, month, day of the week."
  }
}

variable "instance_refresh" {
  description = "How instances are replaced when their image, type or script changes: the percentage that is in service all the time, the most with those that come in addition, seconds that a new one gets to warm up, and whether to go back if it fails."
  type = object({
    enabled                = optional(bool, true)
    min_healthy_percentage = optional(number, 100)
    max_healthy_percentage = optional(number, 125)
    warmup                 = optional(number, 120)
    auto_rollback          = optional(bool, true)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.instance_refresh.min_healthy_percentage >= 0 && var.instance_refresh.min_healthy_percentage <= 100
    error_message = "The least percentage is 0 to 100."
  }

  validation {
    condition     = var.instance_refresh.max_healthy_percentage >= 100 && var.instance_refresh.max_healthy_percentage <= 200 && var.instance_refresh.max_healthy_percentage - var.instance_refresh.min_healthy_percentage <= 100
    error_message = "The most is 100 to 200 percent, and 100 more than the least at most."
  }
}

variable "health_check_grace_period" {
  description = "Seconds that an instance gets to start before its health counts."
  type        = number
  default     = 180
  nullable    = false
}

variable "max_instance_lifetime" {
  description = "Seconds after which an instance is replaced, or 0: never."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.max_instance_lifetime == 0 || (var.max_instance_lifetime >= 86400 && var.max_instance_lifetime <= 31536000)
    error_message = "An instance lives for a day to a year (86400 to 31536000 seconds), or without limit (0)."
  }
}

variable "wait_for_capacity_timeout" {
  description = "How long to wait for the instances to be well when the group is made, or \"0\": not at all."
  type        = string
  default     = "10m"
  nullable    = false
}

variable "root_volume" {
  description = "The instances' encrypted disk: its name as the image has it, size in GiB, type, and the ARN of the KMS key (EBS's own, where there is none)."
  type = object({
    device_name = optional(string, "/dev/xvda")
    size        = optional(number, 20)
    type        = optional(string, "gp3")
    kms_key_arn = optional(string)
  })
  default  = {}
  nullable = false
}

variable "session_manager" {
  description = "Whether people with the right permission may open shells on instances through AWS Systems Manager. There is no SSH."
  type        = bool
  default     = true
  nullable    = false
}

variable "policy_arns" {
  description = "Policies that say what the instances may do in AWS, each under a name of one's choice."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "inline_policies" {
  description = "Policies in JSON for what the instances may do in AWS, by name."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "tags" {
  description = "Tags for everything that takes tags, instances and their disks included."
  type        = map(string)
  default     = {}
  nullable    = false
}
