"""The record, in one DynamoDB table."""

from release_tool.aws.ledger.ledger import DynamoLedger

__all__ = ["DynamoLedger"]
