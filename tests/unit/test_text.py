"""Plans, boards and lists as people see them, in the layout of RFC 013's examples."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest

from release_tool import text
from release_tool.board import Board, Part, Row
from release_tool.model import Commits, Kind, Requester, Service, Word
from release_tool.plan import Change, DeploymentPlan, Unchanged, Why
from tests.builders import (
    ADA,
    NOW,
    a_commit,
    a_deployment,
    a_deployment_set,
    a_project,
    a_service,
    an_environment,
    an_image,
    some_commits,
)

ESCAPE = "\x1b[2J\x1b]0;gotcha\x07"


def shown(expected: str) -> str:
    return dedent(expected).strip("\n")


# --- a plan


def a_change(service: str = "web", **given: Any) -> Change:
    return Change(
        **{
            "service": a_service(service),
            "wanted": an_image(service, "2222222"),
            "running": an_image(service, "1111111"),
            "why": Why.NEW_IMAGE,
            "ecs_services": (service,),
            **given,
        }
    )


def a_plan(*changes: Change, **given: Any) -> str:
    plan = DeploymentPlan(
        **{
            "project": a_project(),
            "environment": an_environment("prod"),
            "asked": "all",
            "source": "latest",
            "kind": Kind.DEPLOY,
            "changes": changes,
            **given,
        }
    )
    return text.plan(plan, NOW)


def test_a_plan_begins_as_the_rfc_has_it() -> None:
    lines = a_plan(a_change("my_service_1"), a_change("my_service_2")).splitlines()

    assert lines[:5] == [
        "This will deploy:",
        "",
        "    my_service_1@2222222",
        "    my_service_2@2222222",
        "",
    ]


def test_the_details_come_after() -> None:
    told = a_plan(
        a_change("web", commits=some_commits(2)),
        a_change("bag_register", why=Why.FAILED_BEFORE, ecs_services=("bags", "bags-jobs")),
    )

    assert told.rstrip() == shown(
        """
        This will deploy:

            web@2222222
            bag_register@2222222

        to prod, from latest:

            web             1111111 -> 2222222    web
                2222222  Change 2  (Ada, 2 hours ago)
                2222222  Change 1  (Ada, 2 hours ago)
            bag_register    1111111 -> 2222222    bags, bags-jobs    the deployment that runs has failed
        """
    )


def test_production_is_marked_and_named() -> None:
    told = a_plan(a_change(), environment=an_environment("prod", name="Production", production=True))

    assert "to Production (prod), a production environment, from latest:" in told


def test_a_change_of_the_parameter_alone_says_so() -> None:
    told = a_plan(a_change(why=Why.PARAMETER_ONLY, ecs_services=()))

    assert "    web    1111111 -> 2222222    parameter only    only the parameter differs" in told.splitlines()


def test_a_first_deployment_has_nothing_that_runs() -> None:
    assert "nothing -> 2222222" in a_plan(a_change(running=None))


def test_a_release_hash_is_cut_to_seven() -> None:
    told = a_plan(a_change(wanted=an_image("web", "ref." + "c" * 40), running=an_image("web", "sha256:" + "d" * 64)))

    assert "    web@ccccccc" in told.splitlines()
    assert "sha256:dddddddddddd -> ccccccc" in told


def test_many_commits_are_counted_and_the_newest_shown() -> None:
    commits = some_commits(20, left_out=80)

    lines = a_plan(a_change(commits=commits)).splitlines()

    assert [line.strip() for line in lines if "Change" in line] == [
        f"2222222  Change {n}  (Ada, 2 hours ago)" for n in (20, 19, 18, 17, 16)
    ]
    assert "        and 95 more" in lines


def test_commits_that_go_away_are_called_undone() -> None:
    lines = a_plan(a_change(commits=some_commits(1, undone=True))).splitlines()

    assert lines[lines.index("        undoes:") + 1].strip().startswith("2222222  Change 1")


def test_going_back_over_no_commit_undoes_nothing() -> None:
    assert "undoes" not in a_plan(a_change(commits=Commits(undone=True)))


def test_as_many_commits_as_are_shown_leave_none_to_count() -> None:
    assert "more" not in a_plan(a_change(commits=some_commits(text.COMMITS_SHOWN)))


def test_why_no_commits_are_known_is_said() -> None:
    told = a_plan(a_change(commits=Commits(unknown_because="this is no Git repository")))

    assert "        no commits known: this is no Git repository" in told.splitlines()


def test_what_is_left_alone_is_listed_with_its_reason() -> None:
    told = a_plan(
        a_change(),
        unchanged=(Unchanged(a_service("api"), an_image("api", "3333333")),),
        missing=(a_service("worker"), a_service("cron")),
        notes=("web: something to know",),
    )

    assert told.splitlines()[-4:] == [
        "",
        "unchanged: api@3333333",
        "skipped, nothing is registered under latest: worker, cron",
        "note: web: something to know",
    ]


def test_going_on_with_a_deployment_says_which() -> None:
    assert "This finishes deployment 57, which was cut off." in a_plan(a_change(), resumes=a_deployment_set())


def test_replacing_a_deployment_says_which() -> None:
    assert "This replaces deployment 57, which was cut off." in a_plan(a_change(), supersedes=a_deployment_set())


def test_nothing_to_change_is_said_in_a_sentence_after_what_was_found() -> None:
    told = a_plan(unchanged=(Unchanged(a_service("api"), an_image("api", "3333333")),))

    assert told == "unchanged: api@3333333\n\nNothing to deploy."


def test_a_commit_cannot_play_tricks_on_the_terminal() -> None:
    commit = a_commit(f"Clear{ESCAPE} the\nscreen", author=f"Ada{ESCAPE}")

    told = a_plan(a_change(commits=Commits(listed=(commit,))))

    assert "        2222222  Clear the screen  (Ada, 2 hours ago)" in told.splitlines()


# --- a board


def a_row(service: str = "web", word: Word | None = Word.COMPLETE, **given: Any) -> Row:
    return Row(
        **{
            "service": Service(service, service),
            "image": an_image(service, "2222222"),
            "word": word,
            "wanted": None,
            "deployment": None,
            **given,
        }
    )


def a_board(*rows: Row, **given: Any) -> Board:
    return Board(
        **{
            "project": a_project(),
            "environment": an_environment("prod"),
            "rows": rows,
            "last": a_deployment(),
            "latest": a_deployment_set(),
            "word": Word.IN_PROGRESS,
            **given,
        }
    )


def board(*rows: Row, **given: Any) -> str:
    return text.board(a_board(*rows, **given), NOW)


def test_a_status_has_the_layout_of_the_rfc() -> None:
    told = board(a_row("my_service_1"), a_row("my_service_2", Word.IN_PROGRESS))

    assert told == "\n".join(
        [
            "     Last released: 2026-11-22 16:29:12 UTC (3 minutes ago)",
            "       Released by: Ada <ada@example.org>",
            "            Status: IN_PROGRESS",
            "       Description: Show who asked for each release",
            "",
            "    my_service_1    2222222    COMPLETE",
            "    my_service_2    2222222    IN_PROGRESS",
        ]
    )


def test_notes_come_last_in_a_row() -> None:
    told = board(a_row(notes=("wanted 3333333", "2/3 running")), a_row("bag_register", Word.FAILED))

    assert told.splitlines()[-2:] == [
        "    web             2222222    COMPLETE    wanted 3333333, 2/3 running",
        "    bag_register    2222222    FAILED",
    ]


def test_what_was_never_deployed_and_what_does_not_run_have_a_dash() -> None:
    assert board(a_row(word=None, image=None)).splitlines()[-1] == "    web    -    -"


def test_with_nothing_recorded_it_was_never_released() -> None:
    told = board(a_row(word=None), last=None, word=None)

    assert told.splitlines() == ["     Last released: never", "", "    web    2222222    -"]


def test_a_deployment_without_a_word_has_a_dash() -> None:
    assert "            Status: -" in board(a_row(word=None), word=None).splitlines()


def test_a_deployment_whose_time_is_not_known_says_so() -> None:
    told = board(a_row(), last=a_deployment(requested_at=None))

    assert told.splitlines()[0] == "     Last released: not known"


def test_with_no_service_at_all_it_says_so() -> None:
    assert board(last=None).splitlines() == [
        "     Last released: never",
        "",
        "    no services: register one with: release-tool register <ecr_uri> <service>",
    ]


def test_ecs_services_that_differ_are_shown_indented_under_their_service() -> None:
    parts = (
        Part("web", an_image("web", "2222222"), None, Word.COMPLETE),
        Part("web-admin", an_image("web", "1111111"), None, Word.FAILED, notes=("tasks failed to start.",)),
    )

    told = board(a_row(word=Word.FAILED, parts=parts), a_row("api"))

    assert told.splitlines()[-4:] == [
        "    web              2222222    FAILED",
        "        web          2222222    COMPLETE",
        "        web-admin    1111111    FAILED      tasks failed to start.",
        "    api              2222222    COMPLETE",
    ]


def test_ecs_services_that_agree_are_not_repeated() -> None:
    parts = tuple(Part(name, an_image("web", "2222222"), None, Word.COMPLETE) for name in ("web", "web-admin"))

    assert board(a_row(parts=parts)).splitlines()[-1] == "    web    2222222    COMPLETE"


def test_parameters_of_no_service_are_named_below() -> None:
    told = board(a_row(), parameters_without_service=("ghost", "spectre"))

    assert told.splitlines()[-2:] == ["", "    parameters without a service: ghost, spectre"]


@pytest.mark.parametrize(
    ("requester", "name"),
    [
        (ADA, "Ada <ada@example.org>"),
        (
            Requester(git_name="Ada", ci_system="GitHub Actions", ci_actor="octocat", ci_run_url="https://ci/1"),
            "octocat (GitHub Actions, https://ci/1)",
        ),
        (Requester(arn="arn:aws:iam::1:user/ada"), "arn:aws:iam::1:user/ada"),
    ],
    ids=["git", "ci", "arn"],
)
def test_whoever_released_is_named_as_well_as_is_known(requester: Requester, name: str) -> None:
    told = board(a_row(), last=a_deployment(requested_by=requester))

    assert f"       Released by: {name}" in told.splitlines()


def test_a_description_stays_on_its_line_and_plays_no_tricks() -> None:
    told = board(a_row(), last=a_deployment(description=f"One{ESCAPE}\ntwo"))

    assert "       Description: One two" in told.splitlines()


def test_a_reason_stays_in_its_row_and_plays_no_tricks() -> None:
    told = board(a_row(notes=(f"tasks{ESCAPE}\nfailed",)))

    assert told.splitlines()[-1] == "    web    2222222    COMPLETE    tasks failed"


# --- every service in every environment


def test_an_overview_has_a_column_for_each_environment() -> None:
    stage = a_board(a_row("api"), a_row("web", Word.IN_PROGRESS), environment=an_environment("stage"))
    prod = a_board(
        a_row("web", None, image=an_image("web", "1111111")), environment=an_environment("prod", production=True)
    )

    assert text.overview([stage, prod], NOW) == "\n".join(
        [
            "           stage                  prod (production)",
            "    api    2222222 COMPLETE",
            "    web    2222222 IN_PROGRESS    1111111",
        ]
    )


def test_an_overview_of_nothing_says_how_to_begin() -> None:
    assert "register one with" in text.overview([a_board()], NOW)


# --- lists


def test_a_history_tells_number_time_environment_person_release_word_and_description() -> None:
    told = text.history(
        [
            (a_deployment_set(number=57), "COMPLETE"),
            (a_deployment_set(number=9, release_number=7, environment="stage", description=""), "ROLLED_BACK"),
        ]
    )

    assert told == "\n".join(
        [
            "    57    2026-11-22 16:29:12 UTC    prod     Ada <ada@example.org>    release 42    COMPLETE       "
            "Show who asked for each release",
            "    9     2026-11-22 16:29:12 UTC    stage    Ada <ada@example.org>    release 7     ROLLED_BACK",
        ]
    )


def test_a_history_without_deployments_says_so() -> None:
    assert text.history([]) == "    nothing was deployed yet"
    assert text.service_history([]) == "    it was never deployed"


def test_a_description_of_several_lines_is_one_row_of_a_history() -> None:
    told = text.history([(a_deployment_set(description=f"One{ESCAPE}\ntwo"), "COMPLETE")])

    assert told.endswith("    COMPLETE    One two")
    assert "\n" not in told


def test_a_services_history_tells_its_release_hashes() -> None:
    told = text.service_history(
        [
            (a_deployment(description="Show who asked"), "COMPLETE"),
            (a_deployment(number=None, requested_at=None, release_hash=None, description=""), "-"),
        ]
    )

    assert told.splitlines() == [
        "    57    2026-11-22 16:29:12 UTC    prod    Ada <ada@example.org>    2222222    COMPLETE    Show who asked",
        "    -     -                          prod    Ada <ada@example.org>    -          -",
    ]


# --- two environments


def compare(*rows: tuple[str, Any, Any, Commits, Commits]) -> str:
    return text.comparison((an_environment("stage"), an_environment("prod")), rows, NOW)


def test_a_comparison_has_both_hashes_and_the_commits_each_way() -> None:
    told = compare(
        ("web", an_image(build="1111111"), an_image(build="2222222"), some_commits(2), some_commits(1, left_out=4)),
        ("api", an_image("api"), an_image("api"), some_commits(3), Commits()),
    )

    assert told == "\n".join(
        [
            "           stage      prod",
            "    web    1111111    2222222",
            "        only in prod: 2 commits",
            "            2222222  Change 2  (Ada, 2 hours ago)",
            "            2222222  Change 1  (Ada, 2 hours ago)",
            "        only in stage: 5 commits",
            "            2222222  Change 1  (Ada, 2 hours ago)",
            "            and 4 more",
            "    api    1111111    1111111",
        ]
    )


def test_a_comparison_says_why_commits_are_not_known() -> None:
    unknown = Commits(unknown_because="no such commit")

    told = compare(("web", an_image(build="1111111"), an_image(build="2222222"), unknown, Commits()))

    assert "        only in prod: not known: no such commit" in told.splitlines()
    assert "only in stage" not in told


def test_a_service_in_one_environment_alone_has_a_dash_in_the_other() -> None:
    told = compare(
        ("api", None, an_image("api"), Commits(), Commits()), ("web", an_image(), None, Commits(), Commits())
    )

    assert told.splitlines()[1:] == ["    api    -          1111111", "    web    1111111    -"]


def test_a_comparison_of_nothing_says_so() -> None:
    assert compare() == "    no services"


# --- columns


def test_columns_are_as_wide_as_their_widest_cell_and_nothing_trails() -> None:
    assert text.table([["a", "bbb", ""], ["aaaa", "b", "c"]]) == ["    a       bbb", "    aaaa    b      c"]


def test_numbers_are_words_like_others() -> None:
    assert text.table([["1111111", "1e5"], ["007", ""]]) == ["    1111111    1e5", "    007"]


def test_short_rows_end_early() -> None:
    assert text.table([["a"], ["b", "c"]]) == ["    a", "    b    c"]


def test_no_rows_are_no_lines() -> None:
    assert text.table([]) == []
