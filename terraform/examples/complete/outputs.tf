output "images" {
  description = "Environment to service to the image that Terraform reads now."
  value       = { stage = module.stage.images, prod = module.prod.images }
}

output "policy_arns" {
  description = "For the roles of people and of CI."
  value = {
    deployer  = aws_iam_policy.deployer.arn
    registrar = aws_iam_policy.registrar.arn
    reader    = aws_iam_policy.reader.arn
  }
}
