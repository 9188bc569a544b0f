variable "name" {
  description = "Name of the load balancer: first part of the names of what belongs to it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,22}[a-z0-9]$", var.name)) && !startswith(var.name, "internal-")
    error_message = "The name must be 2 to 24 lower-case letters, digits and hyphens, start with a letter, not end with a hyphen, and not begin with \"internal-\"."
  }
}

variable "vpc_id" {
  description = "The VPC that it is in."
  type        = string
  nullable    = false
}

variable "subnet_ids" {
  description = "Subnets in two availability zones at least: public ones, unless it is internal."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "An application load balancer needs subnets in two availability zones at least."
  }
}

variable "internal" {
  description = "Whether it is reached from within the network only."
  type        = bool
  default     = true
  nullable    = false
}

variable "ingress_cidrs" {
  description = "Address ranges that may reach it."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.ingress_cidrs : can(cidrnetmask(cidr))])
    error_message = "The ranges must be IPv4 ranges in CIDR notation."
  }
}

variable "ingress_security_groups" {
  description = "Security groups whose members may reach it, each under a name of one's choice."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "certificate_arn" {
  description = "Certificate for HTTPS, in the region of the load balancer. It must have been issued."
  type        = string
  default     = null

  validation {
    condition     = var.plain_http || var.certificate_arn != null
    error_message = "A certificate is needed. Set plain_http to do without encryption."
  }
}

variable "additional_certificate_arns" {
  description = "Certificates for further host names, each under a name of one's choice."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "plain_http" {
  description = "Serve over HTTP, without encryption and certificate, instead of redirecting to HTTPS. For trials and for what is behind another load balancer."
  type        = bool
  default     = false
  nullable    = false
}

variable "ssl_policy" {
  description = "Which versions of TLS and which ciphers clients may use."
  type        = string
  default     = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  nullable    = false
}

variable "target" {
  description = "What it sends requests to: port and protocol (HTTP, HTTPS) there, seconds that running requests get when a target goes, seconds in which a new target's share grows (0: at once), and seconds for which a client stays with one target (0: it does not)."
  type = object({
    port                 = optional(number, 8080)
    protocol             = optional(string, "HTTP")
    deregistration_delay = optional(number, 60)
    slow_start           = optional(number, 0)
    stickiness           = optional(number, 0)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.target.port >= 1 && var.target.port <= 65535 && floor(var.target.port) == var.target.port
    error_message = "A port is a whole number from 1 to 65535."
  }

  validation {
    condition     = contains(["HTTP", "HTTPS"], var.target.protocol)
    error_message = "The protocol is HTTP or HTTPS."
  }

  validation {
    condition     = var.target.deregistration_delay >= 0 && var.target.deregistration_delay <= 3600
    error_message = "Running requests get up to 3600 seconds."
  }

  validation {
    condition     = var.target.slow_start == 0 || (var.target.slow_start >= 30 && var.target.slow_start <= 900)
    error_message = "A share grows in 30 to 900 seconds, or at once (0)."
  }

  validation {
    condition     = var.target.stickiness >= 0 && var.target.stickiness <= 604800
    error_message = "A client stays for up to 604800 seconds, a week."
  }
}

variable "health_check" {
  description = "How it sees whether a target is well: path to ask for, status codes of an answer, seconds between two questions, seconds to wait for an answer, and how many answers in a row decide."
  type = object({
    path                = optional(string, "/")
    matcher             = optional(string, "200-299")
    interval            = optional(number, 15)
    timeout             = optional(number, 5)
    healthy_threshold   = optional(number, 2)
    unhealthy_threshold = optional(number, 3)
  })
  default  = {}
  nullable = false

  validation {
    condition     = startswith(var.health_check.path, "/")
    error_message = "The path must start with a slash."
  }

  validation {
    condition     = var.health_check.timeout < var.health_check.interval
    error_message = "An answer must come before the next question: timeout must be less than interval."
  }
}

variable "idle_timeout" {
  description = "Seconds after which a connection without traffic is closed."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.idle_timeout >= 1 && var.idle_timeout <= 4000
    error_message = "The time is 1 to 4000 seconds."
  }
}

variable "access_logs" {
  description = "Log of all requests: whether to keep one, in which bucket of one's own (which must let the load balancer write; one is made where there is none), under which prefix, for how many days, and whether a bucket that is not empty may be deleted."
  type = object({
    enabled        = optional(bool, true)
    bucket         = optional(string)
    prefix         = optional(string)
    retention_days = optional(number, 90)
    force_destroy  = optional(bool, false)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.access_logs.retention_days >= 1 && floor(var.access_logs.retention_days) == var.access_logs.retention_days
    error_message = "Logs are kept for a whole number of days."
  }
}

variable "deletion_protection" {
  description = "Whether it is protected from being deleted."
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
