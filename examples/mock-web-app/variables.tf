variable "name" {
  description = "Name of the application: first part of the names of what belongs to it."
  type        = string
  default     = "myapp"
}

variable "app_port" {
  description = "Port on which the application listens behind the load balancer."
  type        = number
  default     = 80

  validation {
    condition     = var.app_port >= 1 && var.app_port <= 65535
    error_message = "A port is a number from 1 to 65535."
  }
}

variable "health_check_path" {
  description = "Path that the load balancer asks for to see whether an instance is well."
  type        = string
  default     = "/"
}

variable "capacity" {
  description = "Number of instances: the least, the most, and with how many to begin."
  type = object({
    min     = optional(number, 2)
    max     = optional(number, 10)
    desired = optional(number, 2)
  })
  default = {}

  validation {
    condition     = var.capacity.min <= var.capacity.desired && var.capacity.desired <= var.capacity.max
    error_message = "The desired number of instances must lie between min and max."
  }
}

variable "db_replica_count" {
  description = "Number of read replicas."
  type        = number
  default     = 2
}

variable "db_password" {
  description = "Password of the database's first user. Give it as TF_VAR_db_password."
  type        = string
  sensitive   = true
}
