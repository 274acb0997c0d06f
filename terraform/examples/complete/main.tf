provider "aws" {
  region = var.region

  default_tags {
    tags = { managed-by = "terraform" }
  }
}

data "aws_caller_identity" "current" {}

locals {
  project  = "storage"
  services = ["bag_replicator", "bags_api"]

  account_id   = data.aws_caller_identity.current.account_id
  registry     = "${local.account_id}.dkr.ecr.${var.region}.amazonaws.com"
  first_images = { for service in local.services : service => "${local.registry}/${var.namespace}/${service}:${var.first_build}" }
}

# --- once for all projects

module "ledger" {
  source = "../../modules/ledger"
}

# --- an environment each

module "stage" {
  source = "./environment"

  region          = var.region
  project         = local.project
  environment     = "stage"
  first_images    = local.first_images
  desired_count   = 1
  subnets         = var.subnets["stage"]
  security_groups = var.security_groups["stage"]
}

module "prod" {
  source = "./environment"

  region          = var.region
  project         = local.project
  environment     = "prod"
  first_images    = local.first_images
  desired_count   = 2
  subnets         = var.subnets["prod"]
  security_groups = var.security_groups["prod"]
}

# --- who may do what

module "policies" {
  source = "../../modules/policies"

  project      = local.project
  environments = { stage = {}, prod = {} }
  account_id   = local.account_id
  region       = var.region
  ledger_table = module.ledger.name

  families        = ["${local.project}-stage-*", "${local.project}-prod-*"]
  role_arns       = concat(module.stage.role_arns, module.prod.role_arns)
  repository_arns = ["arn:aws:ecr:${var.region}:${local.account_id}:repository/${var.namespace}/*"]
}

resource "aws_iam_policy" "deployer" {
  name   = "${local.project}-deployer"
  policy = module.policies.deployer
}

resource "aws_iam_policy" "registrar" {
  name   = "${local.project}-registrar"
  policy = module.policies.registrar
}

resource "aws_iam_policy" "reader" {
  name   = "${local.project}-reader"
  policy = module.policies.reader
}
