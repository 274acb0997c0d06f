"""What the docs show of the program, made anew from the program itself.

    python -m tests.pages [<page>...]       writes it into the pages (all of them, where none is named)

Made anew are, and stay where they stand in a page:

- a fenced block of `console`: command lines, played one after another on a stage of the page's own. A comment
  `<!-- stage: … -->` directs what happens meanwhile, a line at a time; `<!-- a new stage -->` begins again
- a fenced block of `text <command line>` with `--help`: what that shows
- the table that follows `<!-- keys of <schema>[#<part>] -->`: a row for each key of a JSON document
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from tests.stage import Stage, direct

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))

_QUESTION = re.compile(r"\(y/n\) (\w+)$", re.MULTILINE)
_MADE_ANEW = re.compile(
    r"(?P<anew>^<!-- a new stage -->$)"
    r"|^<!-- stage:(?P<directions>[^>]*)-->$"
    r"|^```console\n(?P<console>.*?)^```$"
    r"|^```text (?P<help>release-tool [^\n]*--help)\n.*?^```$"
    r"|^<!-- keys of (?P<keys>[a-z#_-]+) -->\n(?:\|[^\n]*\n)*",
    re.MULTILINE | re.DOTALL,
)


def renewed(page: str) -> str:
    stage = Stage()

    def anew(found: re.Match[str]) -> str:
        nonlocal stage
        if found["anew"]:
            stage = Stage()
        elif found["directions"]:
            for direction in filter(None, map(str.strip, found["directions"].splitlines())):
                direct(stage, direction)
        elif found["console"]:
            return f"```console\n{_played(found['console'], stage)}```"
        elif found["help"]:
            return f"```text {found['help']}\n{_help(found['help'])}```"
        elif found["keys"]:
            return f"<!-- keys of {found['keys']} -->\n{_table_of_keys(found['keys'])}"
        return found[0]

    return _MADE_ANEW.sub(anew, page)


# --- examples


def _played(block: str, stage: Stage) -> str:
    """Each command line, as it stands, and what is shown for it."""
    before, *examples = re.split(r"^(?=\$ )", block, flags=re.MULTILINE)
    assert not before.strip(), f"a console block begins with a command, not with: {before}"
    shown = []
    for example in examples:
        typed = re.match(r"\$ ((?:[^\n]*\\\n)*[^\n]*)\n", example)
        assert typed is not None, example
        answer = stage.type(re.sub(r"\\\n\s*", "", typed[1]), _QUESTION.findall(example))
        shown.append(f"$ {typed[1]}\n{_in_one_order(answer)}")
    return "\n".join(shown)


def _in_one_order(answer: str) -> str:
    """Of several ECS services that are asked at once, any may be the first to answer."""
    lines = [line.rstrip() for line in answer.strip("\n").splitlines()]
    places = [number for number, line in enumerate(lines) if line.endswith(" requested")]
    for place, line in zip(places, sorted(lines[place] for place in places), strict=True):
        lines[place] = line
    return "\n".join(lines) + "\n" if lines else ""


def _help(command_line: str) -> str:
    _, *arguments = command_line.split()
    asked = [sys.executable, "-m", "release_tool", *arguments]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout


# --- JSON documents


def _table_of_keys(place: str) -> str:
    name, _, part = place.partition("#")
    schema = json.loads(files("release_tool").joinpath(f"schemas/{name}.schema.json").read_text("utf-8"))
    described = schema["$defs"][part] if part else schema
    rows = (
        f"| `{key}` | {_in_words(value)} | {value['description'].rstrip('.')} |\n"
        for key, value in described["properties"].items()
    )
    return "".join(["| key | value | meaning |\n", "| --- | --- | --- |\n", *rows])


def _in_words(value: dict[str, Any]) -> str:
    return " or ".join(_kinds(value))


def _kinds(value: dict[str, Any]) -> Iterator[str]:
    if "$ref" in value:
        yield _link(value["$ref"])
    elif "anyOf" in value:
        for one in value["anyOf"]:
            yield from _kinds(one)
    elif "enum" in value:
        yield ", ".join(f"`{one}`" for one in value["enum"])
    elif value.get("type") == "array":
        yield f"list of {_in_words(value['items'])}"
    else:
        kinds = value["type"] if isinstance(value["type"], list) else [value["type"]]
        yield from ("text" if kind == "string" else kind for kind in kinds)


def _link(reference: str) -> str:
    """To the heading under which the part is described."""
    name = reference.partition("#")[2].rpartition("/")[2] or reference.removesuffix(".schema.json")
    return f"[{name.replace('_', ' ')}](#{name.replace('_', '-')})"


# --- all pages


def main(named: list[str]) -> None:
    for page in map(Path, named) if named else PAGES:
        before = page.read_text("utf-8")
        after = renewed(before)
        if after != before:
            page.write_text(after, "utf-8")
            print(f"{page} shows what the program shows again")


if __name__ == "__main__":
    main(sys.argv[1:])
