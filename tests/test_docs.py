"""Docs = code: what the pages say is there is there, and what is there stands on a page."""

from __future__ import annotations

import ast
import importlib
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from docopt import docopt

import release_tool
from release_tool import model
from release_tool.cli import COMMANDS
from release_tool.demo.sample import MANIFEST
from release_tool.errors import ExitCode
from release_tool.manifest import load_manifest
from release_tool.model import FINAL_WORDS, Kind, Word
from release_tool.plan import Why
from tests.pages import PAGES, ROOT, renewed

PACKAGE = Path(release_tool.__file__).parent
TEXTS = {page.relative_to(ROOT).as_posix(): page.read_text("utf-8") for page in PAGES}
OTHER_PAGES = {name: (ROOT / name).read_text("utf-8") for name in ("CONTRIBUTING.md", "CHANGELOG.md")}
FENCED = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
TO_SHOW_AGAIN = "the page shows something else than the program; to mend the page: python -m tests.pages"


def of_pages(found: Any) -> Any:
    """A test for each page that has what it is about."""
    return pytest.mark.parametrize("name", [name for name, text in TEXTS.items() if found(text)])


def code_in(text: str) -> list[str]:
    """Single lines of code: in sentences, and in blocks that a reader would type."""
    typed = [
        line for language, block in FENCED.findall(text) if language in ("sh", "console") for line in block.split("\n")
    ]
    return [*INLINE.findall(FENCED.sub("", text)), *(line.removeprefix("$ ").strip() for line in typed)]


def section(text: str, heading: str) -> str:
    level = heading.partition(" ")[0]
    begin = text.index(f"\n{heading}\n")
    end = re.search(rf"^#{{1,{len(level)}}} ", text[begin + len(heading) + 2 :], re.MULTILINE)
    return text[begin : begin + len(heading) + 2 + end.start()] if end else text[begin:]


def rows(text: str) -> list[list[str]]:
    """The cells of every table, without its titles."""
    body = re.sub(r"^\|[^\n]*\n\| ---[^\n]*\n", "", text, flags=re.MULTILINE)
    return [[cell.strip() for cell in line.split("|")] for line in re.findall(r"^\|(.*)\|$", body, re.MULTILINE)]


# --- what the program shows


@of_pages(lambda text: "```console" in text or "--help\n" in text or "<!-- keys of" in text)
def test_a_page_shows_what_the_program_shows(name: str) -> None:
    assert renewed(TEXTS[name]) == TEXTS[name], TO_SHOW_AGAIN


def test_every_command_has_its_part_and_its_usage_on_the_page_of_commands() -> None:
    page = TEXTS["docs/commands.md"]

    parts = re.findall(r"^## ([a-z]+)$", page, re.MULTILINE)
    listed = re.findall(r"^\| \[`([a-z]+)`\]", page, re.MULTILINE)

    assert sorted(parts) == sorted(listed) == sorted(COMMANDS)
    for command in COMMANDS:
        assert f"\n```text release-tool {command} --help\n" in section(page, f"## {command}")


def options_of(command: str) -> set[str]:
    usage = str(importlib.import_module(f"release_tool.commands.{command}").__doc__)
    return set(re.findall(r"--[a-z_]+", usage))


@of_pages(lambda text: any(code.startswith("--") for code in code_in(text)))
def test_an_option_on_a_page_is_an_option_of_some_command(name: str) -> None:
    known = {"--help", "--version"}.union(*map(options_of, COMMANDS))

    named = {option.partition("=")[0].split()[0] for option in code_in(TEXTS[name]) if option.startswith("--")}

    assert {option for option in named if option.replace("-", "_").replace("__", "--", 1) not in known} == set()


def command_lines_in(text: str) -> Iterator[list[str]]:
    for line in code_in(text):
        if line.startswith("release-tool ") and not re.search(r"--(help|version)$|<command>", line):
            yield shlex.split(line)[1:]


