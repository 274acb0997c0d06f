output "images" {
  description = "Service to the image that Terraform reads now."
  value       = module.images.images
}

output "role_arns" {
  description = "The roles that task definitions name."
  value       = [aws_iam_role.execution.arn, aws_iam_role.task.arn]
}
