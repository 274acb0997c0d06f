"""What a request asks of AWS: service, operation and what is sent; and answers that AWS would give in refusal."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

SERVICES = {
    "AmazonEC2ContainerServiceV20141113": "ecs",
    "AmazonEC2ContainerRegistry_V20150921": "ecr",
    "AmazonSSM": "ssm",
    "DynamoDB_20120810": "dynamodb",
}
READING = ("BatchGet", "Describe", "Get", "List", "Query")


@dataclass(slots=True)
class Call:
    """One request, in the order of arrival. `status` is what was answered; None until then, or where nothing was."""

    number: int
    service: str
    operation: str
    sent: dict[str, Any]
    at: float = field(default_factory=time.monotonic)
    status: int | None = None

    @property
    def name(self) -> str:
        """As in `ecs.UpdateService`."""
        return f"{self.service}.{self.operation}"

    @property
    def is_write(self) -> bool:
        return not self.operation.startswith(READING)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def with_header(self, name: str, value: str) -> Answer:
        others = tuple((n, v) for n, v in self.headers if n.lower() != name.lower())
        return Answer(self.status, (*others, (name, value)), self.body)

    def header(self, name: str) -> str | None:
        return next((v for n, v in self.headers if n.lower() == name.lower()), None)


def recognised(number: int, headers: Mapping[str, str], body: bytes) -> Call:
    """JSON services name the operation in a header; STS names it in the form that it is sent."""
    target = headers.get("X-Amz-Target")
    if target is None:
        form = dict(parse_qsl(body.decode()))
        return Call(number, "sts", form.get("Action", "?"), form)
    prefix, _, operation = target.rpartition(".")
    return Call(number, SERVICES.get(prefix, prefix), operation, json.loads(body or b"{}"))


def refusal(call: Call, code: str, message: str, status: int) -> Answer:
    """As the service itself puts it: JSON, or XML for STS."""
    if call.service == "sts":
        xml = f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        return Answer(status, (("Content-Type", "text/xml"),), f"{xml}</ErrorResponse>".encode())
    body = json.dumps({"__type": code, "message": message, "Message": message}).encode()
    return Answer(status, (("Content-Type", "application/x-amz-json-1.1"),), body)
