"""Build artifacts in ECR: does an image exist, and which digest has it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from release_tool.aws.failures import DENIED, error_code, translation
from release_tool.image import Image
from release_tool.model import Found
from release_tool.parallel import chunks, in_parallel

# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html: 100 image ids a call.
IDS_A_CALL = 100
NOT_ECR = Found(unknown_because="it is not in ECR, so nobody was asked")
CACHED = Found(unknown_because="its repository is a pull-through cache, which fetches an image when it is first pulled")


class EcrImages:
    """`client_of` gives an ECR client for a region, in whichever hands this project asks for its images."""

    def __init__(self, client_of: Callable[[str], Any]) -> None:
        self._client_of = client_of

    def find(self, images: Sequence[Image]) -> dict[str, Found]:
        batches = [batch for images_of_one in _by_repository(images) for batch in chunks(images_of_one, IDS_A_CALL)]
        found = {image.uri: NOT_ECR for image in images if not image.is_ecr}
        for answer in in_parallel(self._ask, batches):
            found.update(answer)
        missing = [image for image in images if found[image.uri].missing]
        return found | {image.uri: CACHED for image in missing if self._may_be_fetched(image)}

    def _may_be_fetched(self, image: Image) -> bool:
        """Whether its repository is a pull-through cache: then an image comes when it is first pulled."""
        try:
            answer = self._client_of(str(image.region)).describe_pull_through_cache_rules(registryId=image.account)
        except (ClientError, BotoCoreError):
            return False
        prefixes = [rule["ecrRepositoryPrefix"] for rule in answer.get("pullThroughCacheRules", ())]
        return any(prefix == "ROOT" or image.repository.startswith(f"{prefix}/") for prefix in prefixes)

    def _ask(self, images: Sequence[Image]) -> dict[str, Found]:
        client = self._client_of(str(images[0].region))
        try:
            return self._described(client, images)
        except ClientError as error:
            if error_code(error) in DENIED:
                return self._fetched(client, images)
            return _of_error(error, images)
        except BotoCoreError as error:
            return _of_error(error, images)

    def _described(self, client: Any, images: Sequence[Image]) -> dict[str, Found]:
        """DescribeImages fails as a whole where one image is missing; then each is asked for by itself."""
        try:
            answer = client.describe_images(**_of_repository(images), imageIds=[_id(i) for i in images])
        except ClientError as error:
            if error_code(error) != "ImageNotFoundException":
                raise
            if len(images) == 1:
                return {images[0].uri: Found(missing=True)}
            return {uri: found for image in images for uri, found in self._described(client, [image]).items()}
        return {image.uri: _match(image, answer["imageDetails"]) for image in images}

    def _fetched(self, client: Any, images: Sequence[Image]) -> dict[str, Found]:
        """Where only pulling is allowed, BatchGetImage tells the same."""
        try:
            answer = client.batch_get_image(**_of_repository(images), imageIds=[_id(i) for i in images])
        except (ClientError, BotoCoreError) as error:
            return _of_error(error, images)
        return {image.uri: _match_fetched(image, answer) for image in images}


def _by_repository(images: Iterable[Image]) -> list[list[Image]]:
    groups: dict[tuple[str, str], dict[str, Image]] = {}
    for image in images:
        if image.is_ecr:
            groups.setdefault((image.registry, image.repository), {})[image.uri] = image
    return [list(group.values()) for group in groups.values()]


def _of_repository(images: Sequence[Image]) -> dict[str, Any]:
    return {"registryId": images[0].account, "repositoryName": images[0].repository}


def _id(image: Image) -> dict[str, str]:
    """Tag and digest together: the digest is what a registry resolves."""
    if image.digest is not None:
        return {"imageDigest": image.digest}
    return {"imageTag": image.tag or "latest"}


def _match(image: Image, details: Iterable[dict[str, Any]]) -> Found:
    for detail in details:
        if image.digest is not None and detail["imageDigest"] == image.digest:
            return Found(digest=image.digest)
        if image.digest is None and (image.tag or "latest") in detail.get("imageTags", ()):
            return Found(digest=detail["imageDigest"])
    return Found(missing=True)


def _match_fetched(image: Image, answer: dict[str, Any]) -> Found:
    wanted = _id(image)
    for got in answer.get("images", ()):
        if all(got["imageId"].get(key) == value for key, value in wanted.items()):
            return Found(digest=got["imageId"].get("imageDigest"))
    for failure in answer.get("failures", ()):
        if all(failure.get("imageId", {}).get(key) == value for key, value in wanted.items()):
            return Found(missing=True)
    return Found(unknown_because="ECR gave no answer for it")


def _of_error(error: Exception, images: Sequence[Image]) -> dict[str, Found]:
    if isinstance(error, ClientError) and error_code(error) == "RepositoryNotFoundException":
        return {image.uri: Found(missing=True) for image in images}
    why = translation(error, "ask ECR for", images[0].repository).message
    return {image.uri: Found(unknown_because=why) for image in images}
