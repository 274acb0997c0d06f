"""The policies allow what the commands were seen to call, all of it and nothing else."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from urllib.error import HTTPError
from urllib.request import urlopen

from release_tool.manifest import load_manifest
from release_tool.policies import BEYOND_A_READER, COMMANDS, DEPLOYER, READER, REGISTRAR, actions_of, policy
from tests.end_to_end.world import ECR, MANIFEST, PATIENCE_SECONDS, SERVICES, World, image
from tests.proxy.calls import Call

PROJECT = load_manifest(MANIFEST, "manifest").project(None)
# No call of their own: tags and roles go with RegisterTaskDefinition, and AWS asks for these beside it.
BESIDE_A_CALL = {"ecs:TagResource", "iam:PassRole"}
# https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html: needs no permission.
ALWAYS_ALLOWED = {"sts:GetCallerIdentity"}
PARTS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}


def actions_in(calls: Iterable[Call]) -> set[str]:
    """A transaction is allowed by its parts: AWS has no action of its name."""
    actions = set()
    for call in calls:
        if call.operation == "TransactWriteItems":
            actions |= {f"dynamodb:{PARTS[part]}" for item in call.sent["TransactItems"] for part in item}
        else:
            actions.add(f"{'iam' if call.operation.startswith('Simulate') else call.service}:{call.operation}")
    return actions - ALWAYS_ALLOWED


def test_a_registrar_is_allowed_what_register_calls(world: World) -> None:
    world.push("bag_register", "2222222")

    registered = world.release_tool("register", image("bag_register", "2222222"), "bag_register")
    refused = world.release_tool("register", image("bag_register", "3333333"), "bag_register")

    assert (registered.exit_code, refused.exit_code) == (0, 2)
    assert COMMANDS[REGISTRAR] == ("register",)
    assert actions_in(world.proxy.calls) == actions_of(policy(REGISTRAR, PROJECT))


def test_a_reader_is_allowed_what_those_who_look_call(prod: World) -> None:
    prod.add("stage", *SERVICES)
    prod.registered("3333333-crash", "bag_register")
    assert prod.release_tool("deploy", "all", "prod", "--skip_confirm").exit_code == 0
    prod.finish_rollouts()  # ECS goes back by itself, and nobody has settled that
    prod.proxy.forget()

    going = prod.release_tool("status", "all", "prod")
    everywhere = prod.release_tool("status")
    listed = prod.release_tool("history"), prod.release_tool("history", "prod", "--service=bag_register")
    compared = prod.release_tool("diff", "stage", "prod")
    shown = pages_of_the_dashboard(prod)
    examined = prod.release_tool("doctor")

    assert {r.exit_code for r in (going, everywhere, *listed, compared)} == {0}
    assert "ROLLED_BACK" in going.stdout
    assert shown > 3
    assert "permissions    ok: deploy, rollback, wait, unlock" in examined.stdout, examined
    assert set(COMMANDS[READER]) == {"status", "history", "diff", "dashboard", "doctor"}
    assert actions_in(prod.proxy.calls) - BEYOND_A_READER == actions_of(policy(READER, PROJECT))


def pages_of_the_dashboard(world: World) -> int:
    """Visit what the first page links to, and what that links to."""
    seen, waiting = set(), ["/"]
    with dashboard_of(world) as address:
        while waiting and len(seen) < 40:
            path = waiting.pop(0)
            seen.add(path)
            page = page_at(address + path)
            linked = (link.partition("#")[0].replace("&amp;", "&") for link in re.findall(r'href="(/[^"]*)"', page))
            waiting += [link for link in dict.fromkeys(linked) if link not in seen and link not in waiting]
    return len(seen)


def page_at(address: str) -> str:
    """Asked for again for as long as AWS is being read for the first time."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with urlopen(address, timeout=PATIENCE_SECONDS) as answer:
                return str(answer.read().decode("utf-8", "replace"))
        except HTTPError as error:
            error.close()
            if error.code != 503 or time.monotonic() > until:
                raise


@contextmanager
def dashboard_of(world: World) -> Iterator[str]:
    """Its address is the first line that it says."""
    command = [sys.executable, "-m", "release_tool", "dashboard", "--port=0"]
    environ = {**os.environ, **world.environ}
    with subprocess.Popen(command, cwd=world.folder, env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip().rstrip("/")
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=PATIENCE_SECONDS)


def test_a_deployer_is_allowed_what_those_who_change_something_call(prod: World) -> None:
    prod.add("stage", *SERVICES)
    prod.let_time_pass_with_each_look(20)
    commands = [
        ("deploy", "all", "prod", "--skip_confirm", "--wait"),
        ("deploy", "all", "stage", "--from=prod", "--skip_confirm"),
        ("wait", "stage"),
        ("rollback", "all", "prod", "--to=1", "--skip_confirm"),
        ("unlock", "prod", "--skip_confirm"),
    ]
    for command in commands:
        assert prod.hurried(*command).exit_code == 0, command
    prod.registered("3333333-crash", *SERVICES)
    went_back = prod.hurried("deploy", "all", "prod", "--skip_confirm", "--wait")
    restarted = prod.hurried("deploy", "bag_register", "prod", "--release=1", "--skip_confirm", "--restart")
    refused = prod.hurried("deploy", "bag_register", "prod", "--release=9", "--skip_confirm")
    prod.put("latest", "bag_register", f"{ECR}/bag_register:nowhere")
    missing = prod.hurried("deploy", "bag_register", "prod", "--skip_confirm")
    back = prod.hurried("rollback", "bag_register", "prod", "--skip_confirm", "--wait")

    assert went_back.exit_code == 6, went_back
    assert (restarted.exit_code, refused.exit_code, missing.exit_code) == (0, 2, 2)
    assert back.exit_code in (0, 2), back
    assert {command[0] for command in commands} == set(COMMANDS[DEPLOYER])
    seen = actions_in(prod.proxy.calls) | BESIDE_A_CALL
    what_doctor_adds = {"dynamodb:DescribeTable"}  # a deployer is a reader too
    assert seen | what_doctor_adds == actions_of(policy(DEPLOYER, PROJECT))
