"""Terraform's files, read for tests: blocks with their labels, and what stands in them."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2] / "terraform"
FILES = sorted(ROOT.rglob("*.tf"))
SHOWN = re.compile(r"^ *```hcl\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
# Those that show pieces of Terraform's files.
PAGES = [
    page
    for page in (*sorted(ROOT.rglob("*.md")), *sorted((ROOT.parent / "docs").glob("*.md")))
    if SHOWN.search(page.read_text("utf-8"))
]


@dataclass(frozen=True, slots=True)
class Block:
    """`labels` are `("aws_ssm_parameter", "image")` in `resource "aws_ssm_parameter" "image"`."""

    type: str
    labels: tuple[str, ...]
    body: dict[str, Any]

    @property
    def kind(self) -> str:
        return " ".join((self.type, *self.labels[:1]))


# Blocks whose labels stand before their body, and how many there are.
LABELS = {"resource": 2, "data": 2, "module": 1, "variable": 1, "output": 1, "provider": 1}


@cache
def read(text: str) -> tuple[Block, ...]:
    import hcl2
    from hcl2.utils import SerializationOptions

    options = SerializationOptions(with_comments=False, strip_string_quotes=True)
    return tuple(
        block
        for type_, bodies in hcl2.loads(text, serialization_options=options).items()
        for body in bodies
        for block in _unlabelled(type_, (), body, LABELS.get(type_, 0))
    )


def _unlabelled(type_: str, labels: tuple[str, ...], body: dict[str, Any], left: int) -> Iterator[Block]:
    if left == 0:
        yield Block(type_, labels, body)
        return
    for label, below in body.items():
        if not label.startswith("__"):
            yield from _unlabelled(type_, (*labels, label), below, left - 1)


def blocks_in(folder: Path) -> tuple[Block, ...]:
    """Those of a module: the files of one folder."""
    return tuple(block for path in sorted(folder.glob("*.tf")) for block in read(path.read_text("utf-8")))


def terraform(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Terraform itself, asking nobody: neither its maker for a newer version, nor this machine's settings."""
    alone = {**os.environ, "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull, "TF_IN_AUTOMATION": "1"}
    return subprocess.run(["terraform", *arguments], cwd=folder, env=alone, capture_output=True, text=True, check=False)


def is_block(value: Any) -> bool:
    """hcl2 makes a list of the blocks of one name, each marked."""
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) and "__is_block__" in v for v in value)


# --- held against the provider


def faults(block: Block, known: dict[str, Any]) -> list[str]:
    """What the provider would refuse: arguments that it does not know or that it misses, at any depth."""
    if block.type not in ("resource", "data"):
        return []
    if block.kind not in known:
        return [f"{block.kind}: not among the names that are known"]
    return list(_faults_below(block.kind, block.body, known[block.kind]))


OF_TERRAFORM = {"count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"}


def _faults_below(place: str, body: dict[str, Any], known: dict[str, Any]) -> Iterator[str]:
    given = {name for name in body if not name.startswith("__")} - OF_TERRAFORM
    yield from (f"{place}: no argument {name}" for name in sorted(given - {*known["required"], *known["optional"]}))
    yield from (f"{place}: lacks {name}" for name in sorted(set(known["required"]) - given))
    for name, value in body.items():
        if is_block(value) and name in known["blocks"]:
            for each in value:
                yield from _faults_below(f"{place}.{name}", each, known["blocks"][name])


REFERENCE = re.compile(r"\b(?P<data>data\.)?(?P<type>aws_\w+)\.(?P<name>\w+)(?:\[[^\]]*\])?(?:\.(?P<attribute>\w+))?")


def references_in(text: str) -> Iterator[tuple[str, str, str | None]]:
    """Kind, name and attribute of each reference in the code of a file."""
    code = re.sub(r"#.*", "", text)
    for found in REFERENCE.finditer(code):
        yield f"{'data' if found['data'] else 'resource'} {found['type']}", found["name"], found["attribute"]
