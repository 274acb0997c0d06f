"""Help comes at once: what only commands need is not imported for it."""

import subprocess
import sys

import pytest

HEAVY = ("botocore", "yaml", "git", "rich", "importlib.metadata", "starlette", "jinja2", "tabulate")
TELL = "import sys; from release_tool.cli import main; main({argv!r}); print(*sorted(sys.modules), file=sys.stderr)"


@pytest.mark.parametrize("argv", [["--help"], ["--version"], ["deploy", "--help"], ["help", "status"], ["depoly"]])
def test_help_and_version_import_nothing_heavy(argv: list[str]) -> None:
    told = subprocess.run([sys.executable, "-c", TELL.format(argv=argv)], capture_output=True, text=True)

    assert set(told.stderr.split()) & set(HEAVY) == set()
    assert told.stderr


@pytest.mark.parametrize("command", ["register", "deploy", "status", "wait", "rollback", "history", "diff", "unlock"])
def test_every_command_tells_its_own_usage(command: str) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "release_tool", command, "--help"], capture_output=True, text=True, check=True
    )

    assert f"release-tool {command}" in told.stdout
