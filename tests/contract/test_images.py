"""ECR on the emulator: what is there, what is missing, what nobody can tell."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from release_tool.aws.images import EcrImages
from release_tool.demo.emulator import emulated_aws
from release_tool.image import Image

REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
KIND = "application/vnd.docker.distribution.manifest.v2+json"


def manifest(build: str) -> str:
    config = {"mediaType": f"{KIND}.config", "size": 1, "digest": f"sha256:{build:0>64}"}
    return json.dumps({"schemaVersion": 2, "mediaType": KIND, "config": config, "layers": []})


def an_image(name: str) -> Image:
    return Image.parse(f"{REGISTRY}/{name}")


@pytest.fixture
def ecr() -> Iterator[Any]:
    """A repository `web` with the builds 1 and 2."""
    with emulated_aws():
        client = boto3.client("ecr")
        client.create_repository(repositoryName="web")
        for build in ("1", "2"):
            client.put_image(repositoryName="web", imageManifest=manifest(build), imageTag=build)
        yield client


@pytest.fixture
def images(ecr: Any) -> EcrImages:
    return EcrImages(lambda region: ecr)


def test_an_image_is_found_with_its_digest(images: EcrImages) -> None:
    one, two = an_image("web:1"), an_image("web:2")

    found = images.find([one, two])

    assert str(found[one.uri].digest).startswith("sha256:")
    assert found[one.uri].digest != found[two.uri].digest


def test_a_missing_tag_does_not_hide_the_others(images: EcrImages) -> None:
    found = images.find([an_image("web:1"), an_image("web:3")])

    assert found[an_image("web:1").uri].digest is not None
    assert found[an_image("web:3").uri].missing


def test_an_image_of_a_repository_that_is_not_there_is_missing(images: EcrImages) -> None:
    assert images.find([an_image("ghost:1")])[an_image("ghost:1").uri].missing


def test_a_digest_is_found_whatever_its_tags(images: EcrImages) -> None:
    digest = images.find([an_image("web:1")])[an_image("web:1").uri].digest

    pinned = an_image(f"web@{digest}")

    assert images.find([pinned])[pinned.uri].digest == digest


def test_a_moved_tag_has_another_digest(ecr: Any, images: EcrImages) -> None:
    before = images.find([an_image("web:1")])[an_image("web:1").uri].digest
    ecr.put_image(repositoryName="web", imageManifest=manifest("3"), imageTag="1")

    assert images.find([an_image("web:1")])[an_image("web:1").uri].digest != before


def test_other_registries_are_not_asked(images: EcrImages) -> None:
    elsewhere = Image.parse("ghcr.io/example/web:1")

    assert images.find([elsewhere])[elsewhere.uri].unknown_because == "it is not in ECR, so nobody was asked"


class Denying:
    """An ECR client in whose hands only pulling is allowed."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def describe_images(self, **_: Any) -> Any:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "DescribeImages")


def test_where_only_pulling_is_allowed_images_are_told_all_the_same(ecr: Any) -> None:
    found = EcrImages(lambda region: Denying(ecr)).find([an_image("web:1"), an_image("web:3")])

    assert found[an_image("web:1").uri].digest is not None
    assert found[an_image("web:3").uri].missing


class DenyingAll(Denying):
    def batch_get_image(self, **_: Any) -> Any:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "BatchGetImage")


def test_where_nothing_is_allowed_nobody_can_tell(ecr: Any) -> None:
    found = EcrImages(lambda region: DenyingAll(ecr)).find([an_image("web:1")])[an_image("web:1").uri]

    assert not found.missing
    assert "not permitted" in str(found.unknown_because)


def test_a_pull_through_cache_may_still_fetch_what_is_missing(ecr: Any) -> None:
    class Caching(Denying):
        def describe_images(self, **arguments: Any) -> Any:
            return self._client.describe_images(**arguments)

        def describe_pull_through_cache_rules(self, **_: Any) -> Any:
            return {"pullThroughCacheRules": [{"ecrRepositoryPrefix": "docker-hub"}]}

    cached = an_image("docker-hub/library/nginx:1")

    found = EcrImages(lambda region: Caching(ecr)).find([cached, an_image("web:3")])

    assert "pull-through cache" in str(found[cached.uri].unknown_because)
    assert found[an_image("web:3").uri].missing
