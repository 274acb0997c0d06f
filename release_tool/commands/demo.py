"""Try it all, without AWS.

Usage:
  release-tool demo [--shell | --dashboard] [--speed=<n>]

Options:
  --shell        Leave a shell in which the sample project's commands work.
  --dashboard    Only show the dashboard, of three weeks that the same commands have made.
  --speed=<n>    How many times faster than ECS the emulated rollouts move [default: 12].

An AWS emulator runs on this machine for as long as the demo does, with a sample project in a temporary folder. On a
terminal the demo leads through the real commands, one after another, and ends with the dashboard; without one it runs
the story through. Needs no account, no network and no credentials, and reads none.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

from release_tool.commands import Arguments
from release_tool.console import Console
from release_tool.demo.emulator import Clock, Emulator
from release_tool.demo.past import length
from release_tool.demo.sample import COMMITS, Sample, environ_for, make_sample
from release_tool.demo.story import Scene, story
from release_tool.errors import AskedWrongly, CouldNot, ExitCode

ALL_IS_STARTED_SECONDS = 60.0
CLEAR_LINE_ABOVE = "\x1b[1A\x1b[2K"


def run(args: Arguments, console: Console) -> ExitCode:
    speed = _speed(args["--speed"])
    _forget_whose_machine_this_is()
    if args["--dashboard"]:
        return _dashboard(speed, console)
    with tempfile.TemporaryDirectory(prefix="release-tool-demo-") as folder, Emulator(speed=speed) as emulator:
        sample = make_sample(Path(folder), emulator.endpoint_url)
        environ = environ_for(emulator.endpoint_url, os.environ)
        console.note(f"An AWS emulator runs at {emulator.endpoint_url}, the sample project is in {folder}.\n")
        if args["--shell"]:
            return _shell(sample, environ, console)
        for scene in story(sample):
            _play(scene, sample, environ, console)
    if console.can_ask:
        _dashboard(speed, console)
    console.note("That was all. The emulator and the sample project are gone. Next: docs/getting-started.md")
    return ExitCode.DONE


def _speed(given: str) -> float:
    try:
        speed = float(given)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= 1000:
        raise AskedWrongly(f"--speed={given} is not a number above 0 and up to 1000")
    return speed


def _forget_whose_machine_this_is() -> None:
    """The emulator runs in this process and uses AWS's libraries: they must not find anybody's profile here."""
    environ = environ_for("http://127.0.0.1", os.environ)
    del environ["AWS_ENDPOINT_URL"]
    os.environ.clear()
    os.environ.update(environ)


def _play(scene: Scene, sample: Sample, environ: dict[str, str], console: Console) -> None:
    console.note(f"# {scene.text}\n")
    code = 0
    for command in scene.commands:
        line = shlex.join(("release-tool", *command))
        console.say(f"$ {line}")
        _pause(console)
        code = _run_command(_as_played(command, console), sample, environ)
        console.say("")
    if code != scene.exit_code:
        raise CouldNot(f"the demo expected {line} to end with {scene.exit_code}, and it ended with {code}")
    if code:
        console.note(f"# (It ended with exit code {code}.)\n")


def _pause(console: Console) -> None:
    """On a terminal the reader sets the pace."""
    if console.can_ask:
        console.stderr.write("  press Enter to run it ")
        console.stderr.flush()
        console.stdin.readline()
        console.stderr.write(CLEAR_LINE_ABOVE)
        console.stderr.flush()


def _as_played(command: tuple[str, ...], console: Console) -> tuple[str, ...]:
    """Where nobody can be asked, the question is left out."""
    asks = command[0] in ("deploy", "rollback") and not console.can_ask
    return (*command, "--skip_confirm") if asks else command


def _run_command(command: tuple[str, ...], sample: Sample, environ: dict[str, str]) -> int:
    sys.stdout.flush()
    return subprocess.run((sys.executable, "-m", "release_tool", *command), cwd=sample.folder, env=environ).returncode


def _dashboard(speed: float, console: Console) -> ExitCode:
    """Another emulator, whose clock begins three weeks ago; when the past is played it goes on as the present."""
    console.note("# Last, the dashboard: three weeks of a team's deployments, played by the same commands.\n")
    began = datetime.now(timezone.utc) - length(["0"] * len(COMMITS))
    clock = Clock(speed=speed, is_held=True, since=began)
    with tempfile.TemporaryDirectory(prefix="release-tool-demo-") as folder, Emulator(clock=clock) as emulator:
        sample = make_sample(Path(folder), emulator.endpoint_url, first_commit_at=began - timedelta(hours=5))
        environ = environ_for(emulator.endpoint_url, os.environ)
        clock.advance(ALL_IS_STARTED_SECONDS)
        past = (sys.executable, "-m", "release_tool.demo.past", emulator.endpoint_url, *sample.hashes)
        subprocess.run(past, cwd=sample.folder, env=environ, check=True)
        clock.run()
        console.note("It is at the address below. Ctrl-C ends it.")
        try:
            _run_command(("dashboard", "--port=0", "--refresh=5", "--open"), sample, environ)
        except KeyboardInterrupt:
            console.note("")
    return ExitCode.DONE


def _shell(sample: Sample, environ: dict[str, str], console: Console) -> ExitCode:
    if not console.can_ask:
        raise AskedWrongly("--shell needs a terminal", next="leave it out to run the story through")
    shell = os.environ.get("SHELL", "/bin/sh")
    hashes = ", ".join(sample.hashes)
    console.note(f"The builds are {hashes}, and {sample.hashes[-1]}-crash, which is bad. Images are named as in:")
    console.note(f"    release-tool register {sample.image('bags_api', sample.hashes[-1])} bags_api")
    console.note("Begin with `release-tool init`; `exit` ends the demo.")
    own_commands = f"{Path(sys.executable).parent}{os.pathsep}{environ.get('PATH', '')}"
    subprocess.run((shell,), cwd=sample.folder, env=environ | {"PATH": own_commands})
    return ExitCode.DONE
