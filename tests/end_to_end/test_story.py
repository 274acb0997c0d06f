"""RFC 013's story, from the installed program: what people type, and what they see."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.end_to_end.agreement import assert_nobody_holds, assert_one_new_revision
from tests.end_to_end.screens import assert_screen
from tests.end_to_end.world import SERVICES, World, image

# The RFC's own line: no ECR host, so nobody can be asked whether the image is there.
RFC_IMAGE = "account.amazonaws.com/uk.ac.wellcome/bag_register:4246187"
HASHES = {"bag_register": "4246187", "bag_unpacker": "2222222", "bag_verifier": "3333333"}
MANIFEST = """\
storage:
  name: Storage service
  environments:
    - {id: stage, name: Staging}
    - {id: prod, name: Production, production: true}
  services: [{id: bag_register}, {id: bag_unpacker}, {id: bag_verifier}]
  service_sets: [{id: bags, services: [bag_register, bag_unpacker]}]
"""
BOB = {
    "GIT_CONFIG_COUNT": "2",
    "GIT_CONFIG_KEY_0": "user.name",
    "GIT_CONFIG_VALUE_0": "Bob Beardly",
    "GIT_CONFIG_KEY_1": "user.email",
    "GIT_CONFIG_VALUE_1": "bob@beardcorp.com",
}


@pytest.fixture
def storage(world: World) -> World:
    world.write_manifest(MANIFEST)
    for environment in ("stage", "prod"):
        world.add_cluster(environment)
        for service in SERVICES:
            repository = RFC_IMAGE.partition(":")[0] if service == "bag_register" else image(service, "").rstrip(":")
            world.add_service(environment, service, {service: f"{repository}:1111111"})
    world.finish_rollouts()
    return world


def registered(storage: World) -> None:
    assert storage.installed("register", RFC_IMAGE, "bag_register").exit_code == 0
    for service in ("bag_unpacker", "bag_verifier"):
        storage.push(service, HASHES[service])
        done = storage.installed("register", image(service, HASHES[service]), service)
        assert done.stdout == f"Updated: /storage/images/latest/{service}\n", done


def uri_of(service: str) -> str:
    return RFC_IMAGE if service == "bag_register" else image(service, HASHES[service])


def test_registering_an_image_says_which_parameter_was_updated(storage: World) -> None:
    done = storage.installed("register", RFC_IMAGE, "bag_register")

    assert done.exit_code == 0, done
    assert done.stdout == "Updated: /storage/images/latest/bag_register\n"
    assert done.stderr.startswith(f"warning: not checked whether {RFC_IMAGE} exists")
    assert storage.says("latest", "bag_register") == RFC_IMAGE


def test_a_service_set_is_deployed_with_one_answer(storage: World) -> None:
    registered(storage)

    screen = storage.on_a_terminal("deploy", "bags", "prod", answer="y", **BOB)

    assert screen.exit_code == 0, screen.text
    assert_screen("deploy_a_service_set", screen.text)
    storage.finish_rollouts()
    assert storage.says("prod", "bag_register") == RFC_IMAGE
    assert storage.says("prod", "bag_verifier") is None
    assert_one_new_revision(storage, "prod", "bag_register", "bag_unpacker")
    assert len(storage.revisions("prod", "bag_verifier")) == 1
    assert len(storage.revisions("stage", "bag_register")) == 1


def test_a_deployment_that_is_declined_changes_nothing(storage: World) -> None:
    registered(storage)
    storage.proxy.forget()

    screen = storage.on_a_terminal("deploy", "bags", "prod", answer="")

    assert screen.exit_code == 3, screen.text
    assert screen.text.endswith("Nothing was deployed.\n")
    assert storage.proxy.writes == ()


def test_the_whole_story(storage: World) -> None:
    registered(storage)

    deployed = storage.installed("deploy", "all", "stage", "--skip_confirm", **BOB)
    assert deployed.exit_code == 0, deployed
    assert_screen("deploy_all", deployed.stdout)
    storage.controls.advance(3)
    assert_screen("status_while_it_rolls", storage.installed("status", "all", "stage").stdout)
    storage.finish_rollouts()
    assert_screen("status_after", storage.installed("status", "all", "stage").stdout)

    promoted = storage.installed("deploy", "all", "prod", "--from=stage", "--skip_confirm", **BOB)
    assert promoted.exit_code == 0, promoted
    assert_screen("promote", promoted.stdout)
    storage.finish_rollouts()
    assert_screen("history", storage.installed("history").stdout)
    assert_screen("status_everywhere", storage.installed("status").stdout)

    for environment in ("stage", "prod"):
        for service in SERVICES:
            runs = storage.service(environment, service)["taskDefinition"]
            assert storage.says(environment, service) == uri_of(service)
            assert storage.images_of(runs) == {service: uri_of(service)}
            assert storage.newest_active(environment, service) == runs
        assert_one_new_revision(storage, environment, *SERVICES)
        assert_nobody_holds(storage, environment)
    current = storage.ledger.current("storage")
    assert {(d.environment, d.service, d.image) for d in current} == {
        (environment, service, uri_of(service)) for environment in ("stage", "prod") for service in SERVICES
    }


def test_the_same_deployment_again_has_nothing_to_do_and_writes_nothing(storage: World) -> None:
    registered(storage)
    assert storage.installed("deploy", "all", "prod", "--skip_confirm").exit_code == 0
    storage.finish_rollouts()
    storage.proxy.forget()

    again = storage.installed("deploy", "all", "prod", "--skip_confirm")

    assert again.exit_code == 0, again
    assert again.stdout.endswith("Nothing to deploy.\n")
    assert [call.name for call in storage.proxy.writes if call.service in ("ecs", "ssm")] == []


def test_the_plan_and_the_record_say_which_commits_are_deployed(storage: World) -> None:
    old, new = commits(storage, "Take bags in", "Check their sums", "Say which is wrong")
    for service, build in (("bag_register", old), ("bag_unpacker", old)):
        storage.registered(build, service)
    assert storage.installed("deploy", "bags", "prod", "--skip_confirm").exit_code == 0
    storage.finish_rollouts()
    storage.registered(new, "bag_register", "bag_unpacker")

    deployed = storage.installed("deploy", "bags", "prod", "--skip_confirm")
    told = storage.installed("status", "bags", "prod")

    assert "Say which is wrong  (Bob Beardly" in deployed.stdout, deployed
    assert "Check their sums" in deployed.stdout
    assert "Take bags in" not in deployed.stdout
    assert "Description: Say which is wrong (and 1 more)" in told.stdout, told


def commits(storage: World, *subjects: str) -> tuple[str, str]:
    """In a repository of the project's own; the first one's hash and the last one's."""
    git(storage, "init", "--quiet")
    hashes = []
    for subject in subjects:
        git(storage, "commit", "--quiet", "--allow-empty", f"--message={subject}")
        hashes.append(git(storage, "rev-parse", "HEAD").strip())
    return hashes[0], hashes[-1]


def git(storage: World, *words: str) -> str:
    environ = {**os.environ, **BOB}
    done = subprocess.run(["git", *words], cwd=storage.folder, env=environ, capture_output=True, text=True, check=True)
    return done.stdout
