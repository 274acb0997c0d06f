"""ECR as it is: a digest is the manifest's, and an image whose tag moves on stays, untagged."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from release_tool.demo.emulated.seam import Action, Answer, Call, refusal


def put_image(call: Call) -> Answer:
    sent = call.sent
    repository = call.response.ecr_backend.repositories.get(sent["repositoryName"])
    if repository is not None:
        _take_tag_away(repository, sent)
    answer = call.moto()
    result: Any = answer.result
    result["image"]._image_digest = f"sha256:{sha256(sent['imageManifest'].encode()).hexdigest()}"
    return answer


def batch_get_image(call: Call) -> Answer:
    """moto names an image by its last tag, AWS by the tag that was asked for."""
    result: Any = call.moto().result
    asked = {image_id["imageTag"] for image_id in call.sent["imageIds"] if "imageTag" in image_id}
    images = [
        {
            "registryId": image.registry_id,
            "repositoryName": image.repository_name,
            "imageId": {"imageDigest": image.image_digest, "imageTag": _tag_asked_for(image, asked)},
            "imageManifest": image.image_manifest,
            "imageManifestMediaType": image.image_manifest_media_type,
        }
        for image in result["images"]
    ]
    return {"images": images, "failures": result["failures"]}


def describe_pull_through_cache_rules(call: Call) -> Answer:
    """There are none; moto does not know the question."""
    return {"pullThroughCacheRules": []}


ACTIONS: Mapping[str, Action] = {
    "put_image": put_image,
    "batch_get_image": batch_get_image,
    "describe_pull_through_cache_rules": describe_pull_through_cache_rules,
}


def _take_tag_away(repository: Any, sent: Mapping[str, Any]) -> None:
    """From the image that had it; moto would delete that image with it."""
    tag = sent.get("imageTag")
    for image in repository.images:
        if tag not in image.image_tags or image.image_manifest == sent["imageManifest"]:
            continue
        if repository.is_tag_immutable():
            raise refusal(
                "ImageTagAlreadyExistsException",
                f"The image tag '{tag}' already exists in the '{repository.name}' repository "
                "and cannot be overwritten because the tag is immutable.",
            )
        image.remove_tag(tag)
        if not image.image_tags:
            image.image_tag = None


def _tag_asked_for(image: Any, asked: set[str]) -> str | None:
    named: str | None = next((tag for tag in image.image_tags if tag in asked), image.image_tag)
    return named
