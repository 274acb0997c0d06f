# A parameter that release-tool made before Terraform knew of it is adopted as it is: value, version and all. Where none
# is named, nothing is imported. Without this block, Terraform would try to make what exists: ParameterAlreadyExists.
import {
  for_each = var.parameters_that_exist["stage"]
  to       = module.stage.module.images.aws_ssm_parameter.image[each.key]
  id       = "/storage/images/stage/${each.key}"
}

import {
  for_each = var.parameters_that_exist["prod"]
  to       = module.prod.module.images.aws_ssm_parameter.image[each.key]
  id       = "/storage/images/prod/${each.key}"
}
