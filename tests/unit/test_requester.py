from __future__ import annotations

import pytest

from release_tool.model import Requester
from release_tool.requester import requester

ARN = "arn:aws:sts::123456789012:assumed-role/deployer/ada"

GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_ACTOR": "octocat",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "o/r",
    "GITHUB_RUN_ID": "42",
}


def asked_by(environ: dict[str, str]) -> Requester:
    return requester(environ, None, None, None)


# --- the three sources


def test_the_three_sources_are_kept_apart() -> None:
    asked = requester(GITHUB, "Ada", "ada@example.org", ARN)

    assert asked == Requester(
        git_name="Ada",
        git_email="ada@example.org",
        ci_system="GitHub Actions",
        ci_actor="octocat",
        ci_run_url="https://github.com/o/r/actions/runs/42",
        arn=ARN,
    )


def test_nothing_is_made_up_where_nothing_is_said() -> None:
    assert requester({}, None, None, None) == requester({}, "", "", "") == Requester()


def test_gits_own_variables_come_before_its_configuration() -> None:
    environ = {"GIT_AUTHOR_NAME": "Grace", "GIT_AUTHOR_EMAIL": "grace@example.org"}

    asked = requester(environ, "Ada", "ada@example.org", None)

    assert (asked.git_name, asked.git_email) == ("Grace", "grace@example.org")


def test_one_of_gits_variables_replaces_that_one_alone() -> None:
    asked = requester({"GIT_AUTHOR_NAME": "Grace", "GIT_AUTHOR_EMAIL": ""}, "Ada", "ada@example.org", None)

    assert (asked.git_name, asked.git_email) == ("Grace", "ada@example.org")


# --- CI systems


@pytest.mark.parametrize(
    ("environ", "system", "actor", "url"),
    [
        (GITHUB, "GitHub Actions", "octocat", "https://github.com/o/r/actions/runs/42"),
        (
            GITHUB | {"GITHUB_TRIGGERING_ACTOR": "hubot"},
            "GitHub Actions",
            "hubot",
            "https://github.com/o/r/actions/runs/42",
        ),
        (
            {
                "GITLAB_CI": "true",
                "GITLAB_USER_LOGIN": "ada",
                "CI_JOB_URL": "https://gitlab.example/o/r/-/jobs/1",
                "CI_PIPELINE_URL": "https://gitlab.example/o/r/-/pipelines/2",
            },
            "GitLab CI",
            "ada",
            "https://gitlab.example/o/r/-/jobs/1",
        ),
        (
            {"GITLAB_CI": "true", "CI_PIPELINE_URL": "https://gitlab.example/o/r/-/pipelines/2"},
            "GitLab CI",
            None,
            "https://gitlab.example/o/r/-/pipelines/2",
        ),
        (
            {
                "BUILDKITE": "true",
                "BUILDKITE_BUILD_CREATOR": "Ada Lovelace",
                "BUILDKITE_BUILD_URL": "https://buildkite.com/o/p/builds/3",
            },
            "Buildkite",
            "Ada Lovelace",
            "https://buildkite.com/o/p/builds/3",
        ),
        (
            {"BUILDKITE": "true", "BUILDKITE_BUILD_CREATOR": "Ada", "BUILDKITE_UNBLOCKER": "Grace"},
            "Buildkite",
            "Grace",
            None,
        ),
        (
            {"CIRCLECI": "true", "CIRCLE_USERNAME": "ada", "CIRCLE_BUILD_URL": "https://circleci.com/gh/o/r/4"},
            "CircleCI",
            "ada",
            "https://circleci.com/gh/o/r/4",
        ),
        (
            {"TRAVIS": "true", "USER": "travis", "TRAVIS_BUILD_WEB_URL": "https://app.travis-ci.com/o/r/builds/5"},
            "Travis CI",
            None,
            "https://app.travis-ci.com/o/r/builds/5",
        ),
        (
            {
                "JENKINS_URL": "https://jenkins.example/",
                "BUILD_USER_ID": "ada",
                "BUILD_URL": "https://jenkins.example/job/r/6/",
            },
            "Jenkins",
            "ada",
            "https://jenkins.example/job/r/6/",
        ),
        ({"JENKINS_URL": "http://jenkins.example/"}, "Jenkins", None, None),
    ],
)
def test_a_ci_system_says_who_started_the_run_and_where_it_is(
    environ: dict[str, str], system: str, actor: str | None, url: str | None
) -> None:
    asked = asked_by(environ)

    assert (asked.ci_system, asked.ci_actor, asked.ci_run_url) == (system, actor, url)


