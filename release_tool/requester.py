"""Whose hands: Git's configuration, the CI system's variables and AWS's answer, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from release_tool.model import Requester
from release_tool.printable import printable


@dataclass(frozen=True, slots=True)
class CiSystem:
    """`mark` is the variable that says we run there; of `actors` and `run_urls` the first that is there counts."""

    name: str
    mark: str
    actors: tuple[str, ...]
    run_urls: tuple[str, ...]


CI_SYSTEMS = (
    # https://docs.github.com/en/actions/reference/workflows-and-actions/variables: who runs a workflow again is
    # the triggering actor; the actor stays who ran it first.
    CiSystem(
        "GitHub Actions",
        "GITHUB_ACTIONS",
        ("GITHUB_TRIGGERING_ACTOR", "GITHUB_ACTOR"),
        ("{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}",),
    ),
    # https://docs.gitlab.com/ci/variables/predefined_variables/
    CiSystem("GitLab CI", "GITLAB_CI", ("GITLAB_USER_LOGIN",), ("{CI_JOB_URL}", "{CI_PIPELINE_URL}")),
    # https://buildkite.com/docs/pipelines/configure/environment-variables: where a build waits to be unblocked,
    # it goes on by the hand of who unblocks it.
    CiSystem(
        "Buildkite",
        "BUILDKITE",
        ("BUILDKITE_UNBLOCKER", "BUILDKITE_BUILD_CREATOR"),
        ("{BUILDKITE_BUILD_URL}",),
    ),
    # https://circleci.com/docs/reference/variables/
    CiSystem("CircleCI", "CIRCLECI", ("CIRCLE_USERNAME",), ("{CIRCLE_BUILD_URL}",)),
    # https://docs.travis-ci.com/user/environment-variables/: none of them names a person.
    CiSystem("Travis CI", "TRAVIS", (), ("{TRAVIS_BUILD_WEB_URL}",)),
    # https://plugins.jenkins.io/build-user-vars-plugin/ names the person, where it is installed.
    CiSystem("Jenkins", "JENKINS_URL", ("BUILD_USER_ID",), ("{BUILD_URL}",)),
)
"""Jenkins is last, for its variable may be set on a machine that also runs another system's jobs."""


_LONGEST_LINK = 2000


def requester(environ: Mapping[str, str], git_name: str | None, git_email: str | None, arn: str | None) -> Requester:
    """What each of the three sources says, and None where it says nothing.

    As for Git itself, `GIT_AUTHOR_NAME` and `GIT_AUTHOR_EMAIL` come before its configuration.
    """
    system = _ci_system(environ)
    return Requester(
        git_name=_first(environ, ("GIT_AUTHOR_NAME",)) or git_name or None,
        git_email=_first(environ, ("GIT_AUTHOR_EMAIL",)) or git_email or None,
        ci_system=None if system is None else system.name,
        ci_actor=None if system is None else _first(environ, system.actors),
        ci_run_url=None if system is None else _run_url(environ, system),
        arn=arn or None,
    )


def _ci_system(environ: Mapping[str, str]) -> CiSystem | None:
    marked = (system for system in CI_SYSTEMS if environ.get(system.mark, "").lower() not in ("", "false", "0"))
    return next(marked, None)


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    values = (printable(environ.get(name, "")) for name in names)
    return next((value for value in values if value), None)


def _run_url(environ: Mapping[str, str], system: CiSystem) -> str | None:
    filled_in = (_filled_in(template, environ) for template in system.run_urls)
    return next((url for url in filled_in if url is not None and _is_link(url)), None)


def _filled_in(template: str, environ: Mapping[str, str]) -> str | None:
    try:
        return template.format_map({name: value for name, value in environ.items() if value})
    except KeyError:
        return None


def _is_link(url: str) -> bool:
    """Fit to be kept and clicked on: no other scheme, no password in it, nothing that can't be seen."""
    if len(url) > _LONGEST_LINK or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
