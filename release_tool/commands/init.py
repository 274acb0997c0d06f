"""Make the ledger's table, or a first manifest.

Usage:
  release-tool init [--project=<name>] [options]

Options:
  --project=<name>        The project, where the manifest holds several.
  --project_file=<path>   Another manifest than .wellcome_project.
  --output=<form>         text or json [default: text].

Where there is no manifest, writes an annotated example to fill in. Otherwise makes the DynamoDB table where it is
missing, and says so when it is there. Asks nothing, and changes nothing that exists.
"""

from __future__ import annotations

from pathlib import Path

from release_tool import documents
from release_tool.commands import Arguments, Context
from release_tool.console import Console
from release_tool.errors import CouldNot, ExitCode
from release_tool.manifest import FILE_NAME, annotated_example


def run(args: Arguments, context: Context) -> ExitCode:
    table = context.project.ledger_table
    made = context.asking.ledger.make_table()
    context.console.say(f"Made the table {table}." if made else f"The table {table} is there already.")
    context.console.document(documents.table_made(table, made, None))
    return ExitCode.DONE


def write_example(console: Console) -> ExitCode:
    """Write a first manifest into the working directory; never over anything."""
    path = Path.cwd() / FILE_NAME
    try:
        with path.open("x", encoding="utf-8") as manifest:
            manifest.write(annotated_example())
    except OSError as error:
        raise CouldNot(f"could not write {path}: {error.strerror}") from error
    console.say(f"Wrote {path}: fill it in, then run `release-tool init` again to make the ledger's table.")
    console.document(documents.table_made(None, False, str(path)))
    return ExitCode.DONE
