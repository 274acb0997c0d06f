"""The description of `/api/v1`, as OpenAPI 3.1: written beside the answers that it describes, and held against them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from release_tool.dashboard.metrics import WINDOWS
from release_tool.dashboard.releases import PRESENCES
from release_tool.model import Kind, Word

Schema = dict[str, Any]

SHIPPED = Path(__file__).parents[1] / "schemas"
"""The schemas of `--output=json`: what both answer is described once."""

WORDS = [str(word) for word in Word]
KINDS = [str(kind) for kind in Kind]
TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
TIME: Schema = {"type": "string", "format": "date-time"}
WORD: Schema = {"type": "string", "enum": WORDS}


def document() -> Schema:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "release-tool dashboard",
            "version": "1",
            "description": (
                "What is deployed where, by whom and why. Read-only. The same names as `--output=json` has. "
                "Times are ISO 8601 in UTC; null is what isn't known. Answers carry an ETag; ask again with "
                "If-None-Match. Lists are newest first, and go on with `before`."
            ),
        },
        "paths": {path: _with_path_parameters(path, item) for path, item in _paths().items()},
        "components": {"schemas": _schemas(), "responses": _responses(), "securitySchemes": _security()},
        "security": [{}, {"token": []}],
    }


def _paths() -> Schema:
    project = "/api/v1/projects/{project}"
    return {
        "/api/v1/projects": _get("The projects, and how fresh their data is", "Projects"),
        f"{project}/matrix": _get(
            "Every service in every environment, now or at a time", "Matrix", [_query("at", TEXT)]
        ),
        f"{project}/deployments": _get("Deployment sets", "Deployments", _DEPLOYMENT_FILTERS),
        f"{project}/deployments/{{which}}": _get(
            "A deployment set, by number or the beginning of its id", "Deployment"
        ),
        f"{project}/releases": _get(
            "Release sets, by where they are, were, or never came to be", "Releases", _RELEASE_FILTERS
        ),
        f"{project}/releases/{{which}}": _get(
            "A release set, by number or the beginning of its id or release hash", "Release"
        ),
        f"{project}/environments/{{environment}}": _get("What runs in an environment", "Environment"),
        f"{project}/services/{{service}}": _get("A service's deployments", "ServiceHistory", _PAGING),
        f"{project}/compare": _get(
            "What a deployment from one environment to another would bring",
            "Comparison",
            [_query("from", TEXT), _query("to", TEXT)],
        ),
        f"{project}/metrics": _get(
            "The five metrics of DORA",
            "Metrics",
            [_query("environment", TEXT), _query("window", {"type": "string", "enum": list(WINDOWS)})],
        ),
    }


def _query(name: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "required": False, "schema": schema}


_PAGING = [
    _query("before", {"type": "integer", "minimum": 1, "maximum": 10**10}),
    _query("limit", {"type": "integer", "minimum": 1, "maximum": 500}),
]
_COMMON_FILTERS = [
    _query("environment", {"type": "array", "items": TEXT}),
    _query("service", {"type": "array", "items": TEXT}),
    _query("who", TEXT),
    _query("since", TEXT),
    _query("until", TEXT),
    _query("q", TEXT),
    *_PAGING,
]
_DEPLOYMENT_FILTERS = [
    *_COMMON_FILTERS,
    _query("status", {"type": "array", "items": WORD}),
    _query("kind", {"type": "array", "items": {"type": "string", "enum": KINDS}}),
]
_RELEASE_FILTERS = [*_COMMON_FILTERS, _query("presence", {"type": "string", "enum": list(PRESENCES)})]


def _get(summary: str, schema: str, query: list[Schema] | None = None) -> Schema:
    reference = {"$ref": f"#/components/schemas/{schema}"}
    content = {"application/json": {"schema": reference}}
    return {
        "get": {
            "summary": summary,
            "operationId": schema[0].lower() + schema[1:],
            "parameters": query or [],
            "responses": {
                "200": {"description": summary, "content": content},
                "202": {"description": "The same with nulls: the rest is being read; ask again", "content": content},
                "304": {"description": "What you have is still so"},
                "400": {"$ref": "#/components/responses/Problem"},
                "404": {"$ref": "#/components/responses/Problem"},
            },
        }
    }


def _with_path_parameters(path: str, item: Schema) -> Schema:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    return item | {"parameters": [{"name": n, "in": "path", "required": True, "schema": TEXT} for n in names]}


def _responses() -> Schema:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"Problem": {"description": "What is wrong, in a sentence, and what to do (RFC 9457)", "content": content}}


def _security() -> Schema:
    return {"token": {"type": "http", "scheme": "bearer", "description": "Where the dashboard was given a token"}}


# --- shapes


def _object(**properties: Schema) -> Schema:
    """Every name is always there; nothing else is."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _maybe(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


_FRESH: Schema = {"as_of": TIME, "troubles": _list(_ref("Trouble"))}


def _shipped(name: str) -> Schema:
    schema: Schema = json.loads((SHIPPED / f"{name}.schema.json").read_text(encoding="utf-8"))
    return {key: _moved(value, name) for key, value in schema.items() if key not in ("$schema", "$id")}


