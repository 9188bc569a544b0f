variable "name" {
  description = "Name of the application: first part of the names of what belongs to it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z](-?[a-z0-9]){1,19}$", var.name)) && length(var.name) <= 20
    error_message = "The name must be 2 to 20 lower-case letters, digits and single hyphens, start with a letter, and not end with a hyphen."
  }
}

variable "network" {
  description = "The network: its address range, number of availability zones, and NAT gateways (per_zone, single). See the module network."
  type = object({
    cidr                    = optional(string, "10.0.0.0/16")
    availability_zone_count = optional(number, 3)
    nat                     = optional(string, "per_zone")
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.network.availability_zone_count >= 2
    error_message = "Load balancer and database need two availability zones at least."
  }

  validation {
    condition     = contains(["per_zone", "single"], var.network.nat)
    error_message = "The instances need a way out: per_zone or single."
  }
}

variable "ingress_cidrs" {
  description = "Address ranges that may reach the application."
  type        = set(string)
  default     = ["0.0.0.0/0"]
  nullable    = false
}

variable "certificate_arn" {
  description = "Certificate for HTTPS, in the region of the application. It must have been issued."
  type        = string
  default     = null
}

variable "plain_http" {
  description = "Serve over HTTP, without encryption and certificate. For trials."
  type        = bool
  default     = false
  nullable    = false
}

variable "health_check_path" {
  description = "Path that the load balancer asks for to see whether an instance is well."
  type        = string
  default     = "/"
  nullable    = false
}

variable "port" {
  description = "Port on which the application listens behind the load balancer."
  type        = number
  default     = 8080
  nullable    = false
}

variable "image_id" {
  description = "Image that the instances start from."
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
  description = "Script or cloud-init configuration that an instance runs when it first starts. In it, $${database}, $${replicas} (with commas between them) and $${db_port} stand for the host names and the port of the database, $${port} for the application's port."
  type        = string
  default     = null
}

variable "capacity" {
  description = "Number of instances: the least and the most."
  type = object({
    min = optional(number, 2)
    max = optional(number, 6)
  })
  default  = {}
  nullable = false
}

variable "cpu_target" {
  description = "Average use of processors in percent that is held by adding and removing instances."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.cpu_target > 0 && var.cpu_target <= 100
    error_message = "The target is a percentage."
  }
}

variable "requests_target" {
  description = "Requests a minute for each instance that are held likewise, or null: requests do not count."
  type        = number
  default     = null
}

variable "schedules" {
  description = "Changes of the number of instances by the clock, by name. See the module autoscaling-service."
  type = map(object({
    recurrence = string
    time_zone  = optional(string, "Etc/UTC")
    min        = optional(number, -1)
    max        = optional(number, -1)
    desired    = optional(number, -1)
  }))
  default  = {}
  nullable = false
}

variable "database" {
  description = "The database: engine, version, class, size of its storage in GiB, standby in another availability zone, and number of replicas. See the module database."
  type = object({
    engine         = optional(string, "postgres")
    engine_version = optional(string, "16.4")
    instance_class = optional(string, "db.t4g.medium")
    storage_size   = optional(number, 20)
    multi_az       = optional(bool, true)
    replica_count  = optional(number, 0)
  })
  default  = {}
  nullable = false
}

variable "db_password" {
  description = "Password of the database's administrator, with db_password_version. It reaches no plan and no state."
  type        = string
  default     = null
  sensitive   = true
  ephemeral   = true
}

variable "db_password_version" {
  description = "Number of the password: another one makes it be set anew. Without it, AWS looks after the password, which is not possible with replicas."
  type        = number
  default     = null
}

variable "alarm_actions" {
  description = "ARNs of SNS topics and the like that alarms are told to."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "protection" {
  description = "Whether load balancer and database are protected from being deleted, and what they leave behind is kept: the database's last snapshot, and a bucket of access logs that is not empty."
  type        = bool
  default     = true
  nullable    = false
}

variable "tags" {
  description = "Tags for everything that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
