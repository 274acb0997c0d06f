"""PutParameter's rules: names, sizes and types that AWS refuses and moto takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from release_tool.demo.emulated.seam import Action, Answer, Call, refusal

# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
_ALLOWED = re.compile(r"[a-zA-Z0-9_.\-/]+")
LEVELS = 15
NAME_LENGTH = 1011
SIZES = {"Standard": 4096, "Advanced": 8192, "Intelligent-Tiering": 8192}


def put_parameter(call: Call) -> Answer:
    sent = call.sent
    _check_name(sent["Name"])
    _check_size(sent.get("Value", ""), sent.get("Tier", "Standard"))
    _check_type(call, sent)
    return call.moto()


ACTIONS: Mapping[str, Action] = {"put_parameter": put_parameter}


def _check_name(name: str) -> None:
    if len(name) > NAME_LENGTH:
        raise refusal("ValidationException", f"Parameter name must not have more than {NAME_LENGTH} characters.")
    if not _ALLOWED.fullmatch(name) or "//" in name or name.endswith("/"):
        raise refusal(
            "ValidationException",
            'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist '
            "of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the "
            "following 3 symbols .-_",
        )
    if "/" in name and not name.startswith("/"):
        raise refusal("ValidationException", "Parameter name must be a fully qualified name.")
    if name.count("/") > LEVELS:
        message = f"A parameter name can have a maximum of {LEVELS} levels."
        raise refusal("HierarchyLevelLimitExceededException", message)


def _check_size(value: str, tier: str) -> None:
    most = SIZES.get(tier, SIZES["Standard"])
    if len(value.encode()) > most:
        raise refusal("ValidationException", f"{tier} tier parameters support a maximum value of {most} characters.")


def _check_type(call: Call, sent: Mapping[str, Any]) -> None:
    versions = call.response.ssm_backend._parameters.get(sent["Name"])
    asked = sent.get("Type")
    if versions and asked and sent.get("Overwrite") and asked != versions[-1].parameter_type:
        raise refusal(
            "HierarchyTypeMismatchException",
            f"The parameter is a {versions[-1].parameter_type}; its type cannot become {asked}.",
        )
