# What AWS has to allow for each kind of work, and nothing that no command asks for. The same documents as
# `release-tool doctor` prints with --policy, with the resources narrowed to what only Terraform knows.
#
# Which actions support which resources is AWS's to say:
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
locals {
  environments = {
    for id, environment in var.environments : id => {
      place   = "${coalesce(environment.region, var.region)}:${coalesce(environment.account_id, var.account_id)}"
      cluster = coalesce(environment.cluster, "${var.project}-${id}")
    }
  }

  labels     = merge({ latest = "${var.region}:${var.account_id}" }, { for id, environment in local.environments : id => environment.place })
  parameters = { for label, place in local.labels : label => "arn:${var.partition}:ssm:${place}:parameter/${var.project}/images/${label}" }
  above_all  = var.manifest_lists_services ? [] : [for place in values(local.labels) : "arn:${var.partition}:ssm:${place}:parameter/${var.project}/images"]
  ledger     = "arn:${var.partition}:dynamodb:${var.region}:${var.account_id}:table/${var.ledger_table}"

  ecs = {
    for kind in ["service", "service-deployment", "task"] : kind => [
      for environment in values(local.environments) : "arn:${var.partition}:ecs:${environment.place}:${kind}/${environment.cluster}/*"
    ]
  }
  clusters = [for environment in values(local.environments) : "arn:${var.partition}:ecs:${environment.place}:cluster/${environment.cluster}"]
  revisions = distinct(flatten([
    for environment in values(local.environments) : [
      for family in var.families : "arn:${var.partition}:ecs:${environment.place}:task-definition/${family}:*"
    ]
  ]))
}

locals {
  looks_for_images = [
    {
      Sid      = "FindImages"
      Effect   = "Allow"
      Action   = ["ecr:DescribeImages"]
      Resource = var.repository_arns
    },
    {
      # AWS has no narrower resource for it.
      Sid      = "KnowCaches"
      Effect   = "Allow"
      Action   = ["ecr:DescribePullThroughCacheRules"]
      Resource = ["*"]
    },
  ]

  # CI, which says what was built last.
  registrar = concat(
    [
      {
        Sid      = "RegisterImages"
        Effect   = "Allow"
        Action   = ["ssm:PutParameter"]
        Resource = ["${local.parameters.latest}/*"]
      },
    ],
    local.looks_for_images,
  )

  # Who looks: status, history, diff, doctor, the dashboard.
  reader = concat(
    [
      {
        # Asked of the path itself, not of what lies below it:
        # https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html
        Sid      = "ListImages"
        Effect   = "Allow"
        Action   = ["ssm:GetParametersByPath"]
        Resource = distinct(concat(values(local.parameters), local.above_all))
      },
      {
        Sid      = "ReadServices"
        Effect   = "Allow"
        Action   = ["ecs:DescribeServices", "ecs:DescribeServiceDeployments"]
        Resource = concat(local.ecs["service"], local.ecs["service-deployment"])
      },
      {
        # AWS has no narrower resource for it.
        Sid      = "ReadRevisions"
        Effect   = "Allow"
        Action   = ["ecs:DescribeTaskDefinition"]
        Resource = ["*"]
      },
      {
        Sid      = "ReadLedger"
        Effect   = "Allow"
        Action   = ["dynamodb:DescribeTable", "dynamodb:Query"]
        Resource = [local.ledger, "${local.ledger}/index/*"]
      },
    ],
    local.looks_for_images,
  )

  # Who deploys: deploy, rollback, wait, unlock. A deployer may look as well.
  deployer = concat(
    local.reader,
    [
      {
        Sid      = "ReadImages"
        Effect   = "Allow"
        Action   = ["ssm:GetParameters"]
        Resource = [for parameter in values(local.parameters) : "${parameter}/*"]
      },
      {
        Sid      = "SayWhatShallRun"
        Effect   = "Allow"
        Action   = ["ssm:PutParameter"]
        Resource = [for id in keys(local.environments) : "${local.parameters[id]}/*"]
      },
      {
        Sid      = "UpdateServices"
        Effect   = "Allow"
        Action   = ["ecs:UpdateService"]
        Resource = local.ecs["service"]
      },
      {
        Sid      = "RegisterRevisions"
        Effect   = "Allow"
        Action   = ["ecs:RegisterTaskDefinition"]
        Resource = local.revisions
      },
      {
        # AWS has no narrower resource for either.
        Sid      = "PutRevisionsAway"
        Effect   = "Allow"
        Action   = ["ecs:DeregisterTaskDefinition", "ecs:ListTaskDefinitions"]
        Resource = ["*"]
      },
      {
        Sid      = "ReadTasks"
        Effect   = "Allow"
        Action   = ["ecs:DescribeTasks"]
        Resource = local.ecs["task"]
      },
      {
        Sid      = "WriteLedger"
        Effect   = "Allow"
        Resource = [local.ledger]
        Action = [
          "dynamodb:BatchGetItem",
          "dynamodb:BatchWriteItem",
          "dynamodb:DeleteItem",
          "dynamodb:GetItem",
          "dynamodb:PutItem",
          "dynamodb:UpdateItem",
        ]
      },
    ],
    local.deployer_under_conditions,
  )

  deployer_under_conditions = [
    {
      # Tasks are listed by cluster, and the cluster is a condition.
      Sid       = "ListTasks"
      Effect    = "Allow"
      Action    = ["ecs:ListTasks"]
      Resource  = ["*"]
      Condition = { ArnLike = { "ecs:cluster" = local.clusters } }
    },
    {
      # A copy keeps the tags of its origin, and AWS asks for these beside RegisterTaskDefinition:
      # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html
      Sid       = "KeepTags"
      Effect    = "Allow"
      Action    = ["ecs:TagResource"]
      Resource  = local.revisions
      Condition = { StringEquals = { "ecs:CreateAction" = "RegisterTaskDefinition" } }
    },
    {
      # A revision names its roles, and registering it hands them to ECS's tasks:
      # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
      Sid       = "PassRolesToTasks"
      Effect    = "Allow"
      Action    = ["iam:PassRole"]
      Resource  = var.role_arns
      Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
    },
  ]
}
