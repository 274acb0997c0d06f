variable "project" {
  description = "The project's id in .wellcome_project."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,254}$", var.project)) && !can(regex("^(?i:aws|ssm)", var.project))
    error_message = "A project's id has letters, digits, `_`, `.` and `-` only, and does not begin with `-`, `aws` or `ssm`."
  }
}

variable "environments" {
  description = "Environment id to where it is. What an environment leaves out is the project's; its cluster is <project>-<environment>."

  type = map(object({
    cluster    = optional(string)
    region     = optional(string)
    account_id = optional(string)
  }))

  validation {
    condition     = length(var.environments) > 0 && !contains(keys(var.environments), "latest")
    error_message = "Name one environment at least; `latest` is a label, and none of them."
  }
}

variable "account_id" {
  description = "The account that the ledger and the label `latest` are in."
  type        = string
}

variable "region" {
  description = "The region that the ledger and the label `latest` are in."
  type        = string
}

variable "families" {
  description = "Families of task definitions that may be registered, such as `storage-prod-*`."
  type        = list(string)

  validation {
    condition     = length(var.families) > 0
    error_message = "Name one family at least, or a pattern such as `storage-*`."
  }
}

variable "role_arns" {
  description = "Task roles and execution roles that task definitions name; patterns may stand for several."
  type        = list(string)

  validation {
    condition     = length(var.role_arns) > 0 && alltrue([for arn in var.role_arns : can(regex("^arn:[^:]+:iam::[^:]*:role/", arn))])
    error_message = "Name one role's ARN at least: a task definition on Fargate has an execution role."
  }
}

variable "repository_arns" {
  description = "ECR repositories that images come from; patterns may stand for several."
  type        = list(string)

  validation {
    condition     = length(var.repository_arns) > 0 && alltrue([for arn in var.repository_arns : can(regex("^arn:[^:]+:ecr:", arn))])
    error_message = "Name one ECR repository's ARN at least."
  }
}

variable "ledger_table" {
  description = "`ledger_table` of .wellcome_project."
  type        = string
  default     = "release-tool"
}

variable "manifest_lists_services" {
  description = "Whether .wellcome_project has `services`. Without them, every label is looked through for services."
  type        = bool
  default     = true
}

variable "partition" {
  description = "The AWS partition: `aws-cn` in China."
  type        = string
  default     = "aws"
}