def _moved(part: Any, name: str) -> Any:
    """References between files become references within this document."""
    if isinstance(part, list):
        return [_moved(item, name) for item in part]
    if not isinstance(part, dict):
        return part
    moved = {key: _moved(value, name) for key, value in part.items()}
    if isinstance(moved.get("$ref"), str):
        file, _, place = moved["$ref"].partition("#")
        moved["$ref"] = f"#/components/schemas/{file.removesuffix('.schema.json') or name}{place}"
    return moved


def _with(schema: Schema, **properties: Schema) -> Schema:
    """The same object with more in it."""
    extended = {key: value for key, value in schema.items() if key not in ("title", "$defs")}
    return extended | {
        "properties": schema["properties"] | properties,
        "required": [*schema["required"], *properties],
    }


def _schemas() -> Schema:
    shipped = {name: _shipped(name) for name in ("common", "board", "overview", "history", "service-history")}
    return {
        **shipped,
        "Problem": _object(title=TEXT, status=NUMBER, detail=TEXT, next=_maybe(TEXT)),
        "Trouble": _object(about=TEXT, message=TEXT, next=_maybe(TEXT), since=TIME),
        "Requester": _ref("common/$defs/requester"),
        "Commits": _ref("common/$defs/commits"),
        **_matrix_schemas(shipped),
        **_deployment_schemas(shipped),
        **_release_schemas(),
        **_other_schemas(),
    }


def _matrix_schemas(shipped: Schema) -> Schema:
    now = _with(
        shipped["overview"],
        unknown_environments=_list(_object(environment=TEXT, unknown_because=TEXT)),
        drift=_list(_ref("Drift")),
        **_FRESH,
    )
    then = _object(
        project=TEXT,
        at=TIME,
        environments=_list(_object(environment=TEXT, production=FLAG, services=_list(_ref("ServiceThen")))),
        **_FRESH,
    )
    unknown = _object(project=TEXT, environment=TEXT, unknown_because=TEXT, **_FRESH)
    return {
        "Matrix": {"anyOf": [now, then]},
        "Environment": {"anyOf": [_with(shipped["board"], **_FRESH), unknown]},
        "ServiceThen": _object(
            service=TEXT,
            release_hash=_maybe(TEXT),
            word=_maybe(WORD),
            deployment=_maybe(NUMBER),
            release=_maybe(NUMBER),
            requested_at=_maybe(TIME),
            description=_maybe(TEXT),
            state=_maybe(TEXT),
        ),
        "Drift": _object(
            service=TEXT,
            environment=TEXT,
            other_environment=TEXT,
            commits=_maybe(NUMBER),
            releases=_maybe(NUMBER),
            sentence=TEXT,
        ),
    }


def _deployment_schemas(shipped: Schema) -> Schema:
    one = shipped["history"]["$defs"]["deployment_set"]
    line = _object(
        deployment=NUMBER,
        environment=TEXT,
        service=TEXT,
        release_hash=_maybe(TEXT),
        previous_release_hash=_maybe(TEXT),
        release=NUMBER,
        requested_at=TIME,
        ended_at=_maybe(TIME),
        word=WORD,
    )
    part = _ref("service-history/$defs/deployment")
    return {
        "Deployments": _with(shipped["history"], whole=FLAG, read_back_to=_maybe(NUMBER), **_FRESH),
        "Deployment": _with(one, project=TEXT, deployments=_maybe(_list(part)), **_FRESH),
        "ServiceHistory": _object(
            project=TEXT, service=TEXT, deployments=_list(line), before=_maybe(NUMBER), whole=FLAG, **_FRESH
        ),
    }


def _release_schemas() -> Schema:
    place = _object(environment=TEXT, deployment=NUMBER, word=WORD, current=FLAG, services=_list(TEXT))
    release_set = {
        "release": NUMBER,
        "requested_at": TIME,
        "requested_by": _ref("Requester"),
        "asked": TEXT,
        "description": TEXT,
        "release_hashes": _list(TEXT),
        "environments": _list(place),
    }
    image = _object(service=TEXT, image=TEXT, release_hash=_maybe(TEXT), digest=_maybe(TEXT))
    return {
        "ReleaseSet": _object(**release_set),
        "Releases": _object(
            project=TEXT, releases=_list(_ref("ReleaseSet")), before=_maybe(NUMBER), whole=FLAG, **_FRESH
        ),
        "Release": _object(project=TEXT, **release_set, releases=_maybe(_list(image)), **_FRESH),
    }


def _other_schemas() -> Schema:
    environment = _object(environment=TEXT, name=TEXT, production=FLAG)
    return {
        "Projects": _object(
            projects=_list(_object(project=TEXT, name=TEXT, environments=_list(environment), **_FRESH))
        ),
        "Comparison": _object(
            project=TEXT,
            environment=TEXT,
            other_environment=TEXT,
            sentence=TEXT,
            services=_list(
                _object(
                    service=TEXT,
                    release_hash=_maybe(TEXT),
                    other_release_hash=_maybe(TEXT),
                    differs=FLAG,
                    commits=_maybe(_ref("Commits")),
                )
            ),
            **_FRESH,
        ),
        "Metrics": _object(
            project=TEXT,
            environment=TEXT,
            window=TEXT,
            metrics=_list(
                _object(
                    metric=TEXT,
                    name=TEXT,
                    value=_maybe(TEXT),
                    detail=_maybe(TEXT),
                    count=NUMBER,
                    counted=TEXT,
                    previous_value=_maybe(TEXT),
                    definition=TEXT,
                )
            ),
            whole=FLAG,
            **_FRESH,
        ),
    }
