variable "greeting" {
  description = "How people are greeted, by language."
  type        = map(string)
  default = {
    en = "Hello"
    de = "Guten Tag"
    la = "Salve"
  }
}

variable "people" {
  description = "Who is greeted: the language that they speak, and how often they are greeted, by name."
  type = map(object({
    language = optional(string, "en")
    times    = optional(number, 1)
  }))
  default = {
    ada    = {}
    konrad = { language = "de" }
    marcus = { language = "la", times = 3 }
  }

  validation {
    condition     = alltrue([for person in var.people : contains(keys(var.greeting), person.language)])
    error_message = "There must be a greeting for every language that is spoken."
  }
}

variable "password" {
  description = "Something that no plan shows."
  type        = string
  default     = "sesame"
  sensitive   = true
}
