variable "name" {
  description = "Name of the application: first part of the names of what belongs to it."
  type        = string
  default     = "myapp"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}$", var.name))
    error_message = "The name must be 2 to 21 lower-case letters, digits and hyphens, and start with a letter."
  }
}

variable "region" {
  description = "AWS region. Where it is null, AWS_REGION or the profile says which."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags for everything that takes tags."
  type        = map(string)
  default     = {}
}

variable "vpc_cidr" {
  description = "Address range of the VPC, from which the subnets are cut."
  type        = string
  default     = "10.0.0.0/16"

  validation {
    condition     = can(cidrhost(var.vpc_cidr, 0)) && try(tonumber(split("/", var.vpc_cidr)[1]) <= 20, false)
    error_message = "The range must be in CIDR notation, and no smaller than a /20."
  }
}

variable "availability_zone_count" {
  description = "Number of availability zones to spread over. A load balancer needs two at least."
  type        = number
  default     = 2

  validation {
    condition     = var.availability_zone_count >= 2 && var.availability_zone_count <= 6
    error_message = "Two to six availability zones are possible."
  }
}

variable "app_port" {
  description = "Port on which the application listens behind the load balancer."
  type        = number
  default     = 80

  validation {
    condition     = var.app_port >= 1 && var.app_port <= 65535 && floor(var.app_port) == var.app_port
    error_message = "A port is a whole number from 1 to 65535."
  }
}

variable "health_check_path" {
  description = "Path that the load balancer asks for to see whether an instance is well."
  type        = string
  default     = "/"

  validation {
    condition     = startswith(var.health_check_path, "/")
    error_message = "The path must start with a slash."
  }
}

variable "instance_type" {
  description = "Type of the application's instances."
  type        = string
  default     = "t3.micro"
}

variable "ami_name_pattern" {
  description = "Pattern of the name of the image that the instances start from; the latest of Amazon's that fits is taken."
  type        = string
  default     = "al2023-ami-2023.*-kernel-6.1-x86_64"
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

variable "scale_up" {
  description = "When to add instances, and how many: average CPU use in percent above which to act, instances to add, seconds to wait before the next step."
  type = object({
    cpu_threshold = optional(number, 75)
    adjustment    = optional(number, 2)
    cooldown      = optional(number, 300)
  })
  default = {}

  validation {
    condition     = var.scale_up.cpu_threshold > 0 && var.scale_up.cpu_threshold <= 100
    error_message = "The threshold is a percentage."
  }

  validation {
    condition     = var.scale_up.adjustment >= 1
    error_message = "At least one instance must be added."
  }
}

variable "db_instance_class" {
  description = "Class of the database instances."
  type        = string
  default     = "db.t3.medium"
}

variable "db_engine_version" {
  description = "Version of PostgreSQL."
  type        = string
  default     = "16.4"
}

variable "db_storage_gb" {
  description = "Storage of the database in GB."
  type        = number
  default     = 100

  validation {
    condition     = var.db_storage_gb >= 20
    error_message = "A database needs 20 GB at least."
  }
}

variable "db_replica_count" {
  description = "Number of read replicas."
  type        = number
  default     = 2

  validation {
    condition     = var.db_replica_count >= 0 && var.db_replica_count <= 15
    error_message = "A primary can have up to 15 replicas."
  }
}

variable "db_username" {
  description = "Name of the database's first user."
  type        = string
  default     = "app"
}

variable "db_password" {
  description = "Password of the database's first user. Give it as TF_VAR_db_password."
  type        = string
  sensitive   = true

  validation {
    condition     = can(regex("^[^/@\" ]{12,128}$", var.db_password))
    error_message = "The password must have 12 to 128 characters, without slashes, at signs, quotes and spaces."
  }
}

variable "db_deletion_protection" {
  description = "Whether the primary is protected from deletion, and leaves a final snapshot behind."
  type        = bool
  default     = true
}
