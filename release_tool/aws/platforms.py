"""What an image in ECR is built for: told by its index, or by the configuration of the one image that it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.request import urlopen

from botocore.exceptions import BotoCoreError, ClientError

from release_tool.aws.failures import DENIED, error_code, permission, translation
from release_tool.image import Image
from release_tool.parallel import in_parallel
from release_tool.ports import Built

# https://github.com/opencontainers/image-spec/blob/main/media-types.md, and Docker's own of the same.
MEDIA_TYPES = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
]
PATIENCE_SECONDS = 5
MOST_BYTES = 1_000_000
UNSAID = Built(unknown_because="the image's manifest does not say what it is built for")


def fetched(url: str) -> bytes:
    """A layer, from the address that ECR gives out for it."""
    if not url.startswith("https://"):
        raise ValueError("its address is not https")
    with urlopen(url, timeout=PATIENCE_SECONDS) as answer:
        return bytes(answer.read(MOST_BYTES))


class EcrPlatforms:
    """`client_of` gives an ECR client for a region; `fetch` what is at an address."""

    def __init__(self, client_of: Callable[[str], Any], fetch: Callable[[str], bytes] = fetched) -> None:
        self._client_of = client_of
        self._fetch = fetch

    def of(self, images: Sequence[Image]) -> dict[str, Built]:
        asked = [image for image in images if image.is_ecr]
        return {image.uri: built for image, built in zip(asked, in_parallel(self._built, asked), strict=True)}

    def _built(self, image: Image) -> Built:
        try:
            client = self._client_of(str(image.region))
            answer = client.batch_get_image(**_asked(image), acceptedMediaTypes=MEDIA_TYPES)
            found = answer.get("images") or [{}]
            return self._told_by(json.loads(found[0].get("imageManifest", "{}")), image, client)
        except ClientError as error:
            if error_code(error) in DENIED:
                return Built(unknown_because=f"{permission(error)} is not allowed")
            return Built(unknown_because=translation(error, "ask ECR for", image.repository).message)
        except BotoCoreError as error:
            return Built(unknown_because=translation(error, "ask ECR for", image.repository).message)
        except (OSError, ValueError) as error:
            return Built(unknown_because=f"the configuration of {image.uri} could not be read: {error}")

    def _told_by(self, manifest: Mapping[str, Any], image: Image, client: Any) -> Built:
        if "manifests" in manifest:
            return _platforms(entry.get("platform", {}) for entry in manifest["manifests"])
        digest = manifest.get("config", {}).get("digest")
        if digest is None:
            return UNSAID
        layer = client.get_download_url_for_layer(
            registryId=image.account, repositoryName=image.repository, layerDigest=digest
        )
        return _platforms([json.loads(self._fetch(layer["downloadUrl"]))])


def _asked(image: Image) -> dict[str, Any]:
    named = {"imageDigest": image.digest} if image.digest is not None else {"imageTag": image.tag or "latest"}
    return {"registryId": image.account, "repositoryName": image.repository, "imageIds": [named]}


def _platforms(said: Iterable[Mapping[str, Any]]) -> Built:
    """An index lists what was attested too, under a platform that is called unknown."""
    known = {f"{one['os']}/{one['architecture']}" for one in said if one.get("os") and one.get("architecture")}
    known = {platform for platform in known if "unknown" not in platform}
    return Built(tuple(sorted(known))) if known else UNSAID
