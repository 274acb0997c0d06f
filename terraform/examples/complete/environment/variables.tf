variable "region" {
  description = "Where all of it is."
  type        = string
}

variable "project" {
  description = "The project's id in .wellcome_project."
  type        = string
}

variable "environment" {
  description = "The environment's id in .wellcome_project."
  type        = string
}

variable "first_images" {
  description = "Service id to the image URI that everything starts with."
  type        = map(string)
}

variable "desired_count" {
  description = "How many tasks of each service run."
  type        = number
}

variable "subnets" {
  description = "The subnets that the tasks run in."
  type        = list(string)
}

variable "security_groups" {
  description = "The security groups of the tasks."
  type        = list(string)
}
