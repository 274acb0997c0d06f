"""Image references: which registry, which repository, which build.

The grammar is that of the distribution project (https://github.com/distribution/reference), which ECS and
Docker share: `[registry/]repository[:tag][@digest]`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from release_tool.errors import AskedWrongly

DOCKER_HUB = "docker.io"
"""The registry where none is written."""

_DOCKER_HUB_NAMES = frozenset({DOCKER_HUB, "index.docker.io", "registry-1.docker.io"})

_HABITS = frozenset(
    {
        "latest", "main", "master", "trunk", "head", "develop", "development", "dev", "test", "staging", "stage",
        "production", "prod", "stable", "edge", "nightly", "current", "next", "release",
    }
)  # fmt: skip

_PREFIX = "ref."
_FULL_COMMIT = re.compile(r"[0-9a-fA-F]{40}")
_COMMIT = re.compile(r"[0-9a-fA-F]{7,40}")

_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_REGISTRY = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?")
_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_REPOSITORY_LENGTH = 255
_TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}")
_DIGEST = re.compile(r"sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}")

# https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-requests.html: the second form is the dual-stack one.
_ECR = re.compile(
    r"(?P<account>[0-9]{12})\."
    r"(?:dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.(?P<suffix>amazonaws\.com(?:\.cn)?|amazonaws\.eu)"
    r"|dkr-ecr(?:-fips)?\.(?P<dual_region>[a-z0-9-]+)\.(?P<dual_suffix>on\.aws|on\.amazonwebservices\.com\.cn))"
)
_PARTITIONS = {
    "cn-": ("aws-cn", ("amazonaws.com.cn", "on.amazonwebservices.com.cn")),
    "us-gov-": ("aws-us-gov", ("amazonaws.com", "on.aws")),
    "eusc-": ("aws-eusc", ("amazonaws.eu",)),
    "": ("aws", ("amazonaws.com", "on.aws")),
}
"""How a region's id begins, its partition, and the domains that ECR has there. The first match holds."""


@dataclass(frozen=True, slots=True)
class Image:
    """`registry` and `repository` are as written, but for `docker.io` where no registry is; `uri` is exactly what
    was given, and what SSM and ECS are given in turn."""

    registry: str
    repository: str
    tag: str | None
    digest: str | None
    uri: str

    @classmethod
    def parse(cls, uri: str) -> Image:
        """Raise `AskedWrongly`, saying which part is wrong, for what is no image reference."""
        _refuse_what_is_no_reference_at_all(uri)
        rest, at, digest = uri.partition("@")
        rest, colon, tag = _split_tag(rest)
        registry, repository = _split_registry(rest)
        _check_registry(registry, uri)
        _check_repository(repository, uri)
        if colon:
            _check_tag(tag, uri)
        if at:
            _check_digest(digest, uri)
        return cls(registry, repository, tag if colon else None, digest if at else None, uri)

    def __str__(self) -> str:
        return self.uri

    @property
    def has_tag_or_digest(self) -> bool:
        return self.tag is not None or self.is_pinned

    @property
    def is_pinned(self) -> bool:
        """A digest names one image for ever; a tag can be moved."""
        return self.digest is not None

    @property
    def moves_by_habit(self) -> bool:
        """Whether people are in the habit of moving the tag, so that it says little about what will run."""
        return not self.is_pinned and (self.tag is None or self.tag.lower() in _HABITS)

    @property
    def release_hash(self) -> str:
        """What is shown of the build: never empty, and never longer than it has to be.

        An image with neither tag nor digest is `latest`, for that is what every registry takes it for.
        """
        if self.tag is not None:
            return short_hash(_without_prefix(self.tag))
        if self.digest is not None:
            algorithm, _, value = self.digest.partition(":")
            return f"{algorithm}:{value[:12]}"
        return "latest"

    @property
    def commit(self) -> str | None:
        """The tag, where it can be a Git commit, whole or abbreviated; only Git knows whether it is one."""
        if self.tag is None:
            return None
        value = _without_prefix(self.tag)
        return value.lower() if _COMMIT.fullmatch(value) else None

    @property
    def is_ecr(self) -> bool:
        """A private ECR registry; `public.ecr.aws` is none."""
        return self._ecr is not None

    @property
    def account(self) -> str | None:
        return None if self._ecr is None else self._ecr[0]

    @property
    def region(self) -> str | None:
        return None if self._ecr is None else self._ecr[1]

    @property
    def partition(self) -> str | None:
        return None if self._ecr is None else self._ecr[2]

    @property
    def _ecr(self) -> tuple[str, str, str] | None:
        return _ecr_registry(self.registry)


