"""Whatever is wrong, a sentence says what to do, the exit code is the documented one, and nothing is half done."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.end_to_end.world import DEPLOY, Result, World, cluster, image
from tests.proxy.faults import DENY, EXPIRE, FAIL, refuse

TOLD_WITHIN_SECONDS = 15
NO_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
COMMANDS = (
    DEPLOY,
    ("status", "all", "prod"),
    ("status",),
    ("register", "example.org/bag_register:3333333", "bag_register"),
    ("wait", "prod"),
    ("rollback", "all", "prod", "--skip_confirm"),
    ("history",),
    ("diff", "stage", "prod"),
    ("unlock", "prod"),
    ("init",),
)


def assert_refused(result: Result, exit_code: int, *words: str) -> None:
    assert result.exit_code == exit_code, result
    assert result.stderr.startswith("release-tool: "), result
    for word in words:
        assert word in result.stderr, result


# --- whose hands


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_without_credentials_every_command_says_how_to_sign_in(world: World, command: tuple[str, ...]) -> None:
    refused = world.release_tool(*command, **NO_CREDENTIALS)

    assert_refused(refused, 4, "credentials", "aws sso login")
    assert world.proxy.calls == ()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_with_expired_credentials_every_command_says_to_sign_in_again(world: World, command: tuple[str, ...]) -> None:
    world.proxy.on("*", EXPIRE)

    refused = world.release_tool(*command)

    assert_refused(refused, 4, "the AWS credentials have expired", "sign in again")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_without_permission_every_command_says_what_is_not_allowed(world: World, command: tuple[str, ...]) -> None:
    world.proxy.on("*", DENY)

    refused = world.release_tool(*command)

    assert_refused(refused, 4, "not permitted", "allow ")


@pytest.mark.parametrize(
    "operation",
    [
        "ssm.GetParametersByPath",
        "ssm.GetParameters",
        "ecs.DescribeServices",
        "ecs.DescribeTaskDefinition",
        "dynamodb.Query",
    ],
)
def test_a_question_that_is_not_permitted_stops_a_deployment_before_anything_changes(
    prod: World, operation: str
) -> None:
    prod.proxy.on(operation, DENY)

    refused = prod.release_tool(*DEPLOY)

    assert_refused(refused, 4, "not permitted")
    assert prod.proxy.writes == ()


def test_credentials_that_aws_does_not_know_are_told_as_such(world: World) -> None:
    world.proxy.on("*", refuse("UnrecognizedClientException", "The security token included in the request is invalid"))

    refused = world.release_tool(*DEPLOY)

    assert_refused(refused, 4, "AWS does not accept these credentials")


def test_a_registry_that_may_not_be_asked_is_a_note_and_no_obstacle(prod: World) -> None:
    prod.proxy.on("ecr.*", DENY)

    done = prod.release_tool(*DEPLOY)

    assert done.exit_code == 0, done
    assert "not checked" in done.stdout


# --- what is not there


def test_without_the_table_a_deployment_says_how_to_make_it(prod: World) -> None:
    prod.delete_table()

    refused = prod.release_tool(*DEPLOY)

    assert_refused(refused, 2, "there is no table `release-tool`", "release-tool init")
    assert prod.proxy.writes == ()


def test_init_makes_the_table_and_leaves_one_that_is_there(prod: World) -> None:
    prod.delete_table()

    made, there = prod.release_tool("init"), prod.release_tool("init")

    assert (made.exit_code, there.exit_code) == (0, 0), f"{made}\n{there}"
    assert made.stdout == "Made the table release-tool.\n"
    assert "is there already" in there.stdout
    assert prod.release_tool(*DEPLOY).exit_code == 0


@pytest.mark.parametrize("command", [DEPLOY, ("status", "all", "prod")], ids=lambda command: command[0])
def test_a_cluster_that_is_not_there_is_named(world: World, command: tuple[str, ...]) -> None:
    world.registered("2222222", "bag_register")

    refused = world.release_tool(*command)

    assert_refused(refused, 2, f"no ECS cluster called `{cluster('prod')}`")
    assert world.proxy.writes == ()


def test_an_ecs_service_that_is_not_there_is_named(world: World) -> None:
    world.add_cluster("prod")
    world.registered("2222222", "bag_register")

    refused = world.release_tool(*DEPLOY)

    assert_refused(refused, 2, "no ECS service called bag_register")
    assert world.proxy.writes == ()


def test_an_image_that_its_repository_lacks_refuses_the_whole_deployment(prod: World) -> None:
    prod.put("latest", "bag_register", image("bag_register", "7777777"))

    refused = prod.release_tool(*DEPLOY)

    assert_refused(refused, 2, "bag_register: its repository has no image", ":7777777")
    assert prod.proxy.writes == ()


def test_an_image_that_its_repository_lacks_is_not_registered(prod: World) -> None:
    refused = prod.release_tool("register", image("bag_register", "7777777"), "bag_register")

    assert_refused(refused, 2, "there is no image", "push it first")
    assert prod.says("latest", "bag_register") == image("bag_register", "2222222")
    assert prod.proxy.writes == ()


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("deploy", "all", "prd"), ("no environment called `prd`", "did you mean `prod`?")),
        (("deploy", "all", "latest"), ("`latest` is a label",)),
        (("deploy", "bag_registr", "prod"), ("bag_registr", "did you mean `bag_register`?")),
        (("deploy", "all", "prod", "--from=stge"), ("no environment called `stge`", "did you mean `stage`?")),
        (("deploy", "all", "prod", "--project=storge"), ("storge", "did you mean `storage`?")),
        (("deploy", "all", "prod", "--release=9"), ("there is no release 9",)),
        (("deploi", "all", "prod"), ("did you mean `deploy`?",)),
        (("deploy", "all"), ("usage:",)),
    ],
    ids=lambda value: " ".join(value) if value[0] in ("deploy", "deploi") else "",
)
def test_a_wrong_name_is_told_with_the_nearest_that_exists(
    prod: World, command: tuple[str, ...], words: tuple[str, ...]
) -> None:
    refused = prod.release_tool(*command)

    assert_refused(refused, 2, *words)
    assert prod.proxy.writes == ()


def test_a_pipe_is_never_asked(prod: World) -> None:
    refused = prod.installed("deploy", "all", "prod")

    assert_refused(refused, 2, "there is no terminal to ask on", "--skip_confirm")
    assert prod.proxy.writes == ()


# --- the way there


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def silence() -> Iterator[str]:
    """An address that lets nobody in any more, and does not say so."""
    with ExitStack() as open_sockets:
        listening = open_sockets.enter_context(socket.socket())
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(4):
            waiting = open_sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listening.getsockname())
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.mark.parametrize("where", ["nobody", "silence"])
def test_an_endpoint_that_cannot_be_reached_is_told_soon(
    world: World, where: str, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue(where)
    started = time.monotonic()

    refused = world.installed(*DEPLOY, AWS_ENDPOINT_URL=url)

    assert time.monotonic() - started < TOLD_WITHIN_SECONDS
    assert_refused(refused, 1, "AWS could not be reached", "check the network")


def test_trouble_of_aws_s_own_is_told_as_such(world: World) -> None:
    world.proxy.on("*", FAIL)

    refused = world.hurried(*DEPLOY)

    assert_refused(refused, 1, "Internal failure")


def test_an_error_is_a_document_for_those_who_want_one(world: World) -> None:
    refused = world.release_tool(*DEPLOY, "--output=json", **NO_CREDENTIALS)

    assert refused.exit_code == 4, refused
    assert refused.stderr == ""
    assert refused.document["error"]["code"] == 4
    assert "aws sso login" in refused.document["error"]["next"]
