variable "name" {
  description = "Name of the application."
  type        = string
  default     = "shop"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,7}$", var.name))
    error_message = "The name must be 2 to 8 lower-case letters and digits, and start with a letter."
  }
}

variable "environment" {
  description = "What it is for. Together with the name, it is the first part of all names."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["development", "production"], var.environment)
    error_message = "The environment is development or production: see the variable files."
  }
}

variable "cidr" {
  description = "Address range of the network."
  type        = string
  nullable    = false
}

variable "availability_zone_count" {
  description = "Number of availability zones to spread over."
  type        = number
  nullable    = false
}

variable "nat" {
  description = "NAT gateways: per_zone or single."
  type        = string
  nullable    = false
}

variable "ingress_cidrs" {
  description = "Address ranges that may reach the application."
  type        = set(string)
  default     = ["0.0.0.0/0"]
  nullable    = false
}

variable "certificate_arn" {
  description = "Certificate for HTTPS. Development can do without."
  type        = string
  default     = null

  validation {
    condition     = var.certificate_arn != null || var.environment != "production"
    error_message = "Production needs a certificate."
  }
}

variable "image_name" {
  description = "Pattern of the name of the image that instances start from; the latest of Amazon's that fits is taken."
  type        = string
  default     = "al2023-ami-2023.*-kernel-6.1-x86_64"
  nullable    = false
}

variable "web" {
  description = "The instances that users talk to: their type, the least and the most of them."
  type = object({
    instance_type = string
    min           = number
    max           = number
  })
  nullable = false
}

variable "app" {
  description = "The instances that do the work behind them, likewise, and whether there are fewer at night."
  type = object({
    instance_type    = string
    min              = number
    max              = number
    fewer_at_night   = optional(bool, false)
    processor_target = optional(number, 60)
  })
  nullable = false
}

variable "database" {
  description = "The database: its class, size of its storage in GiB, whether there is a standby in another availability zone, how many replicas there are for reading, and for how many days backups are kept."
  type = object({
    instance_class = string
    storage        = number
    multi_az       = bool
    replica_count  = number
    backup_days    = number
  })
  nullable = false
}

variable "db_password" {
  description = "Password of the database's administrator, best given as TF_VAR_db_password. It reaches no plan and no state."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "db_password_version" {
  description = "Number of the password: another one makes it be set anew."
  type        = number
  default     = 1
  nullable    = false
}

variable "protection" {
  description = "Whether load balancers and database are protected from being deleted, and what they leave behind is kept."
  type        = bool
  default     = true
  nullable    = false
}

variable "alarm_email" {
  description = "Address that alarms are sent to, after its owner has confirmed it; null for none."
  type        = string
  default     = null
}
