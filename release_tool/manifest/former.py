"""The forms and keys of other times, each with what stands for it today."""

from __future__ import annotations

from release_tool.manifest.findings import Place, shown
from release_tool.manifest.nodes import Entry, Mapping, Node, Scalar, Sequence

FILE_NAME = ".weco-project"

TF_STACK_ROOT = "tf_stack_root"
"""Of 2019; still taken, and does nothing."""

IMAGE_REPOSITORIES = "image_repositories"
RENAMED = {"region_name": "aws_region_name", "region": "aws_region_name"}

NAMES_TO_LOOK_AT = (
    "what stood beneath an image are `ecs_services` today: names of ECS services. Where they were values of the tag "
    "`deployment:service`, hold them against the names that ECS knows"
)

_REGION = "is called `aws_region_name` today"
_OF_THE_IMAGE = "is not read any more: account and repository are part of the image URI that is registered"

KEYS = {
    IMAGE_REPOSITORIES: (
        "`image_repositories` is not read any more: today each image is a service, "
        "`services: [{id: bag_replicator, ecs_services: [bag-replicator-primary, bag-replicator-glacier]}]`"
    ),
    "profile": "`profile` is not read any more: set AWS_PROFILE where the tool runs, or name a role by `role_arn`",
    "account_id": f"`account_id` {_OF_THE_IMAGE}",
    "namespace": f"`namespace` {_OF_THE_IMAGE}",
    "region_name": f"`region_name` {_REGION}",
    "region": f"`region` {_REGION}",
}

_OF_2019 = "is a form of 2019; today the file holds projects by id"


def form_of_another_time(node: Node) -> tuple[Place, str] | None:
    """Where the whole file has a form of another time: the place, and today's form."""
    if isinstance(node, Sequence):
        example = next((_id_within(item).text for item in node.items if isinstance(item, Mapping)), "storage")
        return node.place, f"a list of projects {_OF_2019}: `{shown(example)}: {{environments: […]}}`"
    if isinstance(node, Mapping) and _is_bare_project(node):
        above = shown(_id_within(node).text)
        return node.place, f"a project without its id above it {_OF_2019}: `{above}:` and the rest below"
    return None


def projects_of_another_time(node: Node) -> tuple[Entry, ...]:
    """The same projects as today's entries, so that what else is wrong about them is told at once."""
    bare = node.items if isinstance(node, Sequence) else (node,)
    return tuple(
        Entry(_id_within(project), Mapping(project.place, tuple(e for e in project.entries if e.key.text != "id")))
        for project in bare
        if isinstance(project, Mapping)
    )


def _is_bare_project(node: Mapping) -> bool:
    """Today each value is a project; here the id is text, or the environments are a list."""
    identity, environments = node.get("id"), node.get("environments")
    return (identity is not None and isinstance(identity.value, Scalar)) or (
        environments is not None and isinstance(environments.value, Sequence)
    )


def _id_within(node: Mapping) -> Scalar:
    identity = node.get("id")
    if identity is not None and isinstance(identity.value, Scalar) and not identity.value.is_nothing:
        return identity.value
    return Scalar(node.place, "storage")
