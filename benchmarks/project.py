"""A project of so many services, its images, and its Git repository, as every tool finds it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from release_tool.aws.clock import AwsClock
from release_tool.aws.ledger import DynamoLedger
from release_tool.demo.sample import REGION, REGISTRY, environ_for

PROJECT, ENVIRONMENT = "shop", "stage"
CLUSTER = f"{PROJECT}-{ENVIRONMENT}"
NAMESPACE = "uk.ac.wellcome"
"""weco-deploy knows no other."""


@dataclass(frozen=True, slots=True)
class Project:
    """`builds` are the tags of the two builds that deployments go back and forth between."""

    services: tuple[str, ...]
    folder: Path
    endpoint_url: str
    builds: tuple[str, ...]
    tag_moves: bool

    def image(self, service: str, tag: str) -> str:
        return f"{REGISTRY}/{NAMESPACE}/{service}:{tag}"

    def environ(self, endpoint_url: str | None = None) -> dict[str, str]:
        return environ_for(endpoint_url or self.endpoint_url, os.environ) | {
            "HOME": str(self.folder),
            "GIT_CONFIG_SYSTEM": str(self.folder / "gitconfig"),
        }

    def client(self, service: str) -> Any:
        session = boto3.Session(aws_access_key_id="demo", aws_secret_access_key="demo", region_name=REGION)
        return session.client(service, endpoint_url=self.endpoint_url)  # type: ignore[call-overload]

    def build(self, tag: str) -> None:
        """As CI would leave it: in the parameters that release-tool reads, and under the tag that weco-deploy reads."""
        ssm, ecr = self.client("ssm"), self.client("ecr")
        for service in self.services:
            name = f"/{PROJECT}/images/latest/{service}"
            ssm.put_parameter(Name=name, Value=self.image(service, tag), Type="String", Overwrite=True)
            if self.tag_moves:
                _push(ecr, service, tag, "latest")


def make_project(folder: Path, endpoint_url: str, count: int, *, tag_moves: bool) -> Project:
    """With `tag_moves` its task definitions name the tag `env.<environment>`, as weco-deploy wants it."""
    project = Project(_names(count), folder, endpoint_url, _make_repository(folder), tag_moves)
    for name, text in (
        ("release-tool.yaml", _manifest(project.services)),
        ("weco-deploy.yaml", _weco_manifest(project)),
    ):
        (folder / name).write_text(text, encoding="utf-8")
    _make_services(project)
    DynamoLedger(project.client("dynamodb"), "release-tool", AwsClock()).make_table()
    return project


def make_manifest(folder: Path, count: int) -> None:
    """All that is needed where AWS is not asked."""
    (folder / ".wellcome_project").write_text(_manifest(_names(count)), encoding="utf-8")


def _names(count: int) -> tuple[str, ...]:
    return tuple(f"service-{number:03d}" for number in range(1, count + 1))


def _make_repository(folder: Path) -> tuple[str, ...]:
    def git(*arguments: str) -> str:
        done = subprocess.run(("git", *arguments), cwd=folder, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    git("init", "--quiet", "--initial-branch=main")
    git("config", "user.name", "Ann Example")
    git("config", "user.email", "ann@example.org")
    tags = []
    for number in range(6):
        git("commit", "--quiet", "--allow-empty", f"--message=Change number {number}")
        tags.append(f"ref.{git('rev-parse', 'HEAD')}")
    return tags[0], tags[-1]


def _manifest(names: tuple[str, ...]) -> str:
    services = "".join(f"    - id: {service}\n" for service in names)
    environments = f"    - id: {ENVIRONMENT}\n      name: Staging\n"
    return f"{PROJECT}:\n  name: Shop\n  environments:\n{environments}  services:\n{services}"


def _weco_manifest(project: Project) -> str:
    repositories = "".join(f"    - id: {name}\n      services: [{{id: {name}}}]\n" for name in project.services)
    environments = f"    - id: {ENVIRONMENT}\n      name: Staging\n"
    role = "arn:aws:iam::123456789012:role/deployer"
    return (
        f"{PROJECT}:\n  name: Shop\n  role_arn: {role}\n"
        f"  environments:\n{environments}  image_repositories:\n{repositories}"
    )


def _make_services(project: Project) -> None:
    ecs, ecr, ssm = project.client("ecs"), project.client("ecr"), project.client("ssm")
    ecs.create_cluster(clusterName=CLUSTER)
    for service in project.services:
        ecr.create_repository(repositoryName=f"{NAMESPACE}/{service}")
        for build in project.builds:
            _push(ecr, service, build, build)
        _push(ecr, service, project.builds[0], f"env.{ENVIRONMENT}")
        runs = project.image(service, f"env.{ENVIRONMENT}" if project.tag_moves else project.builds[0])
        ssm.put_parameter(Name=f"/{PROJECT}/images/{ENVIRONMENT}/{service}", Value=runs, Type="String")
        definition = ecs.register_task_definition(**_definition(service, runs))["taskDefinition"]
        ecs.create_service(
            cluster=CLUSTER,
            serviceName=service,
            taskDefinition=definition["taskDefinitionArn"],
            desiredCount=2,
            launchType="FARGATE",
            deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
            tags=[
                {"key": "deployment:service", "value": service},
                {"key": "deployment:env", "value": ENVIRONMENT},
            ],
        )
    project.build(project.builds[0])


def _push(ecr: Any, service: str, build: str, tag: str) -> None:
    digest = f"sha256:{hashlib.sha256(f'{service} {build}'.encode()).hexdigest()}"
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    config = {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 1, "digest": digest}
    manifest = {"schemaVersion": 2, "mediaType": kind, "config": config, "layers": []}
    ecr.put_image(repositoryName=f"{NAMESPACE}/{service}", imageManifest=json.dumps(manifest), imageTag=tag)


def _definition(service: str, image: str) -> dict[str, Any]:
    logs = {"awslogs-group": f"/ecs/{service}", "awslogs-region": REGION, "awslogs-stream-prefix": "ecs"}
    return {
        "family": f"{CLUSTER}-{service}",
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "containerDefinitions": [
            {
                "name": "app",
                "image": image,
                "essential": True,
                "environment": [{"name": "LOG_LEVEL", "value": "info"}],
                "logConfiguration": {"logDriver": "awslogs", "options": logs},
            }
        ],
    }