@of_pages(lambda text: any(command_lines_in(text)))
def test_a_command_line_on_a_page_is_one_that_can_be_typed(name: str) -> None:
    for command, *arguments in command_lines_in(TEXTS[name]):
        assert command in COMMANDS
        if arguments:
            usage = str(importlib.import_module(f"release_tool.commands.{command}").__doc__)
            docopt(usage, [command, *arguments], default_help=False)


def test_every_reason_for_a_change_is_told_on_the_page_of_commands() -> None:
    part = section(TEXTS["docs/commands.md"], "### What becomes of a service")

    assert {str(why) for why in Why} - set(INLINE.findall(part)) == {str(Why.NEW_IMAGE)}


# --- exit codes and words


def test_the_page_of_exit_codes_lists_exactly_those_that_there_are() -> None:
    table = [(int(code), name.strip("`")) for code, name, *_ in rows(TEXTS["docs/exit-codes.md"])]

    assert table == [(int(code), code.name) for code in ExitCode]


@of_pages(lambda text: re.search(r"exit code \d", text))
def test_an_exit_code_on_a_page_exists(name: str) -> None:
    told = {int(code) for code in re.findall(r"exit code (\d+)", TEXTS[name])}

    assert told <= set(ExitCode)


def test_the_words_are_explained_and_put_in_order() -> None:
    part = section(TEXTS["docs/how-it-works.md"], "## What the words mean")
    ends, order = re.findall(r"((?:`[A-Z_]+`[, \nand]*){5,})", part.partition("### ")[0].rpartition("|")[2])

    assert {word for word, _ in rows(part.partition("### ")[0])} == {f"`{word}`" for word in Word}
    assert set(INLINE.findall(ends)) == {str(word) for word in FINAL_WORDS}
    assert INLINE.findall(order) == [str(word) for word in Word]


@pytest.mark.parametrize(("heading", "known"), [("### word", Word), ("### kind", Kind)])
def test_the_page_of_json_lists_every_word_and_kind(heading: str, known: Any) -> None:
    assert INLINE.findall(section(TEXTS["docs/json.md"], heading)) == [str(one) for one in known]


def test_every_schema_is_shown_on_the_page_of_json() -> None:
    shown = set(re.findall(r"\(\.\./release_tool/schemas/([a-z-]+)\.schema\.json\)", TEXTS["docs/json.md"]))
    described = set(re.findall(r"^<!-- keys of ([a-z-]+)", TEXTS["docs/json.md"], re.MULTILINE))

    shipped = {path.name.removesuffix(".schema.json") for path in (PACKAGE / "schemas").glob("*.schema.json")}
    assert shown == described == shipped - {"manifest"}


# --- the glossary

TERMS_OF_RFC_013 = (
    "project", "service", "service set", "build", "build artifact", "release hash", "release", "release set",
    "deployment", "environment", "deployment set",
)  # fmt: skip


def test_the_glossary_has_every_term_of_the_rfc() -> None:
    terms = [term for term, *_ in rows(TEXTS["docs/glossary.md"])]

    assert set(TERMS_OF_RFC_013) <= set(terms)
    assert len(terms) == len(set(terms))


@pytest.mark.parametrize(("term", "named"), [row[:2] for row in rows(TEXTS["docs/glossary.md"])])
def test_a_term_names_its_class_where_it_has_one(term: str, named: str) -> None:
    name = term.title().replace(" ", "")

    assert named == (f"`{name}`" if isinstance(getattr(model, name, None), type) else "")


# --- what is needed


def test_the_permissions_are_those_of_the_calls_that_are_made() -> None:
    told = set(re.findall(r"`((?:ssm|ecs|ecr|dynamodb):\w+)`", TEXTS["docs/getting-started.md"]))

    needed = {
        f"{service}:{operation}"
        for service, places in CALLS_ARE_MADE_IN.items()
        for operation in operations_called(service, places)
    }
    # A transaction needs what its parts need; tags go with the call that registers.
    assert told - {"ecs:TagResource"} == needed - {"dynamodb:TransactWriteItems"}


