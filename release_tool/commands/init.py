"""Make the ledger's table, or a first manifest; or say an old manifest in today's words.

Usage:
  release-tool init [--project=<name>] [options]

Options:
  --project=<name>        The project, where the manifest holds several.
  --project_file=<path>   Another manifest than .wellcome_project.
  --output=<form>         text or json [default: text].

Where there is no manifest, writes an annotated example to fill in. Beside a manifest of 2019 to 2022, prints what it
says in today's words, and writes nothing. Otherwise makes the DynamoDB table where it is missing, and says so when it
is there. Asks nothing, and changes nothing that exists.
"""

from __future__ import annotations

from pathlib import Path

from release_tool import documents
from release_tool.commands import Arguments, Context
from release_tool.console import Console
from release_tool.errors import CouldNot, ExitCode, NoManifest
from release_tool.manifest import FILE_NAME, Translation, annotated_example, find_of_any_time, in_todays_words


def without_a_manifest(args: Arguments, console: Console) -> ExitCode | None:
    """What there is to do where no manifest of today is found; None where there is one, and `run` can be given it."""
    try:
        path = find_of_any_time(Path.cwd()) if args["--project_file"] is None else Path(args["--project_file"])
    except NoManifest:
        return _write_example(console)
    said = in_todays_words(path)
    return None if said is None else _show(said, path, console)


def run(args: Arguments, context: Context) -> ExitCode:
    table = context.project.ledger_table
    made = context.asking.ledger.make_table()
    context.console.say(f"Made the table {table}." if made else f"The table {table} is there already.")
    context.console.document(documents.table_made(table, made))
    return ExitCode.DONE


def _write_example(console: Console) -> ExitCode:
    """Write a first manifest into the working directory; never over anything."""
    path = Path.cwd() / FILE_NAME
    try:
        with path.open("x", encoding="utf-8") as manifest:
            manifest.write(annotated_example())
    except OSError as error:
        raise CouldNot(f"could not write {path}: {error.strerror}") from error
    console.say(f"Wrote {path}: fill it in, then run `release-tool init` again to make the ledger's table.")
    console.document(documents.table_made(manifest_written=str(path)))
    return ExitCode.DONE


def _show(said: Translation, path: Path, console: Console) -> ExitCode:
    """The text alone goes to stdout, so that it can be kept."""
    console.say(said.text.removesuffix("\n"))
    console.document(documents.table_made(manifest_translated=said.text))
    for notice in said.notices:
        console.note(f"note: {notice}")
    for fault in said.faults:
        console.note(f"still to be put right in the new text: {fault}")
    console.note(f"{path} is as it was. This is the same in today's words: save it as {path.with_name(FILE_NAME)}.")
    return ExitCode.DONE
