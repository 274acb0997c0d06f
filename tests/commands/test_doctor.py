"""`doctor` finds what is wrong, and says what to do about it: one planted fault, one test."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from release_tool.checks.asking import Examining
from release_tool.cli import main
from release_tool.commands import Context
from release_tool.console import Console
from release_tool.errors import AskedWrongly, AwsRefused, CouldNot, ReleaseToolError
from release_tool.model import Environment, Project
from release_tool.policies import DEPLOYER, policy
from release_tool.ports import Built
from tests.builders import (
    a_commit,
    a_project,
    a_service,
    an_environment,
    fields_of,
    revision_arn,
    uri_of,
)
from tests.commands.world import SIDECAR, World
from tests.fakes.examining import GivenPermissions, GivenPlatforms, GivenTable
from tests.fakes.identity import ADAS_ARN

ONE_RUNS = "1111111"
CHECKUP = Draft202012Validator(
    json.loads(files("release_tool").joinpath("schemas/checkup.schema.json").read_text("utf-8"))
)


class Clinic(World):
    """Three services in two environments, in good health: every parameter says what runs."""

    def __init__(self, project: Project | None = None) -> None:
        super().__init__(project)
        self.table, self.platforms, self.permissions = GivenTable(), GivenPlatforms(), GivenPermissions()
        self.identity: str | ReleaseToolError = ADAS_ARN
        self.region: str | ReleaseToolError = "eu-west-1"
        for label in ("latest", *(e.id for e in self.project.environments)):
            for service in self.project.services or ():
                self.parameters.put(label, service.id, uri_of(service.id, ONE_RUNS))

    def _compose(self, args: Mapping[str, Any], argv: Sequence[str], console: Console) -> Context:
        examining = Examining(
            table=self.table,
            platforms=self.platforms,
            identity_of=lambda environment: self,
            permissions_of=lambda environment: self.permissions,
            region_of=lambda environment: _or_raised(self.region),
        )
        return replace(super()._compose(args, argv, console), examining=lambda: examining)

    def arn(self) -> str:
        return _or_raised(self.identity)

    def cluster(self, env: str = "prod") -> str:
        return self.project.environment(env).cluster

    def runs_family(self, name: str, family: str, env: str = "prod", **given: Any) -> None:
        """Let an ECS service run a task definition of this family."""
        images = {"app": uri_of(name, ONE_RUNS), "log_router": SIDECAR}
        self.services.has(self.cluster(env), name, fields_of(family, images, **given))

    def found(self, subject: str, env: str | None = "prod") -> list[str]:
        """What is to be done, as `what; how`."""
        result = self.run("doctor", "--output=json")
        CHECKUP.validate(result.document)
        assert result.code == (0 if result.document["well"] else 1)
        return [
            f"{check['message']}; {check['next']}"
            for check in result.document["checks"]
            if (check["subject"], check["environment"], check["result"]) == (subject, env, "to do")
        ]


def _or_raised(answer: str | ReleaseToolError) -> str:
    if isinstance(answer, ReleaseToolError):
        raise answer
    return answer


@pytest.fixture
def clinic() -> Clinic:
    return Clinic()


# --- all is well


def test_where_all_is_well_every_line_says_so(clinic: Clinic) -> None:
    result = clinic.run("doctor")

    assert result.code == 0, result.out
    assert all(": ok" in line or " ok" in line for line in result.out.splitlines()), result.out


def test_one_environment_can_be_looked_at_alone(clinic: Clinic) -> None:
    clinic.services.is_gone(clinic.cluster("stage"), "web")

    assert clinic.run("doctor", "prod").code == 0
    assert clinic.run("doctor", "stage").code == 1


def test_looking_writes_nothing(clinic: Clinic) -> None:
    before = list(clinic.parameters.written)

    clinic.run("doctor")

    assert (clinic.parameters.written, clinic.services.registered, clinic.services.updated) == (before, [], [])


def test_an_environment_that_there_is_not_is_a_wrong_question(clinic: Clinic) -> None:
    result = clinic.run("doctor", "production")

    assert result.code == 2
    assert "no environment called `production`" in result.err


# --- planted faults: this machine


def test_a_manifest_that_is_missing_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.chdir(tmp_path)

    code = main(["doctor"])

    assert code == 1
    assert "manifest    TO DO: " in capsys.readouterr().out


def test_every_fault_of_a_manifest_is_a_line(tmp_path: Path, capsys: Any) -> None:
    manifest = tmp_path / ".wellcome_project"
    manifest.write_text("storage:\n  enviroments: []\n  ledger_table: '?'\n")

    code = main(["doctor", f"--project_file={manifest}", "--output=json"])

    checks = json.loads(capsys.readouterr().out)["checks"]
    assert code == 1
    assert len([check for check in checks if check["subject"] == "manifest"]) > 1
    assert any("did you mean `environments`?" in check["message"] for check in checks)


def test_a_region_that_nobody_names_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    manifest = tmp_path / ".wellcome_project"
    manifest.write_text("storage:\n  environments: [{id: prod}]\n")
    monkeypatch.delenv("AWS_DEFAULT_REGION")

    code = main(["doctor", f"--project_file={manifest}"])

    told = capsys.readouterr().out
    assert code == 1
    assert "no AWS region is known; set `aws_region_name` in the manifest, or AWS_DEFAULT_REGION" in told


def test_history_that_does_not_reach_back_to_what_runs_is_found(clinic: Clinic) -> None:
    clinic.parameters.put("latest", "web", uri_of("web", "2222222"))
    clinic.reasons = type(clinic.reasons)([a_commit()])

    (found,) = clinic.found("git")

    assert "1111111" in found


# --- planted faults: AWS and the ledger


def test_credentials_that_are_missing_are_found_and_nothing_else_is_asked(clinic: Clinic) -> None:
    clinic.identity = AwsRefused("could not ask AWS who we are: no credentials", next="sign in")

    result = clinic.run("doctor")

    assert result.code == 1
    assert "TO DO: could not ask AWS who we are: no credentials; sign in" in result.out
    assert result.out.count("TO DO") == 1
    assert "not checked: AWS can't be asked" in result.out


def test_a_table_that_is_missing_is_found(clinic: Clinic) -> None:
    clinic.table.cannot = AskedWrongly("there is no table `release-tool`", next="make it with: release-tool init")

    assert clinic.found("table", None) == ["there is no table `release-tool`; make it with: release-tool init"]


def test_a_table_of_another_schema_is_found(clinic: Clinic) -> None:
    clinic.table.has = ("the index `history` of the table `release-tool` is missing",)

    (found,) = clinic.found("table", None)

    assert found.startswith("the index `history` of the table `release-tool` is missing; ")


def test_a_permission_that_is_missing_is_found_for_the_commands_that_need_it(clinic: Clinic) -> None:
    clinic.permissions.refused = {"ecs:UpdateService"}

    (found,) = clinic.found("permissions")

    assert found == (
        "deploy, rollback, wait, unlock: not allowed: "
        "ecs:UpdateService on arn:aws:ecs:eu-west-1:123456789012:service/catalogue-prod/*; "
        "see all of it with: release-tool doctor prod --policy=deployer"
    )


def test_permissions_that_cannot_be_looked_at_are_not_checked_and_said_why(clinic: Clinic) -> None:
    clinic.permissions.cannot = AwsRefused("could not simulate the permissions: not permitted")

    result = clinic.run("doctor")

    assert result.code == 0
    assert "not checked: could not simulate the permissions: not permitted" in result.out


# --- planted faults: parameters


def test_a_parameter_that_is_missing_is_found(clinic: Clinic) -> None:
    clinic = Clinic(a_project(a_service("web")))
    clinic.project = replace(clinic.project, services=(a_service("web"), a_service("api")))
    clinic.services.has(clinic.cluster("prod"), "api", fields_of("api", {"app": uri_of("api", ONE_RUNS)}))

    (found,) = clinic.found("parameters")

    assert found == (
        "there is no parameter /catalogue/images/prod/api; "
        f"register what runs: release-tool register {uri_of('api', ONE_RUNS)} api --env=prod"
    )


def test_a_parameter_that_holds_no_image_is_found(clinic: Clinic) -> None:
    clinic.parameters.put("prod", "web", "to be filled in")

    (found,) = clinic.found("parameters")

    assert found == (
        "/catalogue/images/prod/web holds no image: `to be filled in`; "
        "register a right one: release-tool register <ecr_uri> web --env=prod"
    )


def test_a_parameter_of_no_service_is_found(clinic: Clinic) -> None:
    clinic.parameters.put("prod", "wbe", uri_of("web", ONE_RUNS))

    (found,) = clinic.found("parameters")

    assert found.startswith("/catalogue/images/prod/wbe is of no service that the manifest has there; ")


# --- planted faults: ECS


def test_a_cluster_that_is_not_there_is_found(clinic: Clinic) -> None:
    elsewhere = an_environment("prod", cluster="another")
    clinic.project = replace(clinic.project, environments=(an_environment("stage"), elsewhere))

    (found,) = clinic.found("cluster")

    assert "there is no ECS cluster called `another`" in found
    assert clinic.found("cluster", "stage") == []


def test_an_ecs_service_that_is_not_there_is_found(clinic: Clinic) -> None:
    clinic.services.is_gone(clinic.cluster(), "web")

    assert clinic.found("services") == [
        "web: there is no ECS service web in cluster catalogue-prod; "
        "name it with `ecs_services` in the manifest, or create it"
    ]


def test_an_ecs_service_that_is_being_taken_down_is_found(clinic: Clinic) -> None:
    clinic.services.set(clinic.cluster(), "web", status="DRAINING")

    (found,) = clinic.found("services")

    assert found.startswith("web: the ECS service web is DRAINING; ")


def test_an_ecs_service_that_something_else_deploys_is_found(clinic: Clinic) -> None:
    clinic.services.set(clinic.cluster(), "web", controller="CODE_DEPLOY")

    (found,) = clinic.found("services")

    assert found.startswith("web: the ECS service web is deployed by CODE_DEPLOY, not by ECS itself; ")


def test_a_container_that_cannot_be_told_is_found(clinic: Clinic) -> None:
    clinic.services.has(clinic.cluster(), "web", fields_of("x", {"one": uri_of("one", "1"), "two": uri_of("two", "2")}))

    (found,) = clinic.found("services")

    assert found.startswith("web: no container of web runs its image; there are one (")
    assert found.endswith("name one with `container`")


def test_a_container_that_two_services_claim_is_found() -> None:
    both = {"ecs_services": ("web",), "container": "app"}
    clinic = Clinic(a_project(a_service("web", container="app"), a_service("api", **both)))

    (found,) = clinic.found("services")

    assert found == (
        "api and web both claim the container app of web; name each one's with `container` in the manifest"
    )


# --- planted faults: task families, which no ECS service runs


class ClinicWithAMigration(Clinic):
    """`web` has a task definition for its migrations beside its ECS service."""

    def __init__(self) -> None:
        super().__init__(a_project(a_service("web", task_families=("{env}-migration",)), a_service("api")))
        for environment in self.project.environments:
            self.gets_revision(f"{environment.id}-migration", ONE_RUNS)

    def gets_revision(self, family: str, build: str, **given: Any) -> None:
        images = {"app": uri_of("web", build), "log_router": SIDECAR}
        self.services.registered_outside(fields_of(family, images, **given))


def test_a_task_family_in_step_is_well() -> None:
    result = ClinicWithAMigration().run("doctor")

    assert result.code == 0, result.out


def test_a_task_family_that_is_not_there_is_found() -> None:
    clinic = ClinicWithAMigration()
    clinic.services.deregister(revision_arn("prod-migration", 1))

    assert clinic.found("services") == [
        "web: there is no task family prod-migration, or none of its revisions is ACTIVE; "
        "name it with `task_families` in the manifest, or create it"
    ]


def test_a_task_family_without_the_services_container_is_found() -> None:
    clinic = ClinicWithAMigration()
    clinic.services.registered_outside(fields_of("prod-migration", {"one": SIDECAR, "two": SIDECAR}))

    (found,) = clinic.found("services")

    assert found.startswith("web: no container of task family prod-migration runs its image; there are one ")
    assert found.endswith("; name one with `container`")


def test_a_task_family_with_another_image_than_the_parameter_says_is_found() -> None:
    clinic = ClinicWithAMigration()
    clinic.gets_revision("prod-migration", "2222222")

    assert clinic.found("recipe") == [
        f"web: the parameter says {uri_of('web', ONE_RUNS)}, and task family prod-migration has "
        f"{uri_of('web', '2222222')}; deploy what it says: release-tool deploy web prod --from=prod"
    ]
    assert clinic.run("deploy", "web", "prod", "--from=prod", "--skip_confirm").code == 0
    assert clinic.found("recipe") == []


def test_a_task_family_on_other_processors_is_found() -> None:
    clinic = ClinicWithAMigration()
    clinic.platforms.said = {uri_of("web", ONE_RUNS): Built(("linux/amd64",))}
    clinic.gets_revision("prod-migration", ONE_RUNS, runtimePlatform={"cpuArchitecture": "ARM64"})

    (found,) = clinic.found("platform")

    assert found.startswith("web: tasks of task family prod-migration run on linux/arm64, and ")


# --- planted faults: families


def test_a_family_that_two_services_share_is_found(clinic: Clinic) -> None:
    clinic.runs_family("web", "one-for-all")
    clinic.runs_family("api", "one-for-all")

    found = [line for line in clinic.found("families") if "is shared by" in line]

    assert [line.partition(";")[0] for line in found] == [
        "the family one-for-all is shared by api in prod, web in prod"
    ]


def test_a_family_whose_ecs_services_are_deployed_at_once_is_no_fault() -> None:
    clinic = Clinic(a_project(a_service("web", ecs_services=("web-blue", "web-green"))))
    for name in ("web-blue", "web-green"):
        images = {"app": uri_of("web", ONE_RUNS), "log_router": SIDECAR}
        clinic.services.has(clinic.cluster(), name, fields_of("one-for-all", images))

    assert [line for line in clinic.found("families") if "is shared by" in line] == []


def test_a_task_family_that_an_ecs_service_of_another_runs_is_found() -> None:
    clinic = Clinic(a_project(a_service("web"), a_service("nightly", ecs_services=(), task_families=("{env}-job",))))
    clinic.runs_family("web", "prod-job")

    (found,) = [line for line in clinic.found("families") if "is shared by" in line]

    assert found.startswith("the family prod-job is shared by task family prod-job in prod, web in prod; ")


def test_a_family_that_two_environments_share_is_found_in_both(clinic: Clinic) -> None:
    clinic.runs_family("web", "one-for-all", "stage")
    clinic.runs_family("web", "one-for-all", "prod")

    for environment in ("stage", "prod"):
        assert any("web in prod, web in stage" in line for line in clinic.found("families", environment))


def test_a_newer_revision_that_is_not_ours_is_found(clinic: Clinic) -> None:
    images = {"app": uri_of("web", ONE_RUNS), "log_router": SIDECAR}
    clinic.services.registered_outside(fields_of("catalogue-prod-web", images, memory="1024"))

    (found,) = clinic.found("families")

    assert found.startswith("web runs catalogue-prod-web:1, and the newer catalogue-prod-web:2 is not release-tool's; ")
    assert "differs in memory" in found
    assert "`clone_from: newest`" in found


def test_what_a_deployment_left_behind_that_was_cut_off_is_no_strangers(clinic: Clinic) -> None:
    clinic.parameters.put("latest", "web", uri_of("web", "2222222"))
    clinic.services.troubles.refuse("update", CouldNot("update is refused"), of="web")

    assert clinic.deploy("web").code != 0

    assert clinic.services.registered == ["catalogue-prod-web:2"]
    assert clinic.found("families") == []
    assert [line.partition("; ")[2] for line in clinic.found("recipe")] == [
        "deploy what it says: release-tool deploy web prod --from=prod"
    ]


# --- planted faults: images


def test_an_image_that_is_gone_from_its_registry_is_found(clinic: Clinic) -> None:
    clinic.images.lacks(uri_of("web", ONE_RUNS))

    (found,) = clinic.found("images")

    assert found.startswith(f"{uri_of('web', ONE_RUNS)} is not in its repository; push it again")


def test_an_image_for_other_processors_is_found(clinic: Clinic) -> None:
    clinic.runs_family("web", "web", runtimePlatform={"cpuArchitecture": "ARM64"})
    clinic.platforms.said[uri_of("web", ONE_RUNS)] = Built(("linux/amd64",))

    (found,) = clinic.found("platform")

    assert found.startswith(
        f"web: tasks of web run on linux/arm64, and {uri_of('web', ONE_RUNS)} is built for linux/amd64; "
    )


def test_fargate_runs_on_amd64_where_nothing_else_is_said(clinic: Clinic) -> None:
    clinic.runs_family("web", "web", requiresCompatibilities=["FARGATE"])
    clinic.platforms.said[uri_of("web", ONE_RUNS)] = Built(("linux/arm64",))

    (found,) = clinic.found("platform")

    assert "run on linux/amd64" in found


def test_a_registry_that_cannot_be_asked_is_not_checked_and_said_why(clinic: Clinic) -> None:
    clinic.images.cannot_tell(uri_of("web", ONE_RUNS), "it is not in ECR, so nobody was asked")
    clinic.platforms.said[uri_of("web", ONE_RUNS)] = Built(unknown_because="ecr:BatchGetImage is not allowed")

    result = clinic.run("doctor", "prod")

    assert result.code == 0
    assert f"not checked: {uri_of('web', ONE_RUNS)}: it is not in ECR" in result.out
    assert "not checked: ecr:BatchGetImage is not allowed" in result.out


# --- planted faults: the Terraform recipe


def test_a_parameter_that_is_not_what_runs_is_found(clinic: Clinic) -> None:
    clinic.parameters.put("prod", "web", uri_of("web", "2222222"))

    (found,) = clinic.found("recipe")

    assert found == (
        f"web: the parameter says {uri_of('web', '2222222')}, and web runs {uri_of('web', ONE_RUNS)}; "
        "deploy what it says: release-tool deploy web prod --from=prod"
    )


def test_a_newest_revision_with_another_image_is_found(clinic: Clinic) -> None:
    images = {"app": uri_of("web", "3333333"), "log_router": SIDECAR}
    clinic.services.registered_outside(fields_of("catalogue-prod-web", images))

    (found,) = clinic.found("recipe")

    assert found == (
        f"web: the parameter says {uri_of('web', ONE_RUNS)}, and the newest revision catalogue-prod-web:2 has "
        f"{uri_of('web', '3333333')}; "
        "deregister catalogue-prod-web:2, or deploy again: release-tool deploy web prod --restart"
    )


def test_after_a_deployment_the_recipe_is_in_step(clinic: Clinic) -> None:
    clinic.parameters.put("latest", "web", uri_of("web", "2222222"))

    assert clinic.deploy("web").code == 0

    assert clinic.found("recipe") == []
    assert clinic.found("families") == []


# --- where environments are elsewhere


def test_an_environment_of_another_account_says_who_we_are_there() -> None:
    elsewhere = an_environment("prod", role_arn="arn:aws:iam::222222222222:role/deployer")
    clinic = Clinic(a_project(environments=(an_environment("stage"), elsewhere)))

    result = clinic.run("doctor", "--output=json")

    who = [check["environment"] for check in result.document["checks"] if check["subject"] == "identity"]
    assert who == [None, "prod"]


# --- policies


def test_a_policy_is_printed_for_one_environment_or_for_all(clinic: Clinic) -> None:
    one, every = clinic.run("doctor", "prod", "--policy=deployer"), clinic.run("doctor", "--policy=deployer")

    prod: list[Environment] = [clinic.project.environment("prod")]
    assert one.document == policy(DEPLOYER, clinic.project, prod)
    assert every.document == policy(DEPLOYER, clinic.project)


def test_a_policy_needs_no_way_to_aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    manifest = tmp_path / ".wellcome_project"
    manifest.write_text("storage:\n  environments: [{id: prod}]\n")
    monkeypatch.delenv("AWS_DEFAULT_REGION")

    code = main(["doctor", "--policy=reader", f"--project_file={manifest}"])

    assert code == 0
    assert json.loads(capsys.readouterr().out)["Version"] == "2012-10-17"


def test_a_policy_of_no_kind_is_a_wrong_question(clinic: Clinic) -> None:
    result = clinic.run("doctor", "--policy=deploier")

    assert result.code == 2
    assert "did you mean `deployer`?" in result.err


def test_the_builders_arns_are_of_one_account() -> None:
    assert revision_arn().split(":")[4] == ADAS_ARN.split(":")[4]
