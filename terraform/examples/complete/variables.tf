variable "region" {
  description = "Where all of it is."
  type        = string
  default     = "eu-west-1"
}

variable "subnets" {
  description = "Environment to the subnets that its tasks run in: at least two, in different zones."
  type        = map(list(string))
}

variable "security_groups" {
  description = "Environment to the security groups of its tasks."
  type        = map(list(string))
}

variable "namespace" {
  description = "What the names of your ECR repositories begin with, before a slash."
  type        = string
  default     = "uk.ac.wellcome"
}

variable "first_build" {
  description = "The tag of the images that everything starts with. Changing it later changes nothing."
  type        = string
}

variable "parameters_that_exist" {
  description = "Environment to the services whose parameter is there already: see imports.tf."
  type        = map(set(string))
  default     = { stage = [], prod = [] }
}
