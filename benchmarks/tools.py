"""The tools that are compared: where each is, and the command line for each thing that people want of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.project import CLUSTER, ENVIRONMENT, Project

OURS, ECS_DEPLOY, WECO_DEPLOY, AWS_CLI = "release-tool", "ecs-deploy", "weco-deploy", "awscli"
VERSIONS = {ECS_DEPLOY: "1.17.0", WECO_DEPLOY: "5.7.4", AWS_CLI: "1.46.3", "ministack": "1.5.33"}
LONG_ENOUGH = "1800"
AT_ONCE = 8

# weco-deploy asks PyPI for its newest version at every start. Here it is told at once that it is the newest.
NO_QUESTION_TO_PYPI = """\
import io, urllib.request
urllib.request.urlopen = lambda url: io.BytesIO(b'{"releases": {"0": []}}')
"""

# One service after another, as a script in CI does it, with the fewest calls that do.
LOOP = """\
set -e
for service in {services}; do
  aws ecs describe-task-definition --task-definition {cluster}-$service --query 'taskDefinition.{{{fields}}}' \\
    | sed "s#/$service:ref\\.[0-9a-f]*#/$service:{tag}#" > $service.json
  revision=$(aws ecs register-task-definition --cli-input-json file://$service.json \\
    --query taskDefinition.taskDefinitionArn --output text)
  aws ecs update-service --cluster {cluster} --service $service --task-definition $revision --query service.status