CALLS_ARE_MADE_IN = {
    "ssm": ["aws/parameters.py"],
    "ecs": ["aws/services.py"],
    "ecr": ["aws/images.py"],
    "dynamodb": ["aws/ledger/calls.py", "aws/ledger/table.py"],
}


def operations_called(service: str, places: list[str]) -> set[str]:
    """Operations whose method is called by its name, or whose name stands as a text of its own."""
    methods = {
        xform_name(name): name for name in botocore.session.get_session().get_service_model(service).operation_names
    }
    trees = [ast.parse((PACKAGE / place).read_text("utf-8")) for place in places]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    named = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {operation for method, operation in methods.items() if method in named | texts}


def test_the_manifest_to_begin_with_is_the_sample_projects() -> None:
    (example,) = re.findall(r"^```yaml\n(.*?)^```$", TEXTS["docs/getting-started.md"], re.MULTILINE | re.DOTALL)

    assert load_manifest(example, "page") == load_manifest(MANIFEST, "page")


# --- the two commands of the README


def command_after(mark: str) -> str:
    (block,) = re.findall(rf"^<!-- {mark} -->\n```sh\n(.*?)^```$", TEXTS["README.md"], re.MULTILINE | re.DOTALL)
    (line,) = block.splitlines()
    return str(line)


@pytest.mark.parametrize(("mark", "runs"), [("demo", "release-tool demo"), ("tests", "tox")])
def test_a_command_of_the_readme_is_one_line_that_needs_python_alone(mark: str, runs: str) -> None:
    make, install, run = command_after(mark).split(" && ")

    assert make == "python3 -m venv .venv"
    assert install.startswith(".venv/bin/pip install -q -c constraints/tested.txt ")
    assert run == f".venv/bin/{runs}"
    assert ".venv/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def test_ci_runs_the_readmes_own_line() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    (function,) = re.findall(r"^test_command\(\) \{.*?^\}$", script, re.MULTILINE | re.DOTALL)

    told = subprocess.run(
        ["bash", "-c", f"{function}\ntest_command"], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert told.stdout.strip() == command_after("tests")


# --- the pages themselves


def headings_of(text: str) -> set[str]:
    """As GitHub makes anchors of them."""
    titles = re.findall(r"^#+ (.+)$", FENCED.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("name", [*TEXTS, *OTHER_PAGES])
def test_a_link_leads_somewhere(name: str) -> None:
    text = FENCED.sub("", (TEXTS | OTHER_PAGES)[name])

    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        page = (ROOT / name).parent / path if path else ROOT / name
        assert page.exists(), f"{target} leads nowhere"
        if anchor:
            assert anchor in headings_of(page.read_text("utf-8")), f"{target} leads to no heading"


def test_every_page_can_be_reached_from_the_readme() -> None:
    linked = set(re.findall(r"\]\((docs/[\w-]+\.md)\)", TEXTS["README.md"]))

    assert {name for name in TEXTS if re.fullmatch(r"docs/[\w-]+\.md", name)} - linked == set()


def test_every_decision_has_a_number_of_its_own() -> None:
    decisions = {name: text for name, text in TEXTS.items() if name.startswith("docs/decisions/")}

    numbers = [int(re.match(r"# (\d+)\. ", text)[1]) for text in decisions.values()]  # type: ignore[index]
    assert [int(Path(name).name[:4]) for name in decisions] == numbers
    assert len(set(numbers)) == len(numbers)


def test_the_faults_that_are_said_to_be_tested_are() -> None:
    written = {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }

    told = set(re.findall(r"`(test_\w+)`", TEXTS["docs/reliability.md"]))
    assert told - written == set()
    assert len(told) > 20
