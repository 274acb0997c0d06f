variable "project" {
  description = "The project's id in .wellcome_project."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,254}$", var.project)) && !can(regex("^(?i:aws|ssm)", var.project))
    error_message = "A project's id has letters, digits, `_`, `.` and `-` only, and does not begin with `-`, `aws` or `ssm`."
  }
}

variable "environment" {
  description = "The environment's id in .wellcome_project."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,254}$", var.environment))
    error_message = "An environment's id has letters, digits, `_`, `.` and `-` only, and does not begin with `-`."
  }
}

variable "first_images" {
  description = "Service id to image URI: what each parameter is created with. Later changes here change nothing."
  type        = map(string)

  validation {
    condition     = alltrue([for service in keys(var.first_images) : can(regex("^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,254}$", service))])
    error_message = "A service's id has letters, digits, `_`, `.` and `-` only, and does not begin with `-`."
  }
}

variable "tags" {
  description = "Tags of the parameters."
  type        = map(string)
  default     = {}
}
