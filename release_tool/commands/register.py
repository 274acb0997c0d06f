"""Say which image was built for a service.

Usage:
  release-tool register <ecr_uri> <service> [--project=<name>] [--env=<name>] [options]

Options:
  --project=<name>        The project, where the manifest holds several.
  --env=<name>            Register it for an environment instead of as what was built last [default: latest].
  --project_file=<path>   Another manifest than .wellcome_project.
  --output=<form>         text or json [default: text].

Writes the image's URI to the SSM parameter /<project>/images/<label>/<service>, where `deploy` and Terraform
read it. An image that its ECR repository lacks is refused.

Example:
  release-tool register 760097843905.dkr.ecr.eu-west-1.amazonaws.com/uk.ac.wellcome/bag_register:4246187 bag_register
"""

from __future__ import annotations

from release_tool import documents
from release_tool.commands import Arguments, Context
from release_tool.errors import AskedWrongly, ExitCode, UnknownName
from release_tool.image import Image
from release_tool.model import LATEST, Environment, Found


def run(args: Arguments, context: Context) -> ExitCode:
    environment = _environment(args["--env"], context)
    label = LATEST if environment is None else environment.id
    service = _known(args["<service>"], environment, context)
    image = _worth_registering(args["<ecr_uri>"])
    found = context.asking.images.find([image])[image.uri]
    _refuse_what_is_missing(image, found)

    context.asking.parameters_of(environment).put(label, service, image.uri)

    parameter = f"/{context.project.id}/images/{label}/{service}"
    warnings = _warnings(image, found)
    for warning in warnings:
        context.console.note(f"warning: {warning}")
    context.console.say(f"Updated: {parameter}")
    context.console.document(documents.registered(context.project.id, label, service, image, parameter, warnings))
    return ExitCode.DONE


def _environment(label: str, context: Context) -> Environment | None:
    return None if label == LATEST else context.project.environment(label)


def _known(service: str, environment: Environment | None, context: Context) -> str:
    if context.project.services is None:
        return _possible_id(service)
    for known in context.project.services:
        if known.id == service:
            if environment is not None and not known.exists_in(environment):
                raise AskedWrongly(f"`{service}` does not exist in {environment.id}, by the manifest")
            return service
    raise UnknownName("service", service, (s.id for s in context.project.services))


def _possible_id(service: str) -> str:
    """https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html: a-zA-Z0-9_.-"""
    allowed = all(c.isascii() and (c.isalnum() or c in "_.-") for c in service)
    if not allowed or not service:
        raise AskedWrongly(
            f"`{service}` can't be a service: it would be a part of an SSM parameter's name",
            next="use letters, digits, `_`, `.` and `-`",
        )
    if service == "all":
        raise AskedWrongly("a service can't be called `all`: that means every service")
    return service


def _worth_registering(uri: str) -> Image:
    image = Image.parse(uri)
    if not image.has_tag_or_digest:
        raise AskedWrongly(f"`{uri}` has no tag and no digest, so it does not say which build it is",
                           next="name the build: <repository>:<tag>")  # fmt: skip
    return image


def _refuse_what_is_missing(image: Image, found: Found) -> None:
    if found.missing:
        raise AskedWrongly(
            f"there is no image {image.uri} in its repository; nothing was registered",
            next="push it first, or correct the URI",
        )


def _warnings(image: Image, found: Found) -> list[str]:
    warnings = []
    if found.unknown_because is not None:
        warnings.append(f"not checked whether {image.uri} exists: {found.unknown_because}")
    if image.moves_by_habit:
        warnings.append(f"the tag `{image.tag}` moves by habit: it does not say for good which build this is")
    return warnings
