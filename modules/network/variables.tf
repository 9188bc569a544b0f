variable "name" {
  description = "Name of the network: first part of the names of what belongs to it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.name))
    error_message = "The name must be 2 to 31 lower-case letters, digits and hyphens, and start with a letter."
  }
}

variable "cidr" {
  description = "Address range of the VPC. Public, private and database subnets get a quarter of it each, cut into eighths, one for each zone; the last quarter stays free."
  type        = string
  default     = "10.0.0.0/16"
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.cidr)) && try(tonumber(split("/", var.cidr)[1]) >= 16 && tonumber(split("/", var.cidr)[1]) <= 22, false)
    error_message = "The range must be an IPv4 range in CIDR notation, from /16 to /22: the subnets of a smaller one would have no room for a load balancer."
  }
}

variable "availability_zone_count" {
  description = "Number of availability zones to spread over: the first ones of the region, unless availability_zones names them."
  type        = number
  default     = 3
  nullable    = false

  validation {
    condition     = var.availability_zone_count >= 1 && var.availability_zone_count <= 8 && floor(var.availability_zone_count) == var.availability_zone_count
    error_message = "One to eight availability zones are possible."
  }
}

variable "availability_zones" {
  description = "Availability zones to spread over. A zone's place in the list decides its address ranges: add new ones at the end."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.availability_zones) <= 8 && length(distinct(var.availability_zones)) == length(var.availability_zones)
    error_message = "Up to eight availability zones are possible, each named once."
  }
}

variable "nat" {
  description = "NAT gateways, through which private subnets reach the internet: per_zone survives the loss of a zone, single costs less, none leaves private subnets without a way out."
  type        = string
  default     = "per_zone"
  nullable    = false

  validation {
    condition     = contains(["per_zone", "single", "none"], var.nat)
    error_message = "Possible are per_zone, single and none."
  }
}

variable "gateway_endpoints" {
  description = "Services that are reached without leaving the network, and without cost: s3, dynamodb."
  type        = set(string)
  default     = ["s3"]
  nullable    = false

  validation {
    condition     = length(setsubtract(var.gateway_endpoints, ["s3", "dynamodb"])) == 0
    error_message = "Gateway endpoints exist for s3 and dynamodb."
  }
}

variable "flow_log" {
  description = "Log of the connections in the network, kept in CloudWatch: what to record (ALL, ACCEPT, REJECT), for how many days, and the ARN of the KMS key to encrypt it with (CloudWatch's own, where there is none)."
  type = object({
    enabled        = optional(bool, true)
    traffic        = optional(string, "ALL")
    retention_days = optional(number, 90)
    kms_key_arn    = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["ALL", "ACCEPT", "REJECT"], var.flow_log.traffic)
    error_message = "The traffic to record is ALL, ACCEPT or REJECT."
  }

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.flow_log.retention_days)
    error_message = "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days."
  }
}

variable "tags" {
  description = "Tags for everything that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
