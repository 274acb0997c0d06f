"""What a value may look like. Each rule answers with a sentence about the text, or None where all is well."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from release_tool.manifest.findings import shown
from release_tool.model import ALL

Rule: TypeAlias = Callable[[str], "str | None"]

# Ids become levels of a parameter's name, `/<project>/images/<label>/<service>`. PutParameter takes these
# characters in a level, and 1011 in a whole name with its ARN: three ids of 255 leave room for the rest.
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
ID = re.compile(r"[A-Za-z0-9_.-]{1,255}")

# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html, the same for clusters and containers
ECS_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
TABLE_NAME = re.compile(r"[A-Za-z0-9_.-]{3,255}")

# Any partition, a path perhaps. https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html
ROLE_ARN = re.compile(r"arn:aws(-[a-z]+)*:iam::[0-9]{12}:role/([!-~]+/)?[A-Za-z0-9_+=,.@-]{1,64}")

REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]+")

GITHUB_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9_.-]+")

WEB_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[!-~]*)?")

# https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

# Control characters, lone surrogates, line separators, and those that turn the direction of what follows.
UNFIT_FOR_A_NAME = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

PLACEHOLDERS = ("{project}", "{env}", "{service}")


def name(text: str) -> str | None:
    if not text.strip():
        return "a name can't be empty; leave it out, and the id stands for it"
    if unfit := UNFIT_FOR_A_NAME.search(text):
        return f"a name is one line of text, and can't hold the character U+{ord(unfit[0]):04X}"
    return None


def identity(text: str) -> str | None:
    if text == ALL:
        return f"`{ALL}` can't be an id: on the command line it stands for all services"
    if not ID.fullmatch(text):
        return (
            f"`{shown(text)}` can't be an id: it becomes part of an SSM parameter's name, "
            "so letters, digits, `_`, `.` and `-` only, 255 at most"
        )
    if text.startswith("-"):
        return f"`{shown(text)}` can't be an id: a command line would take it for an option"
    if text in {".", ".."}:
        return f"`{text}` can't be an id: in a path it names a folder"
    return None


def project_id(text: str) -> str | None:
    # PutParameter refuses names that begin so, in any case.
    if text.lower().startswith(("aws", "ssm")):
        return f"`{shown(text)}` can't be a project's id: SSM keeps names that begin with `aws` or `ssm` for itself"
    return identity(text)


def region(text: str) -> str | None:
    return None if REGION.fullmatch(text) else f"`{shown(text)}` is no AWS region; one looks like `eu-west-1`"


def role_arn(text: str) -> str | None:
    if ROLE_ARN.fullmatch(text):
        return None
    return f"`{shown(text)}` is no role's ARN; one looks like `arn:aws:iam::123456789012:role/deployer`"


def github_repository(text: str) -> str | None:
    if GITHUB_REPOSITORY.fullmatch(text):
        return None
    address = re.fullmatch(r"(?:https://|git@)[^/:]+[/:]([^/]+/[^/]+?)(?:\.git)?/?", text)
    hint = f"write `{shown(address[1])}`" if address else "it is written `owner/name`"
    return f"`{shown(text)}` is no GitHub repository; {hint}"


def web_address(text: str) -> str | None:
    """Without a name or a password in it: what stands in a manifest is no secret."""
    if WEB_ADDRESS.fullmatch(text):
        return None
    return f"`{shown(text)}` is no address of http or https; one looks like `https://example.org/deployments`"


def variable(text: str) -> str | None:
    if VARIABLE.fullmatch(text):
        return None
    return f"`{shown(text)}` can't be the name of an environment variable: letters, digits and `_` only"


def ledger_table(text: str) -> str | None:
    if TABLE_NAME.fullmatch(text):
        return None
    return f"`{shown(text)}` can't be a DynamoDB table's name: letters, digits, `_`, `.` and `-` only, 3 to 255"


def ecs_name(text: str) -> str | None:
    if ECS_NAME.fullmatch(text):
        return None
    return f"`{shown(text)}` can't be a name in ECS: letters, digits, `_` and `-` only, 255 at most"


def ecs_service_template(text: str) -> str | None:
    """Judges what stands outside the placeholders; whether the filled name fits is known only with the ids."""
    for placeholder in re.findall(r"\{[^{}]*\}", text):
        if placeholder not in PLACEHOLDERS:
            return f"`{shown(placeholder)}` is no placeholder; there are `{'`, `'.join(PLACEHOLDERS)}`"
    filled = re.sub("|".join(map(re.escape, PLACEHOLDERS)), "x", text)
    return None if ECS_NAME.fullmatch(filled) else ecs_name(text)
