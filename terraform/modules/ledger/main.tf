# The record of what was deployed where, by whom and why: the same table that `release-tool init` makes.
resource "aws_dynamodb_table" "ledger" {
  name                        = var.name
  billing_mode                = "PAY_PER_REQUEST"
  deletion_protection_enabled = true

  hash_key  = "pk"
  range_key = "sk"

  attribute {
    name = "pk"
    type = "S"
  }

  attribute {
    name = "sk"
    type = "S"
  }

  attribute {
    name = "history_of"
    type = "S"
  }

  attribute {
    name = "environment_history_of"
    type = "S"
  }

  attribute {
    name = "number"
    type = "N"
  }

  global_secondary_index {
    name            = "history"
    hash_key        = "history_of"
    range_key       = "number"
    projection_type = "ALL"
  }

  global_secondary_index {
    name            = "environment-history"
    hash_key        = "environment_history_of"
    range_key       = "number"
    projection_type = "ALL"
  }

  point_in_time_recovery {
    enabled = true
  }

  tags = var.tags
}
