"""The sample project of the demo: a folder with a manifest and a Git repository, and what it runs on the emulator."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

REGION = "eu-west-1"
ACCOUNT = "123456789012"
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"

MANIFEST = """\
# The sample project of release-tool's demo.
storage:
  name: Storage service
  aws_region_name: eu-west-1
  environments:
    - id: stage
      name: Staging
    - id: prod
      name: Production
      production: true
  services:
    - id: bag_register
    - id: bag_replicator
      ecs_services: [bag-replicator-primary, bag-replicator-glacier]
    - id: bags_api
  service_sets:
    - id: bags
      name: Everything that handles bags
      services: [bag_register, bag_replicator]
"""

SERVICES = {
    "bag_register": ("bag_register",),
    "bag_replicator": ("bag-replicator-primary", "bag-replicator-glacier"),
    "bags_api": ("bags_api",),
}
"""Each service's ECS services, as the manifest has them."""

COMMITS = (
    ("Ann Example", "Register bags by their checksum"),
    ("Bob Beardly", "Replicate to Glacier as well"),
    ("Ann Example", "Answer with 404 for a bag that was never stored"),
    ("Cyd Sample", "Retry a replication that was cut off"),
    ("Bob Beardly", "Read the manifest only once"),
    ("Ann Example", "Keep connections to the database open"),
)
LONG_AGO = datetime(2026, 11, 1, 10, tzinfo=timezone.utc)
BETWEEN_COMMITS = timedelta(days=1)
BAD = "crash"
"""What a tag says of an image whose containers exit at once."""


@dataclass(frozen=True, slots=True)
class Sample:
    """`hashes` are the release hashes of the builds, oldest first."""

    folder: Path
    hashes: tuple[str, ...]

    def image(self, service: str, release_hash: str) -> str:
        return image_of(service, release_hash)


def image_of(service: str, release_hash: str) -> str:
    return f"{REGISTRY}/uk.ac.wellcome/{service}:{release_hash}"


def environ_for(endpoint_url: str, environ: Mapping[str, str]) -> dict[str, str]:
    """An environment in which no AWS credentials or settings of anybody's can be read, let alone used."""
    kept = {name: value for name, value in environ.items() if not name.startswith("AWS_")}
    return kept | {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": "demo",
        "AWS_SECRET_ACCESS_KEY": "demo",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def make_sample(folder: Path, endpoint_url: str, *, first_commit_at: datetime = LONG_AGO) -> Sample:
    """Write the project and start what it runs; everything runs the oldest build then."""
    (folder / ".wellcome_project").write_text(MANIFEST, encoding="utf-8")
    hashes = _make_repository(folder, first_commit_at) or tuple(
        f"{n}{n}{n}{n}{n}{n}{n}" for n in range(1, len(COMMITS) + 1)
    )
    sample = Sample(folder, hashes)
    client = _clients(endpoint_url)
    _push_images(sample, client("ecr"))
    for environment in ("stage", "prod"):
        _start_services(sample, environment, client("ecs"))
    return sample


def _make_repository(folder: Path, first_commit_at: datetime) -> tuple[str, ...] | None:
    """The commits' abbreviated hashes, oldest first; None without Git. The same dates make the same hashes."""
    if shutil.which("git") is None:
        return None
    environ = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}

    def git(*arguments: str, **more: str) -> str:
        done = subprocess.run(
            ("git", *arguments), cwd=folder, env=environ | more, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    git("init", "--quiet", "--initial-branch=main")
    git("config", "user.name", "Ann Example")
    git("config", "user.email", "ann@example.org")
    git("add", ".wellcome_project")
    hashes = []
    for number, (author, subject) in enumerate(COMMITS):
        at = (first_commit_at + number * BETWEEN_COMMITS).isoformat(timespec="seconds")
        email = f"{author.split()[0].lower()}@example.org"
        people = {
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", author), ("EMAIL", email), ("DATE", at))
        }
        git("commit", "--quiet", "--allow-empty", f"--message={subject}", **people)
        hashes.append(git("rev-parse", "--short=7", "HEAD"))
    return tuple(hashes)


def _clients(endpoint_url: str) -> Any:
    from botocore.session import get_session

    session = get_session()
    session.set_credentials("demo", "demo")
    return lambda service: session.create_client(service, region_name=REGION, endpoint_url=endpoint_url)


def _push_images(sample: Sample, ecr: Any) -> None:
    for service in SERVICES:
        ecr.create_repository(repositoryName=f"uk.ac.wellcome/{service}")
        for tag in (*sample.hashes, f"{sample.hashes[-1]}-{BAD}"):
            ecr.put_image(
                repositoryName=f"uk.ac.wellcome/{service}",
                imageManifest=json.dumps(_image_manifest(f"{service} built from {tag}")),
                imageTag=tag,
            )


def _image_manifest(build: str) -> dict[str, Any]:
    """An index of images for two processors, as a multi-platform build pushes it; its digest differs with the build.

    https://github.com/opencontainers/image-spec/blob/main/image-index.md
    """
    kind = "application/vnd.oci.image.manifest.v1+json"
    images = [
        {
            "mediaType": kind,
            "digest": f"sha256:{hashlib.sha256(f'{build} for {processor}'.encode()).hexdigest()}",
            "size": len(build),
            "platform": {"os": "linux", "architecture": processor},
        }
        for processor in ("amd64", "arm64")
    ]
    return {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": images}


def _start_services(sample: Sample, environment: str, ecs: Any) -> None:
    cluster = f"storage-{environment}"
    ecs.create_cluster(clusterName=cluster)
    for service, names in SERVICES.items():
        for name in names:
            family = f"{cluster}-{name}"
            ecs.register_task_definition(**_definition(family, sample.image(service, sample.hashes[0])))
            ecs.create_service(
                cluster=cluster,
                serviceName=name,
                taskDefinition=family,
                desiredCount=2,
                launchType="FARGATE",
                deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
            )


def _definition(family: str, image: str) -> dict[str, Any]:
    """The service's own container, and a sidecar that no deployment touches."""
    logs = {"logDriver": "awslogs", "options": {"awslogs-group": f"/ecs/{family}", "awslogs-region": REGION}}
    return {
        "family": family,
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "containerDefinitions": [
            {"name": "app", "image": image, "essential": True, "logConfiguration": logs},
            {
                "name": "log_router",
                "image": "public.ecr.aws/aws-observability/aws-for-fluent-bit:stable",
                "essential": False,
                "firelensConfiguration": {"type": "fluentbit"},
            },
        ],
        "tags": [{"key": "managed-by", "value": "terraform"}],
    }
