"""release-tool: what is deployed where, by whom and why; and one step to change it.

Usage:
  release-tool register <ecr_uri> <service>     Say which image was built for a service
  release-tool deploy (all | <service>) <env>   Move images into an environment
  release-tool status [(all | <service>) <env>] Tell what is deployed, and how it is going
  release-tool wait <env>                       Follow what is being deployed to its end
  release-tool rollback (all | <service>) <env> Go back to what completed before
  release-tool history [<env>]                  List what was deployed
  release-tool diff <env> <other_env>           Compare what runs in two environments
  release-tool unlock <env>                     Show who holds an environment, and break the hold
  release-tool init                             Make the ledger's table, or a first manifest
  release-tool doctor [<env>]                   Look whether all is well, and say what to do
  release-tool dashboard                        Show it all in a browser
  release-tool demo                             Try it all, without AWS
  release-tool completion (bash | zsh | fish)   Teach a shell to complete all this

  release-tool <command> --help                 Options and examples
  release-tool --version
"""

from __future__ import annotations

import atexit
import gc
import importlib
import itertools
import os
import re
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from release_tool import __version__
from release_tool.errors import (
    AskedWrongly,
    ExitCode,
    Interrupted,
    ManifestError,
    NoManifest,
    ReleaseToolError,
    did_you_mean,
)
from release_tool.streams import make_usable, write

if TYPE_CHECKING:
    from pathlib import Path

    from release_tool.commands import Context
    from release_tool.console import Console
    from release_tool.manifest import Manifest

COMMANDS = (
    "register", "deploy", "status", "wait", "rollback", "history", "diff", "unlock",
    "init", "doctor", "dashboard", "demo", "completion",
)  # fmt: skip
WITHOUT_A_PROJECT = ("demo", "completion")
WITH_EVERY_PROJECT = ("dashboard",)

Compose: TypeAlias = "Callable[[Mapping[str, Any], Sequence[str], Console], Context]"


def main(argv: Sequence[str] | None = None, compose: Compose | None = None) -> int:
    """Run one command line; what it returns is the process's exit code.

    `compose` makes what a command works with; it is the manifest's project, AWS and Git unless a test says otherwise.
    """
    argv = [_with_underscores(_legible(word)) for word in (sys.argv[1:] if argv is None else argv)]
    make_usable()
    _let_signals_interrupt()
    try:
        return _dispatch(argv, compose or _composed)
    except ReleaseToolError as error:
        return _complain(error, argv)
    except KeyboardInterrupt:
        write(sys.stderr, "\n")
        return _complain(Interrupted("interrupted; what ECS was asked for goes on"), argv)


def _let_signals_interrupt() -> None:
    """So that a hold is let go. Under nohup a closed terminal is to be ignored."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(signal_number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _legible(word: str) -> str:
    """Bytes that are no text can be kept nowhere: not in the ledger, not in a document."""
    return word.encode("utf-8", errors="surrogateescape").decode("utf-8", errors="replace")


def _with_underscores(word: str) -> str:
    """The RFC spells options with underscores; who types hyphens means the same."""
    if not word.startswith("--"):
        return word
    name, equals, value = word.partition("=")
    return f"--{name[2:].replace('-', '_')}{equals}{value}"


def _dispatch(argv: Sequence[str], compose: Compose) -> int:
    if not argv or argv[0] in ("--help", "-h", "help"):
        if len(argv) > 1 and argv[1] in COMMANDS:
            return _show(_usage_of(argv[1]))
        return _show(str(__doc__))
    if argv[0] == "--version":
        return _show(f"release-tool {__version__}")
    command = argv[0]
    if command not in COMMANDS:
        raise _unknown_command(command)
    # What a command loads stays to its end. Looking for garbage among it takes a third of the time to load it, and at
    # the end once more.
    gc.set_threshold(50_000)
    atexit.register(gc.freeze)
    if list(argv[:2]) == ["completion", "words"]:
        return _complete(" ".join(argv[2:]))
    if "--help" in argv or "-h" in argv:
        return _show(_usage_of(command))
    return _run(command, argv, compose)


def _show(text: str) -> int:
    write(sys.stdout, text.strip("\n") + "\n")
    return ExitCode.DONE


def _usage_of(command: str) -> str:
    """The docstring of the verb's file, read without importing what the verb needs: `--help` answers at once."""
    with open(os.path.join(os.path.dirname(__file__), "commands", f"{command}.py"), encoding="utf-8") as source:
        return source.read().split('"""', 2)[1]


def _complete(typed: str) -> int:
    """What the scripts of `completion` ask each time, and nobody else: so it stands in no usage."""
    from release_tool.shells.words import words
    from release_tool.usage import usage_in

    usages = {command: usage_in(command, _usage_of(command)) for command in COMMANDS}
    write(sys.stdout, "".join(f"{word}\n" for word in words(typed, usages)))
    return ExitCode.DONE


