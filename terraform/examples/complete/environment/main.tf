locals {
  name = "${var.project}-${var.environment}"
}

# `cluster` in .wellcome_project names another; <project>-<environment> need not be named.
resource "aws_ecs_cluster" "cluster" {
  name = local.name
}

resource "aws_cloudwatch_log_group" "logs" {
  name              = "/ecs/${local.name}"
  retention_in_days = 30
}

module "images" {
  source = "../../../modules/service-image"

  project      = var.project
  environment  = var.environment
  first_images = var.first_images
}

# --- bags_api: one container

resource "aws_ecs_task_definition" "bags_api" {
  family       = "${local.name}-bags_api"
  track_latest = true
  skip_destroy = true

  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = "256"
  memory                   = "512"
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn

  container_definitions = jsonencode([
    {
      name      = "app"
      image     = module.images.images["bags_api"]
      essential = true

      portMappings = [{ containerPort = 9001, hostPort = 9001, protocol = "tcp" }]

      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = aws_cloudwatch_log_group.logs.name
          awslogs-region        = var.region
          awslogs-stream-prefix = "bags_api"
        }
      }
    },
  ])
}

resource "aws_ecs_service" "bags_api" {
  name            = "bags_api"
  cluster         = aws_ecs_cluster.cluster.arn
  task_definition = aws_ecs_task_definition.bags_api.arn
  desired_count   = var.desired_count
  launch_type     = "FARGATE"

  network_configuration {
    subnets         = var.subnets
    security_groups = var.security_groups
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }
}

# --- bag_replicator: with a sidecar that carries its logs away

resource "aws_ecs_task_definition" "bag_replicator" {
  family       = "${local.name}-bag_replicator"
  track_latest = true
  skip_destroy = true

  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = "512"
  memory                   = "1024"
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn

  container_definitions = jsonencode([
    {
      name      = "app"
      image     = module.images.images["bag_replicator"]
      essential = true

      logConfiguration = {
        logDriver = "awsfirelens"
        options = {
          Name              = "cloudwatch_logs"
          region            = var.region
          log_group_name    = aws_cloudwatch_log_group.logs.name
          log_stream_prefix = "bag_replicator/"
        }
      }
    },
    {
      # Its image has another repository than the service's, so release-tool never touches it.
      name      = "log_router"
      image     = "public.ecr.aws/aws-observability/aws-for-fluent-bit:2.32.2"
      essential = true

      # ECS makes it "0" where it is left out, and Terraform would take that for a difference.
      user = "0"

      firelensConfiguration = { type = "fluentbit" }
    },
  ])
}

resource "aws_ecs_service" "bag_replicator" {
  name            = "bag_replicator"
  cluster         = aws_ecs_cluster.cluster.arn
  task_definition = aws_ecs_task_definition.bag_replicator.arn
  desired_count   = var.desired_count
  launch_type     = "FARGATE"

  network_configuration {
    subnets         = var.subnets
    security_groups = var.security_groups
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }
}
