"""Where each item is: docs/decisions/0003-ledger-layout.md as functions.

Ids hold letters, digits, `.`, `-` and `_`, and never `#`; so parts joined by `#` never meet another's key, and
what begins with `<environment>#` belongs to that environment alone.
"""

from __future__ import annotations

from typing import NamedTuple

from release_tool.task_definition import family_arn, revision_number

HISTORY = "history"
ENVIRONMENT_HISTORY = "environment-history"


class Key(NamedTuple):
    pk: str
    sk: str


def padded(number: int) -> str:
    """Sorts as text the way it sorts as a number."""
    return f"{number:010d}"


# --- what counts and guards


def counters(project: str) -> Key:
    return Key(project, "counters")


def opened(project: str, set_id: str) -> Key:
    """Tells a repeated opening that it has its number already."""
    return Key(f"{project}#opened#{set_id}", "set")


def lock(project: str, environment: str) -> Key:
    return Key(f"{project}#{environment}#lock", "lock")


# --- deployment sets


def deployment_sets(project: str, environment: str) -> str:
    return f"{project}#{environment}#deployment-sets"


def deployment_set(project: str, environment: str, number: int) -> Key:
    return Key(deployment_sets(project, environment), padded(number))


def all_deployment_sets(project: str) -> str:
    """`history_of` a deployment set."""
    return f"{project}#deployment-sets"


# --- deployments


def deployments(project: str, set_id: str) -> str:
    return f"{project}#deployment-set#{set_id}"


def deployment(project: str, set_id: str, service: str) -> Key:
    return Key(deployments(project, set_id), service)


def service_history(project: str, service: str) -> str:
    """`history_of` a deployment."""
    return f"{project}#service#{service}"


def service_history_in(project: str, environment: str, service: str) -> str:
    """`environment_history_of` a deployment."""
    return f"{project}#{environment}#{service}"


def all_current(project: str) -> str:
    return f"{project}#current"


def current(project: str, environment: str, service: str) -> Key:
    return Key(all_current(project), f"{environment}#{service}")


def unlisted(project: str, environment: str) -> Key:
    """Among the current deployments while a set has its number, but not all of them are current yet."""
    return current(project, environment, "")


# --- release sets


def release_sets(project: str) -> str:
    return f"{project}#release-sets"


def release_set(project: str, number: int) -> Key:
    return Key(release_sets(project), padded(number))


def released(project: str, environment: str) -> str:
    return f"{project}#{environment}#release-sets"


def releases(project: str, release_set_id: str) -> str:
    return f"{project}#release-set#{release_set_id}"


def fingerprint(project: str, digest: str) -> Key:
    return Key(f"{project}#fingerprint#{digest}", "release-set")


# --- revisions of task definitions


def revision(arn: str) -> Key:
    return Key(family_arn(arn), padded(revision_number(arn)))
