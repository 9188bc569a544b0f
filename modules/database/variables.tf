variable "name" {
  description = "Name of the database: identifier of the primary, and first part of the names of what belongs to it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z](-?[a-z0-9]){1,40}$", var.name)) && length(var.name) <= 40
    error_message = "The name must be 2 to 40 lower-case letters, digits and single hyphens, start with a letter, and not end with a hyphen."
  }
}

variable "vpc_id" {
  description = "The VPC that it is in."
  type        = string
  nullable    = false
}

variable "subnet_ids" {
  description = "Subnets in two availability zones at least."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "A database needs subnets in two availability zones at least."
  }
}

variable "client_security_groups" {
  description = "Security groups whose members may connect, each under a name of one's choice."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "engine" {
  description = "What kind of database: postgres, mysql or mariadb."
  type        = string
  default     = "postgres"
  nullable    = false

  validation {
    condition     = contains(["postgres", "mysql", "mariadb"], var.engine)
    error_message = "The engine is postgres, mysql or mariadb."
  }
}

variable "engine_version" {
  description = "Version of the engine. Name the minor version too, so that primary and replicas stay together."
  type        = string
  default     = "16.4"
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]+(\\.[0-9]+)*$", var.engine_version))
    error_message = "A version is numbers with dots between them."
  }
}

variable "allow_major_version_upgrade" {
  description = "Whether engine_version may be set to another major version."
  type        = bool
  default     = false
  nullable    = false
}

variable "instance_class" {
  description = "Class of the primary, and of replicas for which no other is set."
  type        = string
  default     = "db.t4g.medium"
  nullable    = false

  validation {
    condition     = startswith(var.instance_class, "db.")
    error_message = "A class begins with \"db.\"."
  }
}

variable "storage" {
  description = "Storage, always encrypted: size in GiB, up to which size it grows by itself (0: it does not), type, IOPS and throughput in MiB/s where they are more than what comes with the type, and the ARN of the KMS key (RDS's own, where there is none)."
  type = object({
    size        = optional(number, 20)
    max_size    = optional(number, 100)
    type        = optional(string, "gp3")
    iops        = optional(number)
    throughput  = optional(number)
    kms_key_arn = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.storage.size >= 20 && (var.storage.max_size == 0 || var.storage.max_size >= 1.1 * var.storage.size)
    error_message = "The size is 20 GiB at least, and max_size a tenth more than that at least, or 0."
  }
}

variable "db_name" {
  description = "Name of the database that is made in it at first."
  type        = string
  default     = "app"

  validation {
    condition     = var.db_name == null || can(regex("^[a-zA-Z][a-zA-Z0-9_]{0,62}$", var.db_name))
    error_message = "The name must be letters, digits and underscores, and start with a letter."
  }
}

variable "username" {
  description = "Name of the administrator."
  type        = string
  default     = "administrator"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,15}$", var.username)) && !contains(["admin", "postgres", "rdsadmin", "root"], var.username)
    error_message = "The name must be up to 16 lower-case letters, digits and underscores, start with a letter, and not be one that everybody tries first."
  }
}

variable "password" {
  description = "Password of the administrator, with password_version. It reaches no plan and no state."
  type        = string
  default     = null
  sensitive   = true
  ephemeral   = true
}

variable "password_version" {
  description = "Number of the password: another one makes it be set anew. Without it, AWS makes the password and changes it from time to time, in a secret of Secrets Manager. That is not possible with replicas."
  type        = number
  default     = null

  validation {
    condition     = var.password_version != null || var.replica_count == 0
    error_message = "With replicas, AWS does not look after the password: set password and password_version."
  }
}

variable "multi_az" {
  description = "Whether a standby in another availability zone takes over when the primary fails."
  type        = bool
  default     = true
  nullable    = false
}

variable "replica_count" {
  description = "Number of replicas for reading."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.replica_count >= 0 && var.replica_count <= 15 && floor(var.replica_count) == var.replica_count
    error_message = "Up to 15 replicas are possible."
  }

  validation {
    condition     = var.replica_count == 0 || var.backup.retention_days > 0
    error_message = "Replicas are made from backups: backup.retention_days must not be 0."
  }
}

variable "replica_instance_class" {
  description = "Class of the replicas, if it is another than the primary's."
  type        = string
  default     = null
}

variable "parameters" {
  description = "Parameters of the engine, by name: value, and whether it is used at once (immediate) or with the next start (pending-reboot). Encrypted connections are required unless they say otherwise."
  type = map(object({
    value        = string
    apply_method = optional(string, "immediate")
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for parameter in var.parameters : contains(["immediate", "pending-reboot"], parameter.apply_method)])
    error_message = "A parameter is used immediate or pending-reboot."
  }
}

variable "backup" {
  description = "Backups: how many days they are kept, and the times (UTC) at which they are made and maintenance is done."
  type = object({
    retention_days     = optional(number, 14)
    window             = optional(string, "02:00-03:00")
    maintenance_window = optional(string, "sun:03:30-sun:04:30")
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.backup.retention_days >= 0 && var.backup.retention_days <= 35
    error_message = "Backups are kept for up to 35 days."
  }
}

variable "deletion_protection" {
  description = "Whether primary and replicas are protected from being deleted."
  type        = bool
  default     = true
  nullable    = false
}

variable "final_snapshot" {
  description = "Whether a last snapshot, NAME-final, is kept when the primary is deleted."
  type        = bool
  default     = true
  nullable    = false
}

variable "apply_immediately" {
  description = "Whether changes are made at once, with an interruption perhaps, and not in the next maintenance window."
  type        = bool
  default     = false
  nullable    = false
}

variable "performance_insights" {
  description = "Whether a week of the database's load is kept, by statement. Small classes of MySQL and MariaDB cannot do so."
  type        = bool
  default     = true
  nullable    = false
}

variable "monitoring_interval" {
  description = "Seconds between two measurements of the operating system: 1, 5, 10, 15, 30, 60, or 0 for none."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = contains([0, 1, 5, 10, 15, 30, 60], var.monitoring_interval)
    error_message = "The interval is 0, 1, 5, 10, 15, 30 or 60 seconds."
  }
}

variable "alarms" {
  description = "When to raise an alarm, for primary and replicas alike: use of processors above so many percent, free storage and memory below so many bytes, replicas so many seconds late; and the ARNs of SNS topics and the like to tell."
  type = object({
    enabled             = optional(bool, true)
    cpu_percent         = optional(number, 80)
    free_storage_bytes  = optional(number, 5368709120)
    free_memory_bytes   = optional(number, 134217728)
    replica_lag_seconds = optional(number, 60)
    actions             = optional(list(string), [])
  })
  default  = {}
  nullable = false
}

variable "tags" {
  description = "Tags for everything that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