def _unknown_command(command: str) -> AskedWrongly:
    guess = did_you_mean(command, COMMANDS)
    return AskedWrongly(
        f"there is no command `{command}`; there are {', '.join(COMMANDS)}",
        next=guess or "see: release-tool --help",
    )


# --- one command


def _run(command: str, argv: Sequence[str], compose: Compose) -> int:
    args = _parsed(command, argv)
    console = _console(args)
    module = importlib.import_module(f"release_tool.commands.{command}")
    if command in WITHOUT_A_PROJECT:
        return int(module.run(args, console))
    if command == "init" and (done := module.without_a_manifest(args, console)) is not None:
        return int(done)
    if command == "doctor" and compose is _composed:
        return int(_examine(module, args, argv, console))
    if command in WITH_EVERY_PROJECT and args["--project"] is None and compose is _composed:
        return int(module.run(args, _all_composed(args, argv, console)))
    context = compose(args, argv, console)
    try:
        return int(module.run(args, [context] if command in WITH_EVERY_PROJECT else context))
    finally:
        context.finish()


def _examine(doctor: Any, args: Mapping[str, Any], argv: Sequence[str], console: Console) -> ExitCode:
    """What is wrong with the manifest is what was asked for here, and no end of it."""
    try:
        path, manifest = _manifest(args, console)
    except (NoManifest, ManifestError) as error:
        return ExitCode(doctor.cannot_begin(error, console))
    project = manifest.project(args["--project"])
    if args["--policy"] is not None:
        return ExitCode(doctor.print_policy(args, project, console))
    from release_tool.composition import context_of

    return ExitCode(doctor.run(args, context_of(project, path, argv, console)))


def _parsed(command: str, argv: Sequence[str]) -> dict[str, Any]:
    from docopt import DocoptExit, docopt

    usage = _usage_of(command)
    try:
        return dict(docopt(usage, list(argv), default_help=False))
    except DocoptExit:
        raise _misused(command, argv, usage) from None


def _misused(command: str, argv: Sequence[str], usage: str) -> AskedWrongly:
    known = list(dict.fromkeys(re.findall(r"--[a-z_]+", usage)))
    for word in argv:
        option = word.partition("=")[0]
        if option.startswith("--") and option not in known:
            guess = did_you_mean(option, known)
            return AskedWrongly(
                f"`{command}` has no option {option}", next=guess or f"see: release-tool {command} --help"
            )
    lines = usage.split("Usage:\n", 1)[1].split("\n\n", 1)[0]
    return AskedWrongly(f"these are not the arguments that `{command}` takes", next=f"usage:\n{lines}")


def _console(args: Mapping[str, Any]) -> Console:
    from release_tool.console import Console

    form = args.get("--output", "text")
    if form not in ("text", "json"):
        raise AskedWrongly(f"--output={form} is neither text nor json")
    return Console(sys.stdin, sys.stdout, sys.stderr, as_json=form == "json")


def _complain(error: ReleaseToolError, argv: Sequence[str]) -> int:
    """With `--output=json` an error is a document too; in any case it is a sentence, never a traceback."""
    if _asks_for_json(argv):
        from release_tool.console import spelled_as_json
        from release_tool.documents import error as document

        write(sys.stdout, spelled_as_json(document(error), sys.stdout))
    else:
        write(sys.stderr, f"release-tool: {error}\n")
    return int(error.exit_code)


def _asks_for_json(argv: Sequence[str]) -> bool:
    """Read off the words themselves, for they may be wrong otherwise; docopt takes `--out=json` as well."""
    words = [*argv, ""]
    given = [(*word.partition("="), after) for word, after in itertools.pairwise(words)]
    return any(
        len(name) > 2 and "--output".startswith(name) and (value if equals else after) == "json"
        for name, equals, value, after in given
    )


# --- what a command is given


def _composed(args: Mapping[str, Any], argv: Sequence[str], console: Console) -> Context:
    path, manifest = _manifest(args, console)
    project = manifest.project(args["--project"])
    from release_tool.composition import context_of

    return context_of(project, path, argv, console)


def _all_composed(args: Mapping[str, Any], argv: Sequence[str], console: Console) -> list[Context]:
    path, manifest = _manifest(args, console)
    from release_tool.composition import context_of

    return [context_of(project, path, argv, console) for project in manifest.projects]


def _manifest(args: Mapping[str, Any], console: Console) -> tuple[Path, Manifest]:
    from pathlib import Path

    from release_tool.manifest import find_manifest, read_manifest

    path = find_manifest(Path.cwd()) if args["--project_file"] is None else Path(args["--project_file"])
    manifest = read_manifest(path)
    for notice in manifest.notices:
        console.note(f"note: {notice}")
    return path, manifest
