"""Completion in real shells: keys are pressed in a terminal, and what the line became is what the program is given."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

SLOW = "botocore docopt git jinja2 rich starlette tabulate uvicorn release_tool.commands"
SHELLS = ("bash", "zsh", "fish")
PATIENCE_SECONDS = 120
MANIFEST = """\
storage:
  environments: [{id: stage, name: "Staging: here"}, {id: prod}]
  services: [{id: bag_register}, {id: notifier}]
  service_sets: [{id: ingests, services: [notifier]}]
"""
# The program's name, as shells find it: it answers them, and writes down what else it is given.
STAND_IN = """\
#!/bin/sh
if [ "$1" = completion ]; then exec "{python}" -m release_tool "$@"; fi
for word in "$@"; do printf '[%s]' "$word"; done >> "{given}"
echo >> "{given}"
"""
# What is run in its place has the terminal for its own, as a shell that somebody sits at.
OWN_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])"
)
BEGIN = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], "source <(release-tool completion bash)"),
    "zsh": (
        ["zsh", "-f", "-i"],
        "autoload -U compinit; compinit -D -u; source <(release-tool completion zsh)",
    ),
    "fish": (["fish", "--no-config", "-i"], "release-tool completion fish | source"),
}


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    if shutil.which(name) is None:
        reason = f"no {name} here: apt-get install {name}"
        if os.environ.get("RELEASE_TOOL_SHELLS") == "needed":
            pytest.fail(reason)
        pytest.skip(reason)
    return name


class Keyboard:
    """A shell in a terminal of its own, in a project's folder."""

    def __init__(self, shell: str, folder: Path) -> None:
        self._shell = shell
        self._folder = folder
        self._given = folder / "given"
        (folder / ".wellcome_project").write_text(MANIFEST)
        stand_in = folder / "release-tool"
        stand_in.write_text(STAND_IN.format(python=sys.executable, given=self._given))
        stand_in.chmod(0o755)

    def types(self, *lines: str) -> list[str]:
        """Each line ends with Return; what the program was given then, word by word."""
        arguments, teaching = BEGIN[self._shell]
        self._play(arguments, [teaching, *lines, "exit"])
        return self._given.read_text().splitlines() if self._given.exists() else []

    def _play(self, arguments: list[str], lines: list[str]) -> None:
        terminal, inside = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-c", OWN_TERMINAL, *arguments],
            cwd=self._folder,
            env=self._environ(),
            stdin=inside,
            stdout=inside,
            stderr=inside,
            start_new_session=True,
        )
        os.close(inside)
        try:
            self._press("".join(f"{line}\r" for line in lines).encode(), terminal)
        finally:
            os.close(terminal)
            process.kill()
            process.wait()

    def _environ(self) -> dict[str, str]:
        home = {name: str(self._folder) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "ZDOTDIR")}
        path = f"{self._folder}:{os.environ['PATH']}"
        return {**os.environ, **home, "PATH": path, "TERM": "dumb" if self._shell == "bash" else "xterm", "PS1": "> "}

    def _press(self, keys: bytes, terminal: int) -> None:
        """All keys at once: a shell reads them one by one, and ends with the last line."""
        until = time.monotonic() + PATIENCE_SECONDS
        os.write(terminal, keys)
        while time.monotonic() < until:
            if not select.select([terminal], [], [], 1)[0]:
                continue
            try:
                if not os.read(terminal, 65536):
                    return
            except OSError:  # how Linux says that nobody has the terminal open any more
                return
        raise AssertionError(f"{self._shell} did not come to an end")


@pytest.fixture
def keyboard(shell: str, tmp_path: Path) -> Keyboard:
    return Keyboard(shell, tmp_path)


def test_commands_services_sets_environments_and_options_are_completed(keyboard: Keyboard) -> None:
    given = keyboard.types(
        "release-tool depl\tnot\tpr\t--skip\t",
        "release-tool roll\ting\tst\t",
        "release-tool reg\turi bag\t--env=pr\t",
        "release-tool deploy all prod --fr\tsta\t--wa\t",
    )

    assert given == [
        "[deploy][notifier][prod][--skip_confirm]",
        "[rollback][ingests][stage]",
        "[register][uri][bag_register][--env=prod]",
        "[deploy][all][prod][--from=stage][--wait]",
    ]


def test_a_file_is_completed_where_an_option_takes_one(keyboard: Keyboard, tmp_path: Path) -> None:
    (tmp_path / "another.yaml").write_text(MANIFEST)

    assert keyboard.types("release-tool status --project_file=ano\t") == ["[status][--project_file=another.yaml]"]


def test_a_script_is_one_that_its_shell_can_read(shell: str) -> None:
    script = subprocess.run(
        [sys.executable, "-m", "release_tool", "completion", shell], capture_output=True, text=True, check=True
    ).stdout

    read = subprocess.run([shell, "-n"], input=script, capture_output=True, text=True, check=False)

    assert (read.returncode, read.stderr) == (0, "")


def test_words_wait_for_nothing_slow(tmp_path: Path) -> None:
    (tmp_path / ".wellcome_project").write_text(MANIFEST)
    asked = [sys.executable, "-X", "importtime", "-m", "release_tool", "completion", "words", "release-tool deploy "]

    told = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, check=True)

    imported = {line.rpartition("|")[2].strip() for line in told.stderr.splitlines()}
    assert told.stdout.splitlines()[0] == "all\tevery service"
    assert imported & set(SLOW.split()) == set()


def test_a_faulty_manifest_is_no_reason_to_complain_between_two_keys(tmp_path: Path) -> None:
    (tmp_path / ".wellcome_project").write_text("storage: [")

    told = subprocess.run(
        [sys.executable, "-m", "release_tool", "completion", "words", "release-tool deploy "],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert (told.stdout, told.stderr) == ("all\tevery service\n", "")