@pytest.mark.parametrize("mark", ["", "false", "False", "0"])
def test_a_ci_variable_that_says_no_means_no(mark: str) -> None:
    assert asked_by(GITHUB | {"GITHUB_ACTIONS": mark}) == Requester()


def test_a_run_on_a_machine_of_jenkins_is_the_runs_own_system() -> None:
    asked = asked_by(GITHUB | {"JENKINS_URL": "https://jenkins.example/"})

    assert asked.ci_system == "GitHub Actions"


@pytest.mark.parametrize("missing", ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"])
def test_a_link_with_a_part_missing_is_no_link(missing: str) -> None:
    without = {name: value for name, value in GITHUB.items() if name != missing}

    assert asked_by(without).ci_run_url is None
    assert asked_by(GITHUB | {missing: ""}).ci_run_url is None


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "//example.com/x",
        "https://",
        "https://[::1/x",
        "https://user:password@ci.example/1",
        "https://ci.example/\x1b[31m",
        "https://ci.example/a b",
        "https://ci.example/a\nb",
        "https://ci.example/" + "x" * 2000,
        "see the board",
    ],
)
def test_only_a_harmless_web_address_is_kept_as_a_link(url: str) -> None:
    asked = asked_by({"BUILDKITE": "true", "BUILDKITE_BUILD_URL": url})

    assert asked.ci_system == "Buildkite"
    assert asked.ci_run_url is None


def test_braces_in_a_variable_are_only_braces() -> None:
    asked = asked_by({"BUILDKITE": "true", "BUILDKITE_BUILD_URL": "https://ci.example/{BUILDKITE}"})

    assert asked.ci_run_url == "https://ci.example/{BUILDKITE}"


def test_escape_sequences_do_not_pass_as_a_name() -> None:
    environ = {"BUILDKITE": "true", "BUILDKITE_BUILD_CREATOR": "\x1b[1mAda\x1b[0m\n", "GIT_AUTHOR_NAME": "\x1b[7m\x07"}

    asked = requester(environ, "Ada Lovelace", None, None)

    assert (asked.ci_actor, asked.git_name) == ("Ada", "Ada Lovelace")


# --- as shown


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        (Requester(git_name="Ada", git_email="ada@example.org"), "Ada <ada@example.org>"),
        (Requester(git_name="Ada", git_email="ada@example.org", arn=ARN), "Ada <ada@example.org>"),
        (Requester(git_name="Ada", arn=ARN), ARN),
        (Requester(arn=ARN), ARN),
        (Requester(git_name="Ada"), "Ada"),
        (Requester(git_email="ada@example.org"), "ada@example.org"),
        (Requester(), "not known"),
        (
            Requester(
                "Bot", "bot@example.org", "GitHub Actions", "octocat", "https://github.com/o/r/actions/runs/42", ARN
            ),
            "octocat (GitHub Actions, https://github.com/o/r/actions/runs/42)",
        ),
        (Requester(ci_system="Travis CI"), "somebody (Travis CI)"),
        (Requester(ci_system="Jenkins", ci_actor="ada"), "ada (Jenkins)"),
    ],
)
def test_a_person_is_shown_by_name_and_a_ci_run_by_its_actor_and_link(asked: Requester, shown: str) -> None:
    assert str(asked) == shown
