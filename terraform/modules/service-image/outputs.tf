output "images" {
  description = "Service id to the image URI that its parameter holds now, in the clear: for `image` in container definitions."
  value       = { for service, parameter in aws_ssm_parameter.image : service => nonsensitive(parameter.value) }
}

output "parameter_names" {
  description = "Service id to the name of its parameter."
  value       = { for service, parameter in aws_ssm_parameter.image : service => parameter.name }
}

output "parameter_arns" {
  description = "Service id to the ARN of its parameter."
  value       = { for service, parameter in aws_ssm_parameter.image : service => parameter.arn }
}
