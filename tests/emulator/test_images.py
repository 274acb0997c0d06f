"""ECR's digests and tags."""

import hashlib
import json
from typing import Any

import pytest

from tests.emulator.account import Account, refused

REPOSITORY = "uk.ac.wellcome/bag_register"
KIND = "application/vnd.docker.distribution.manifest.v2+json"


def manifest(build: str) -> str:
    config = {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 1, "digest": f"sha256:{build}"}
    return json.dumps({"schemaVersion": 2, "mediaType": KIND, "config": config, "layers": []})


@pytest.fixture
def ecr(aws: Account) -> Any:
    client = aws.client("ecr")
    client.create_repository(repositoryName=REPOSITORY)
    return client


def push(ecr: Any, build: str, tag: str) -> str:
    made = ecr.put_image(repositoryName=REPOSITORY, imageManifest=manifest(build), imageTag=tag)
    return str(made["image"]["imageId"]["imageDigest"])


def tags_by_digest(ecr: Any) -> dict[str, list[str]]:
    details = ecr.describe_images(repositoryName=REPOSITORY)["imageDetails"]
    return {detail["imageDigest"]: detail.get("imageTags", []) for detail in details}


def test_a_digest_is_that_of_the_manifest(ecr: Any) -> None:
    assert push(ecr, "one", "v1") == f"sha256:{hashlib.sha256(manifest('one').encode()).hexdigest()}"


def test_an_image_whose_tag_moved_on_stays_untagged(ecr: Any) -> None:
    old = push(ecr, "one", "latest")

    new = push(ecr, "two", "latest")

    assert tags_by_digest(ecr) == {old: [], new: ["latest"]}


def test_an_image_keeps_its_other_tags_when_one_moves_on(ecr: Any) -> None:
    old = push(ecr, "one", "v1")
    push(ecr, "one", "latest")

    new = push(ecr, "two", "latest")

    assert tags_by_digest(ecr) == {old: ["v1"], new: ["latest"]}


def test_an_image_can_be_asked_for_by_a_digest_that_has_no_tag_any_more(ecr: Any) -> None:
    old = push(ecr, "one", "latest")
    push(ecr, "two", "latest")

    answer = ecr.batch_get_image(repositoryName=REPOSITORY, imageIds=[{"imageDigest": old}])

    assert [image["imageManifest"] for image in answer["images"]] == [manifest("one")]


def test_an_image_is_named_by_the_tag_that_it_was_asked_for_with(ecr: Any) -> None:
    push(ecr, "one", "v1")
    push(ecr, "one", "live")

    answer = ecr.batch_get_image(repositoryName=REPOSITORY, imageIds=[{"imageTag": "v1"}])

    assert [image["imageId"]["imageTag"] for image in answer["images"]] == ["v1"]


def test_an_immutable_tag_does_not_move(aws: Account, ecr: Any) -> None:
    ecr.put_image_tag_mutability(repositoryName=REPOSITORY, imageTagMutability="IMMUTABLE")
    push(ecr, "one", "v1")

    assert refused(lambda: push(ecr, "two", "v1"))[0] == "ImageTagAlreadyExistsException"
    assert refused(lambda: push(ecr, "one", "v1"))[0] == "ImageAlreadyExistsException"
