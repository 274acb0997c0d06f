output "deployer" {
  description = "The policy document of who deploys, as JSON."
  value       = jsonencode({ Version = "2012-10-17", Statement = local.deployer })
}

output "registrar" {
  description = "The policy document of CI that registers images, as JSON."
  value       = jsonencode({ Version = "2012-10-17", Statement = local.registrar })
}

output "reader" {
  description = "The policy document of who looks, as JSON."
  value       = jsonencode({ Version = "2012-10-17", Statement = local.reader })
}