done
"""
FIELDS = ("family", "containerDefinitions", "cpu", "memory", "networkMode", "requiresCompatibilities")


@dataclass(frozen=True, slots=True)
class Tools:
    """Each in a venv of its own."""

    venvs: Path

    def program(self, tool: str, name: str) -> str:
        return str(self.venvs / tool / "bin" / name)

    def install(self, root: Path, copy: Path) -> None:
        for tool, version in VERSIONS.items():
            self._install(tool, f"{tool}=={version}")
        for site in (self.venvs / WECO_DEPLOY).glob("lib/*/site-packages"):
            (site / "sitecustomize.py").write_text(NO_QUESTION_TO_PYPI, encoding="utf-8")
        subprocess.run(["cp", "-r", *(str(root / part) for part in _PARTS), str(copy)], check=True)
        self._install(OURS, "--force-reinstall", "--no-deps", str(copy))
        self._install(OURS, "-c", str(root / "constraints/tested.txt"), str(copy))

    def _install(self, tool: str, *what: str) -> None:
        if not (self.venvs / tool).exists():
            subprocess.run([sys.executable, "-m", "venv", str(self.venvs / tool)], check=True)
        subprocess.run([self.program(tool, "pip"), "install", "-q", *what], check=True)

    # --- what is asked of them

    def help(self) -> dict[str, list[str]]:
        return {
            "python": [self.program(OURS, "python"), "-c", "pass"],
            OURS: [self.program(OURS, "release-tool"), "--help"],
            ECS_DEPLOY: [self.program(ECS_DEPLOY, "ecs"), "--help"],
            WECO_DEPLOY: [self.program(WECO_DEPLOY, "weco-deploy"), "--help"],
            AWS_CLI: [self.program(AWS_CLI, "aws"), "--version"],
        }

    def completion(self) -> dict[str, list[str]]:
        """What a shell runs when somebody presses the tab key."""
        return {
            OURS: [self.program(OURS, "release-tool"), "completion", "words", "release-tool deploy service-0"],
            ECS_DEPLOY: [self.program(ECS_DEPLOY, "ecs")],
            AWS_CLI: [self.program(AWS_CLI, "aws_completer")],
        }

    def register(self, project: Project, tag: str) -> dict[str, list[str]]:
        service = project.services[0]
        name = f"/shop/images/latest/{service}"
        image = project.image(service, tag)
        put = ["ssm", "put-parameter", f"--name={name}", f"--value={image}", "--type=String", "--overwrite"]
        return {OURS: self.ours("register", image, service), AWS_CLI: [self.program(AWS_CLI, "aws"), *put]}

    def status(self, project: Project) -> dict[str, list[str]]:
        describe = ["ecs", "describe-services", f"--cluster={CLUSTER}", "--services", *project.services[:10]]
        return {
            OURS: self.ours("status", "all", ENVIRONMENT),
            AWS_CLI: [self.program(AWS_CLI, "aws"), *describe],
        }

    def request(self, tool: str, project: Project, tag: str) -> list[str]:
        """Ask everything of ECS, and do not wait for it, where a tool can do so."""
        return {
            OURS: lambda: self.ours("deploy", "all", ENVIRONMENT, "--skip_confirm"),
            ECS_DEPLOY: lambda: _shell(_one_by_one(self._ecs_deploy(tag, "--timeout", "-1"), project.services)),
            f"{ECS_DEPLOY}, {AT_ONCE} at once": lambda: _shell(
                _at_once(self._ecs_deploy(tag, "--timeout", "-1"), project.services)
            ),
            WECO_DEPLOY: self.weco_deploy,
            AWS_CLI: lambda: self._loop(project, tag),
        }[tool]()

    def until_complete(self, tool: str, project: Project, tag: str) -> list[str]:
        return {
            OURS: lambda: self.ours("deploy", "all", ENVIRONMENT, "--skip_confirm", "--wait"),
            ECS_DEPLOY: lambda: _shell(_one_by_one(self._ecs_deploy(tag, "--timeout", LONG_ENOUGH), project.services)),
            f"{ECS_DEPLOY}, {AT_ONCE} at once": lambda: _shell(
                _at_once(self._ecs_deploy(tag, "--timeout", LONG_ENOUGH), project.services)
            ),
            WECO_DEPLOY: self.weco_deploy,
            AWS_CLI: lambda: self._loop(project, tag, and_wait=True),
        }[tool]()

    # --- one by one

    def ours(self, *arguments: str) -> list[str]:
        return [self.program(OURS, "release-tool"), *arguments, "--project_file=release-tool.yaml"]

    def _ecs_deploy(self, tag: str, *options: str) -> str:
        return " ".join((self.program(ECS_DEPLOY, "ecs"), "deploy", CLUSTER, "{}", "--tag", tag, *options))

    def weco_deploy(self) -> list[str]:
        """Always waits; looks every second instead of every ten."""
        program = [self.program(WECO_DEPLOY, "weco-deploy"), "--project-file", "weco-deploy.yaml", "--confirm"]
        options = ["--environment-id", ENVIRONMENT, "--description", "a release", "--from-label", "latest"]
        patience = ["--confirmation-wait-for", LONG_ENOUGH, "--confirmation-interval", "1"]
        return [*program, "release-deploy", *options, *patience]

    def _loop(self, project: Project, tag: str, *, and_wait: bool = False) -> list[str]:
        fields = ", ".join(f"{field}: {field}" for field in FIELDS)
        script = LOOP.format(services=" ".join(project.services), cluster=CLUSTER, fields=fields, tag=tag)
        for start in range(0, len(project.services) if and_wait else 0, 10):
            some = " ".join(project.services[start : start + 10])
            script += f"aws ecs wait services-stable --cluster {CLUSTER} --services {some}\n"
        return _shell(f"PATH={Path(self.program(AWS_CLI, 'aws')).parent}:$PATH\n{script}")


_PARTS = ("release_tool", "docs", "setup.py", "pyproject.toml", "README.md", "LICENSE")


def _shell(script: str) -> list[str]:
    return ["bash", "-c", script]


def _one_by_one(command: str, services: Sequence[str]) -> str:
    return "set -e\n" + "\n".join(command.replace("{}", service) for service in services)


def _at_once(command: str, services: Sequence[str]) -> str:
    return f"printf '%s\\n' {' '.join(services)} | xargs -P {AT_ONCE} -I {{}} {command}"


COMPLETING = {
    "_ECS_COMPLETE": "bash_complete",
    "COMP_WORDS": "ecs dep",
    "COMP_CWORD": "1",
    "COMP_LINE": "aws ecs describe-",
    "COMP_POINT": "17",
}
"""How ecs-deploy and the AWS CLI are asked to complete a word."""


def environ_of(project: Project, endpoint_url: str) -> dict[str, str]:
    return project.environ(endpoint_url) | {"AWS_PAGER": "", "PYTHONWARNINGS": "ignore", "PATH": os.environ["PATH"]}
