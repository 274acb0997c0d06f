variable "name" {
  description = "The table's name; where it is another than the default, `ledger_table` in .wellcome_project says so."
  type        = string
  default     = "release-tool"

  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]{3,255}$", var.name))
    error_message = "A DynamoDB table's name has letters, digits, `_`, `.` and `-` only, 3 to 255 of them."
  }
}

variable "tags" {
  description = "Tags of the table."
  type        = map(string)
  default     = {}
}
