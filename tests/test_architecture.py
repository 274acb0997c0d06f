"""The import law: who may know whom. This table is the picture of the architecture."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "release_tool"
MODULES = sorted(PACKAGE.rglob("*.py"))

A_COMMAND = (
    ".apply .board .colour .commands .console .description .documents .errors .gather .image .lease .model"
    " .parallel .plan .ports .printable .request .requester .rollout .settle .target .task_definition .text .times"
    " .waiting"
)
AN_ADAPTER = (
    ".aws.clock .aws.failures .aws.pace .errors .image .model .parallel .ports .rollout .task_definition botocore"
)
# A module, or every module of a folder that has no row of its own, and what it may import besides the standard
# library. A name with a dot in front is ours; a dot alone is all that is ours.
LAW = {
    "__init__": "",
    "__main__": ".cli",
    # Values and decisions: nothing outward.
    "errors": "",
    "printable": "",
    "streams": "",
    "times": "",
    "image": ".errors",
    "model": ".errors",
    "task_definition": ".errors .image",
    "rollout": ".model .task_definition",
    "plan/": ".errors .image .model .plan .rollout .task_definition",
    "description": ".image .model",
    "requester": ".model .printable",
    "target": ".model",
    "policies": ".model",
    "board": ".image .model .plan .rollout .task_definition",
    # The words and the documents that answers are made of.
    "text": ".board .checks.findings .errors .image .model .plan .printable .rollout .task_definition .times tabulate",
    "documents": ".board .checks.findings .errors .image .model .plan .ports .rollout .task_definition .times",
    # Effects, through the ports.
    "parallel": "",
    "ports": ".image .model .rollout .task_definition",
    "lease": ".errors .ports",
    "gather": ".errors .image .model .parallel .ports .rollout .task_definition",
    "apply": ".errors .lease .model .parallel .plan .ports .rollout .task_definition",
    "supersede": ".apply .lease .model .rollout .task_definition",
    "endings": ".model .rollout .task_definition",
    "settle": ".apply .endings .gather .lease .model .parallel .rollout .task_definition",
    "follow": ".apply .errors .gather .model .parallel .rollout .task_definition",
    # What `doctor` looks into: its questions are asked in one module, and judged in the others.
    "checks/": ".checks .errors .image .model .policies .ports .rollout .task_definition",
    "checks/gathering": ".checks .gather .image .model .parallel .ports",
    # What Tab asks for has to be there at once.
    "colour": ".model",
    "usage": "",
    "manual": ".errors .usage",
    "shells/": ".errors .manifest .model .shells .usage",
    "announcing": ".model .ports",
    "webhook": ".documents .errors .model",
    # The world outside: one adapter does not know another.
    "aws/": AN_ADAPTER,
    "aws/ledger/": f"{AN_ADAPTER} .aws.ledger .lease",
    "git": ".image .model .printable git",
    "manifest/": ".errors .manifest .model yaml",
    "process": "",
    "console": ".errors .streams",
    # One verb, one file; what two verbs share stands beside them.
    "commands/": A_COMMAND,
    "commands/__init__": f"{A_COMMAND} .checks.asking",
    "commands/init": f"{A_COMMAND} .manifest",
    "commands/completion": ".commands .console .errors",
    "commands/doctor": f"{A_COMMAND} .checks .policies",
    "commands/status": f"{A_COMMAND} rich",
    "request": f"{A_COMMAND} .supersede",
    "waiting": f"{A_COMMAND} .follow rich",
    "commands/dashboard": f"{A_COMMAND} .dashboard",
    "commands/demo": f"{A_COMMAND} .demo",
    # It is given a function that returns what it shows.
    "dashboard/": ".board .dashboard .documents .errors .model .times jinja2 starlette uvicorn",
    "dashboard/source": ".board .errors .model .ports",
    # It plays AWS, and so shares nothing with the program that it is played for.
    "demo/": ".demo .errors",
    "demo/emulated/": ".demo.emulated .demo.rollouts moto werkzeug",
    "demo/rollouts/": ".demo.rollouts",
    "demo/sample": ".demo botocore",
    "demo/past": ".cli .demo",  # it plays whole command lines
    # Where it all meets.
    "composition": ".",
    "cli": ". docopt",
}
PURE = (
    "board checks/ description documents errors image model plan policies printable requester rollout target"
    " task_definition text times demo/rollouts/"
)
EFFECTS = "asyncio io logging os pathlib random socket subprocess sys threading time uuid"
EFFECTIVE_CALLS = "input now open print today utcnow"
SLOW = "botocore git jinja2 moto rich starlette uvicorn"


def name_of(module: Path) -> str:
    return module.relative_to(PACKAGE).with_suffix("").as_posix()


def rule_for(module: Path) -> str | None:
    name = name_of(module)
    rows = [row for row in LAW if row == name or (row.endswith("/") and name.startswith(row))]
    return max(rows, key=len, default=None)


def imports_of(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = node.module if not node.level else "a relative import"
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def imports_that_need_leave(module: Path) -> Iterator[str]:
    for name in imports_of(module):
        if name.partition(".")[0] == "release_tool":
            yield name.removeprefix("release_tool")
        elif name.partition(".")[0] not in sys.stdlib_module_names:
            yield name


def is_granted(name: str, granted: str) -> bool:
    return any(name == word or name.startswith(f"{word.rstrip('.')}.") for word in granted.split())


def names_called_in(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_module_imports_nothing_but_what_its_row_grants(module: Path) -> None:
    row = rule_for(module)

    assert row is not None, f"{name_of(module)} has no row in the law: say what it may import"
    assert [name for name in imports_that_need_leave(module) if not is_granted(name, LAW[row])] == []


@pytest.mark.parametrize("row", LAW)
def test_a_row_of_the_law_is_about_a_module_that_exists(row: str) -> None:
    assert row in {rule_for(module) for module in MODULES}


@pytest.mark.parametrize(
    ("package", "home"),
    [
        ("botocore", ["aws/", "aws/ledger/", "demo/sample"]),
        ("docopt", ["cli"]),
        ("git", ["git"]),
        ("moto", ["demo/emulated/"]),
        ("rich", ["commands/status", "waiting"]),
        ("starlette", ["dashboard/"]),
        ("tabulate", ["text"]),
        ("yaml", ["manifest/"]),
    ],
)
def test_a_package_of_others_is_known_in_one_place(package: str, home: list[str]) -> None:
    assert [row for row, granted in LAW.items() if package in granted.split()] == home


@pytest.mark.parametrize("module", [module for module in MODULES if rule_for(module) in PURE.split()], ids=name_of)
def test_a_decision_neither_looks_at_the_world_nor_changes_it(module: Path) -> None:
    effects = {imported.partition(".")[0] for imported in imports_of(module)} & set(EFFECTS.split())
    calls = set(names_called_in(module)) & set(EFFECTIVE_CALLS.split())

    assert (effects, calls) == (set(), set())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["deploy", "--help"]], ids=" ".join)
def test_a_question_about_the_tool_itself_waits_for_nothing_slow(arguments: list[str]) -> None:
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "release_tool", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )

    imported = {line.rpartition("|")[2].strip() for line in told.stderr.splitlines()}
    assert "release_tool.cli" in imported
    assert imported & set(SLOW.split()) == set()
