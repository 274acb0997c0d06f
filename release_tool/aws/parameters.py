"""The intent: SSM parameters `/<project>/images/<label>/<service>` whose value is an image URI."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from release_tool.aws.failures import error_code, translated
from release_tool.aws.pace import Paces
from release_tool.errors import AskedWrongly, CouldNot
from release_tool.parallel import chunks, in_parallel

# GetParameters takes ten names: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
NAMES_A_CALL = 10


def parameter_name(project: str, label: str, service: str) -> str:
    return f"/{project}/images/{label}/{service}"


class SsmParameters:
    """The image parameters of one project, in one account and region."""

    def __init__(self, client: Any, project: str, paces: Paces) -> None:
        self._ssm = client
        self._project = project
        self._paces = paces

    def images(self, label: str, services: Sequence[str]) -> dict[str, str]:
        names = {parameter_name(self._project, label, service): service for service in services}
        answers = in_parallel(self._get, chunks(list(names), NAMES_A_CALL))
        return {names[p["Name"]]: p["Value"] for answer in answers for p in answer}

    def _get(self, names: Sequence[str]) -> list[dict[str, Any]]:
        with translated("read the parameters", f"{names[0]} …" if len(names) > 1 else names[0]):
            answer = self._paces.of("GetParameters").call(self._ssm.get_parameters, Names=list(names))
            return list(answer["Parameters"])

    def registered(self, label: str) -> dict[str, str]:
        return self._under(f"/{self._project}/images/{label}").get(label, {})

    def labels(self) -> dict[str, dict[str, str]]:
        return self._under(f"/{self._project}/images")

    def _under(self, path: str) -> dict[str, dict[str, str]]:
        labels: dict[str, dict[str, str]] = {}
        with translated("list the parameters under", path):
            pages = self._ssm.get_paginator("get_parameters_by_path").paginate(Path=path, Recursive=True)
            for parameter in (parameter for page in pages for parameter in page["Parameters"]):
                _, _, _, label, *service = parameter["Name"].split("/")
                # Something deeper, or no service at all, is somebody else's parameter.
                if len(service) == 1:
                    labels.setdefault(label, {})[service[0]] = parameter["Value"]
        return labels

    def put(self, label: str, service: str, uri: str) -> None:
        """Only these four members are sent, so that tags, tier and description stay as they are."""
        name = parameter_name(self._project, label, service)
        with translated("write the parameter", name):
            try:
                put = self._paces.of("PutParameter").call
                put(self._ssm.put_parameter, Name=name, Value=uri, Type="String", Overwrite=True)
            except ClientError as error:
                raise _refusal(error, name) or error from error


def _refusal(error: ClientError, name: str) -> CouldNot | AskedWrongly | None:
    code = error_code(error)
    if code in ("HierarchyTypeMismatch", "HierarchyTypeMismatchException"):
        return CouldNot(f"the parameter {name} is not of type String", next="make it a String: Terraform reads it so")
    if code == "ParameterPatternMismatchException":
        return CouldNot(f"the parameter {name} has an allowed pattern that this image does not match")
    return None