def same_repository(one: Image, other: Image) -> bool:
    """Whether two images are builds of the same thing.

    Each environment may have its own copy of a repository, in an account and a region of its own: between two
    ECR registries both may differ. Any other two registries must be the same host.
    """
    if one.is_ecr and other.is_ecr:
        return one.repository == other.repository
    return _canonical_name(one) == _canonical_name(other)


def _canonical_name(image: Image) -> tuple[str, str]:
    """On Docker Hub `nginx` and `library/nginx` are one repository."""
    registry = image.registry.lower()
    if registry not in _DOCKER_HUB_NAMES:
        return registry, image.repository
    return DOCKER_HUB, image.repository if "/" in image.repository else f"library/{image.repository}"


def short_hash(release_hash: str) -> str:
    """A whole Git commit cut to seven digits; anything else as it is."""
    return release_hash[:7] if _FULL_COMMIT.fullmatch(release_hash) else release_hash


def _without_prefix(tag: str) -> str:
    return tag.removeprefix(_PREFIX) or tag


def _ecr_registry(host: str) -> tuple[str, str, str] | None:
    """Account, region and partition."""
    match = _ECR.fullmatch(host.lower())
    if match is None:
        return None
    region = match["region"] or match["dual_region"]
    partition, suffixes = next(found for begin, found in _PARTITIONS.items() if region.startswith(begin))
    suffix = match["suffix"] or match["dual_suffix"]
    return (match["account"], region, partition) if suffix in suffixes else None


def _split_tag(name: str) -> tuple[str, str, str]:
    """A colon before the last slash belongs to a port."""
    path, slash, last = name.rpartition("/")
    last, colon, tag = last.partition(":")
    return f"{path}{slash}{last}", colon, tag


def _split_registry(name: str) -> tuple[str, str]:
    """The first component is a registry only where it could not be a part of Docker Hub's names."""
    first, slash, rest = name.partition("/")
    if slash and (first == "localhost" or "." in first or ":" in first):
        return first, rest
    return DOCKER_HUB, name


def _refuse_what_is_no_reference_at_all(uri: str) -> None:
    if not uri.strip():
        raise AskedWrongly("no image was given", next=f"an image is written as {_EXAMPLE}")
    if any(character.isspace() or not character.isprintable() for character in uri):
        raise _wrong(uri, "has a space or a character in it that can't be seen")
    scheme, found, rest = uri.partition("://")
    if found:
        raise _wrong(uri, f"begins with {_quoted(scheme + found)}; write {_quoted(rest)}")


def _check_registry(registry: str, uri: str) -> None:
    if not _REGISTRY.fullmatch(registry):
        raise _wrong(uri, f"has the registry {_quoted(registry)}, which is no host name")


def _check_repository(repository: str, uri: str) -> None:
    if not repository:
        raise _wrong(uri, "names no repository")
    if repository != repository.lower():
        raise _wrong(uri, f"has capital letters in its repository; write {_quoted(repository.lower())}")
    if not _REPOSITORY.fullmatch(repository):
        raise _wrong(
            uri,
            f"has the repository {_quoted(repository)}: its parts, between slashes, are of a-z and 0-9, "
            "with single `.`, one or two `_`, or any number of `-` between them",
        )
    if len(repository) > _REPOSITORY_LENGTH:
        raise _wrong(uri, f"has a repository of {len(repository)} characters; {_REPOSITORY_LENGTH} is the most")


def _check_tag(tag: str, uri: str) -> None:
    if not tag:
        raise _wrong(uri, "has a colon and no tag after it")
    if not _TAG.fullmatch(tag):
        raise _wrong(
            uri,
            f"has the tag {_quoted(tag)}: a tag is at most 128 of a-z, A-Z, 0-9, `_`, `.` and `-`, "
            "and begins with none of the last two",
        )


def _check_digest(digest: str, uri: str) -> None:
    if not _DIGEST.fullmatch(digest):
        raise _wrong(uri, f"has the digest {_quoted(digest)}: a digest is `sha256:` and 64 of 0-9 and a-f")


_EXAMPLE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/my_service:4246187"


def _wrong(uri: str, what: str) -> AskedWrongly:
    return AskedWrongly(f"the image {_quoted(uri)} {what}", next=f"an image is written as {_EXAMPLE}")


def _quoted(text: str) -> str:
    """Fit for a terminal, whatever is in it: as Python would spell it, and not too long."""
    spelled = repr(text)[1:-1]
    return f"`{spelled}`" if len(spelled) <= 200 else f"`{spelled[:199]}…`"
