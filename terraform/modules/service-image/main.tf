# Which image each service of one environment shall run. Terraform makes the parameters and keeps them;
# release-tool writes their values.
resource "aws_ssm_parameter" "image" {
  for_each = var.first_images

  name  = "/${var.project}/images/${var.environment}/${each.key}"
  type  = "String"
  value = each.value
  tags  = var.tags

  lifecycle {
    ignore_changes = [value]
  }
}
