"""The answer of one command as outputs of the step, and as the summary on the job's page."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from typing import Any


def outputs(document: dict[str, Any], exit_code: str) -> dict[str, str]:
    told = {name: document.get(name) for name in ("deployment", "release", "parameter")}
    known = {name: str(value) for name, value in told.items() if isinstance(value, (int, str))}
    return {"exit_code": exit_code, **known, "document": json.dumps(document)}


def written(name: str, value: str) -> str:
    """GitHub's form for values of several lines; nobody can guess where one ends."""
    end = f"end-{secrets.token_hex(16)}"
    return f"{name}<<{end}\n{value}\n{end}\n"


def summary(document: dict[str, Any], exit_code: str) -> Iterator[str]:
    if "error" in document:
        yield f"### release-tool: exit code {exit_code}"
        yield fenced("\n".join(filter(None, (document["error"]["message"], document["error"]["next"]))))
    elif "parameter" in document:
        yield "### Registered"
        yield fenced(f"{document['parameter']} = {document['image']}")
    else:
        yield "### Deployed" if document.get("deployment") else "### Nothing to deploy"
        yield fenced("\n".join(lines_of(document)))


def lines_of(document: dict[str, Any]) -> Iterator[str]:
    """As the plan has them: `service@hash`."""
    if document.get("deployment"):
        yield f"deployment {document['deployment']} of release {document['release']}: {document.get('description')}"
    for change in (document.get("plan") or {}).get("changes", ()):
        yield f"{change['service']}@{change['release_hash']}"


def fenced(text: str) -> str:
    """As code, whatever is in it: a fence longer than any run of backticks inside."""
    longest = max((len(run) for run in "".join(c if c == "`" else " " for c in text).split()), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def main(environ: dict[str, str]) -> None:
    document, exit_code = json.loads(environ["DOCUMENT"] or "{}"), environ["EXIT_CODE"]
    with open(environ["GITHUB_OUTPUT"], "a", encoding="utf-8") as told:
        told.writelines(written(name, value) for name, value in outputs(document, exit_code).items())
    with open(environ["GITHUB_STEP_SUMMARY"], "a", encoding="utf-8") as page:
        page.write("\n\n".join(summary(document, exit_code)) + "\n")


if __name__ == "__main__":
    main(dict(os.environ))
