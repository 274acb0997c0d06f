"""What a manifest means, and what is told of one that means nothing."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

import pytest

from release_tool.errors import AskedWrongly, ExitCode, ManifestError, UnknownName
from release_tool.manifest import Manifest, load_manifest
from release_tool.model import Environment, Project, Service, ServiceSet

ENVIRONMENTS = "environments: [{id: stage}, {id: prod}]"


def loaded(text: str) -> Manifest:
    return load_manifest(dedent(text), "file")


def project(text: str) -> Project:
    return loaded(text).project(None)


def service(text: str) -> Service:
    (only,) = project(f"storage: {{{ENVIRONMENTS}, services: [{text}]}}").services or ()
    return only


def faults(text: str) -> tuple[str, ...]:
    with pytest.raises(ManifestError) as refused:
        loaded(text)
    return refused.value.faults


def fault(text: str) -> str:
    (only,) = faults(text)
    return only


def fault_of_project(line: str) -> str:
    """What is wrong about a project for its second line, below its environments."""
    return fault(f"storage:\n  {ENVIRONMENTS}\n  {line}\n")


def fault_of_environment(entries: str) -> str:
    return fault(f"storage:\n  environments:\n    - id: stage\n    - {entries}\n")


def fault_of_service(entries: str) -> str:
    return fault(f"storage:\n  {ENVIRONMENTS}\n  services:\n    - {entries}\n")


def test_the_least_manifest_gets_its_names_and_clusters_from_the_ids() -> None:
    text = """
        {"storage": {"name": "Storage service",
                     "environments": [{"id": "stage", "name": "Staging"}, {"id": "prod", "name": "Production"}]}}
        """

    storage = project(text)

    assert storage == Project(
        id="storage",
        name="Storage service",
        environments=(
            Environment("stage", "Staging", cluster="storage-stage"),
            Environment("prod", "Production", cluster="storage-prod"),
        ),
        services=None,
        ledger_table="release-tool",
    )


def test_the_name_of_the_project_may_follow_its_environments() -> None:
    text = '{"project_name": {"environments": [{"id": "stage", "name": "Staging"}], "name": "Example project"}}'

    assert project(text).name == "Example project"


def test_every_key_reaches_the_project() -> None:
    text = """
        storage:
          name: Storage
          aws_region_name: eu-west-1
          role_arn: arn:aws:iam::123456789012:role/deployer
          github_repository: example/storage
          ledger_table: releases
          environments:
            - {id: stage}
            - {id: prod, name: Production, production: true, cluster: live, aws_region_name: eu-west-2,
               role_arn: "arn:aws-cn:iam::210987654321:role/teams/deployer"}
          services:
            - {id: api, name: The API, environments: [prod], ecs_services: ["{env}-api"], container: app,
               clone_from: newest}
          service_sets:
            - {id: front, name: In front, services: [api]}
        """

    storage = project(text)

    assert storage == Project(
        id="storage",
        name="Storage",
        environments=(
            Environment("stage", "stage", cluster="storage-stage"),
            Environment(
                "prod",
                "Production",
                cluster="live",
                production=True,
                aws_region_name="eu-west-2",
                role_arn="arn:aws-cn:iam::210987654321:role/teams/deployer",
            ),
        ),
        services=(
            Service(
                "api",
                "The API",
                environments=("prod",),
                ecs_services=("{env}-api",),
                container="app",
                clone_from="newest",
            ),
        ),
        service_sets=(ServiceSet("front", "In front", services=("api",)),),
        ledger_table="releases",
        aws_region_name="eu-west-1",
        role_arn="arn:aws:iam::123456789012:role/deployer",
        github_repository="example/storage",
    )


def test_a_service_needs_no_more_than_its_id() -> None:
    assert service("{id: api}") == Service("api", "api")


def test_a_service_may_have_no_ecs_service_at_all() -> None:
    assert service("{id: api, ecs_services: []}").ecs_services == ()


def test_one_image_may_feed_several_ecs_services() -> None:
    assert service("{id: api, ecs_services: [one, two]}").ecs_services == ("one", "two")


def test_one_ecs_service_may_take_several_images() -> None:
    text = f"""
        storage:
          {ENVIRONMENTS}
          services: [{{id: api, ecs_services: [web]}}, {{id: proxy, ecs_services: [web]}}]
        """

    assert [each.ecs_services for each in project(text).services or ()] == [("web",), ("web",)]


def test_a_service_list_may_be_empty_which_is_not_the_same_as_none() -> None:
    assert project(f"storage: {{{ENVIRONMENTS}, services: []}}").services == ()
    assert project(f"storage: {{{ENVIRONMENTS}}}").services is None


def test_two_environments_may_share_a_cluster() -> None:
    text = "storage: {environments: [{id: stage, cluster: both}, {id: prod, cluster: both}]}"

    assert {environment.cluster for environment in project(text).environments} == {"both"}


def test_a_set_may_name_any_service_where_none_are_listed() -> None:
    text = f"storage: {{{ENVIRONMENTS}, service_sets: [{{id: front, services: [api]}}]}}"

    assert project(text).service_sets == (ServiceSet("front", "front", ("api",)),)


@pytest.mark.parametrize("written", ["2022-10-03", "no", "007", "1e3", "1_000", "true", "0x1F", "1.5"])
def test_an_id_stays_the_text_that_it_is(written: str) -> None:
    storage = project(f"storage: {{environments: [{{id: {written}, cluster: a}}]}}")

    assert [environment.id for environment in storage.environments] == [written]
    assert service(f"{{id: {written}, ecs_services: []}}").id == written


def test_a_projects_id_stays_the_text_that_it_is() -> None:
    assert project("2022-10-03: {environments: [{id: prod}]}").id == "2022-10-03"


def test_a_name_may_be_a_number_and_stays_as_it_was_written() -> None:
    assert project(f"storage: {{{ENVIRONMENTS}, name: 1.50}}").name == "1.50"


@pytest.mark.parametrize("written", ["true", "True", "TRUE"])
def test_an_environment_is_marked_as_production_by_true(written: str) -> None:
    (prod,) = project(f"storage: {{environments: [{{id: prod, production: {written}}}]}}").environments

    assert prod.production


def test_an_environment_is_not_production_where_that_is_false() -> None:
    (prod,) = project("storage: {environments: [{id: prod, production: false}]}").environments

    assert not prod.production


def test_several_projects_keep_the_order_of_the_file() -> None:
    text = f"items: {{{ENVIRONMENTS}}}\nbibs: {{{ENVIRONMENTS}}}"

    assert [each.id for each in loaded(text).projects] == ["items", "bibs"]


def test_one_of_several_projects_is_asked_for_by_its_id() -> None:
    manifest = loaded(f"items: {{{ENVIRONMENTS}}}\nbibs: {{{ENVIRONMENTS}}}")

    assert manifest.project("bibs").id == "bibs"


def test_not_saying_which_of_several_projects_lists_them() -> None:
    manifest = loaded(f"items: {{{ENVIRONMENTS}}}\nbibs: {{{ENVIRONMENTS}}}")

    with pytest.raises(AskedWrongly, match="items, bibs") as refused:
        manifest.project(None)

    assert refused.value.next is not None
    assert "--project=<name>" in refused.value.next


def test_a_project_that_is_not_there_lists_those_that_are() -> None:
    manifest = loaded(f"items: {{{ENVIRONMENTS}}}")

    with pytest.raises(UnknownName, match="no project called `itms`; file lists items") as refused:
        manifest.project("itms")

    assert refused.value.next == "did you mean `items`?"


def test_a_file_of_2019_is_understood_and_told_what_it_need_not_say() -> None:
    text = """
        {"storage": {"name": "Storage", "role_arn": "arn:aws:iam::123456789012:role/ci", "aws_region_name": "eu-west-1",
          "github_repository": "example/storage", "tf_stack_root": "terraform/stack",
          "environments": [{"id": "latest", "name": "Latest"}, {"id": "prod", "name": "Production"}]}}
        """

    manifest = loaded(text)

    assert [environment.id for environment in manifest.project(None).environments] == ["prod"]
    assert manifest.notices == (
        "file:3:43: `tf_stack_root` does nothing any more; it can be left out",
        "file:4:27: `latest` is the label of what was built last, and no environment; it can be left out",
    )


def test_nothing_is_noticed_about_a_file_of_today() -> None:
    assert loaded(f"storage: {{{ENVIRONMENTS}}}").notices == ()


def test_the_label_latest_alone_is_no_environment() -> None:
    assert fault("storage: {environments: [{id: latest}]}") == "file:1:1: `storage` has no environment; give it one"


def test_json_may_be_indented_with_tabs() -> None:
    text = '{\n\t"storage": {\n\t\t"name": "The \\"store\\"",\t"environments": [{"id": "prod"}]\n\t}\n}'

    assert project(text).name == 'The "store"'


def test_a_tab_in_json_counts_as_one_column() -> None:
    text = '{\n\t"storage": {\n\t\t"environments": [{"id": "a b"}]}}'

    assert fault(text).startswith("file:3:27: `a b` can't be an id")


def test_a_character_that_json_writes_as_two_escapes_is_one() -> None:
    assert project('{"storage": {"name": "\\ud83d\\ude80", "environments": [{"id": "prod"}]}}').name == "🚀"


def test_what_a_project_shares_by_a_merge_key_is_its_own_too() -> None:
    text = """
        items: &adapter
          aws_region_name: eu-west-1
          environments: [{id: prod}]
        bibs:
          <<: *adapter
          aws_region_name: eu-west-2
        """

    items, bibs = loaded(text).projects

    assert [environment.id for environment in bibs.environments] == ["prod"]
    assert (items.aws_region_name, bibs.aws_region_name) == ("eu-west-1", "eu-west-2")


def test_of_several_merged_mappings_the_earlier_one_holds() -> None:
    text = """
        one: &one {aws_region_name: eu-west-1, environments: [{id: a}]}
        two: &two {aws_region_name: eu-west-2, name: Two, environments: [{id: b}]}
        both: {<<: [*one, *two]}
        """

    both = loaded(text).project("both")

    assert both == replace(loaded(text).project("one"), id="both", name="Two", environments=both.environments)
    assert [environment.id for environment in both.environments] == ["a"]


def test_a_fault_that_a_merge_key_repeats_is_told_once() -> None:
    text = """\
        one: &one {environments: [{id: a b}]}
        two: {<<: *one}
        """

    assert fault(text).startswith("file:1:32: `a b` can't be an id")


def test_all_faults_are_told_at_once_in_the_order_of_the_file() -> None:
    text = """\
        storage:
          role_arn: deployer
          environments:
            - id: prod
              production: "true"
            - id: prod
          services:
            - id: api
              environments: [stage]
          nmae: Storage
        """

    assert faults(text) == (
        "file:2:13: `deployer` is no role's ARN; one looks like `arn:aws:iam::123456789012:role/deployer`",
        "file:5:19: `production` is `true` or `false`, without quotes",
        "file:6:11: `prod` stands twice; first on line 4",
        "file:9:22: no environment called `stage`; there are `prod`",
        "file:10:3: a project has no `nmae`; did you mean `name`?",
    )


def test_a_manifest_that_is_refused_ends_as_asked_wrongly() -> None:
    with pytest.raises(ManifestError) as refused:
        loaded("storage: {}")

    assert refused.value.exit_code == ExitCode.ASKED_WRONGLY


def test_what_stands_below_a_key_that_is_nearly_right_is_judged_too() -> None:
    assert faults("storage: {enviroments: [{id: a b}]}") == (
        "file:1:11: a project has no `enviroments`; did you mean `environments`?",
        "file:1:30: `a b` can't be an id: it becomes part of an SSM parameter's name, "
        "so letters, digits, `_`, `.` and `-` only, 255 at most",
    )


def test_an_unknown_key_that_is_near_none_is_answered_with_those_there_are() -> None:
    assert fault_of_environment("{id: prod, zone: a}").endswith(
        "an environment has no `zone`; its keys are id, name, cluster, production, aws_region_name, role_arn"
    )


def test_a_key_in_the_wrong_place_is_told_where_it_belongs() -> None:
    assert fault_of_project("cluster: live") == "file:3:3: a project has no `cluster`; that belongs to an environment"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (f"storage: {{{ENVIRONMENTS}}}\nitems: {{{ENVIRONMENTS}}}\nstorage: {{{ENVIRONMENTS}}}", "3:1"),
        ("storage:\n  environments: [{id: prod}]\n  name: A\n  name: B", "4:3"),
        ("storage:\n  environments:\n  - id: prod\n  - id: prod", "4:9"),
        ("storage:\n  environments:\n  - id: latest\n  - id: prod\n  - id: latest", "5:9"),
        (f"storage:\n  {ENVIRONMENTS}\n  services:\n  - id: api\n  - id: api", "5:9"),
        (
            f"storage:\n  {ENVIRONMENTS}\n  service_sets:\n  - {{id: a, services: [b]}}\n  - {{id: a, services: [b]}}",
            "5:10",
        ),
        (f"storage:\n  {ENVIRONMENTS}\n  service_sets:\n  - id: a\n    services: [b, c, b]", "5:22"),
        (f"storage:\n  {ENVIRONMENTS}\n  services:\n  - id: a\n    environments: [prod, prod]", "5:26"),
        (f"storage:\n  {ENVIRONMENTS}\n  services:\n  - id: a\n    ecs_services: [b, b]", "5:23"),
        ("storage:\n  environments: [{id: 007}, {id: '007'}]", "2:34"),
    ],
)
def test_a_duplicate_is_told_where_it_stands_the_second_time(text: str, place: str) -> None:
    told = fault(text)

    assert told.startswith(f"file:{place}: ")
    assert "first on line" in told


def test_a_duplicate_by_an_alias_is_told_where_the_alias_stands() -> None:
    text = f"storage:\n  {ENVIRONMENTS}\n  service_sets:\n  - id: a\n    services:\n    - &b b\n    - *b\n"

    assert fault(text) == "file:7:7: `b` stands twice; first on line 6"


def test_two_ecs_services_of_a_service_that_come_to_the_same_name_are_told() -> None:
    told = fault_of_service('{id: api, ecs_services: ["{service}-prod", "api-{env}"]}')

    assert told == "file:4:50: in `prod` this is `api-prod` a second time"


@pytest.mark.parametrize(
    "identity",
    ["a b", "a/b", "å", "a" * 256, '""', "-a", ".", "..", "all", '"a\\u0007"', '"a\\n"', '"{a}"'],
)
def test_an_id_that_can_be_no_part_of_a_parameters_name_is_refused(identity: str) -> None:
    assert "can't be an id" in fault(f"{identity}: {{environments: [{{id: prod}}]}}")
    assert "can't be an id" in fault_of_environment(f"id: {identity}")
    assert "can't be an id" in fault_of_service(f"id: {identity}")
    assert "can't be an id" in fault_of_project(f"service_sets: [{{id: {identity}, services: [a]}}]")


def test_a_control_character_of_the_file_never_reaches_a_sentence() -> None:
    assert "\\u001b[31m" in fault('"\\e[31mstorage": {environments: [{id: prod}]}')


@pytest.mark.parametrize("identity", ["aws", "AWS-storage", "ssm", "Ssmx"])
def test_a_project_can_not_begin_as_ssms_own_names_do(identity: str) -> None:
    assert f"`{identity}` can't be a project's id" in fault(f"{identity}: {{{ENVIRONMENTS}}}")


def test_only_a_projects_id_is_the_first_level_of_a_parameters_name() -> None:
    assert service("{id: aws_sync}").id == "aws_sync"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("name: [a]", "3:9: `name` is text; this is a list"),
        ("name: {a: b}", "3:9: `name` is text; this is a mapping"),
        ("name:", "3:8: `name` is text; this is nothing"),
        ("name: null", "3:9: `name` is text; this is nothing, as `null` has no quotes"),
        ("name: ''", "3:9: a name can't be empty; leave it out, and the id stands for it"),
        ("name: '  '", "3:9: a name can't be empty; leave it out, and the id stands for it"),
        ('name: "a\\nb"', "3:9: a name is one line of text, and can't hold the character U+000A"),
        ('name: "\\e[31m"', "3:9: a name is one line of text, and can't hold the character U+001B"),
        ('name: "\\u202etxt"', "3:9: a name is one line of text, and can't hold the character U+202E"),
        ('name: "\\ud800"', "3:9: a name is one line of text, and can't hold the character U+D800"),
        ("services: {id: api}", "3:13: `services` is a list, `- id: bag_register`; this is a mapping"),
        ("services:", "3:12: `services` is a list, `- id: bag_register`; this is nothing"),
        ("services: api", "3:13: `services` is a list, `- id: bag_register`; this is the text `api`"),
        ("services: [api]", "3:14: a service is written `- id: api`, not as bare text"),
        ("services: [[api]]", "3:14: a service is written `- id: bag_register`; this is a list"),
        ("services: [{name: api}]", "3:14: a service needs an `id`"),
        ("service_sets: [api]", "3:18: a service set is written `- id: api`, not as bare text"),
        ("service_sets: [{id: a}]", "3:18: a service set needs its `services: [id, …]`"),
        ("service_sets: [{id: a, services: []}]", "3:36: `services` is a list, `[id, …]`; this one is empty"),
        ("service_sets: [{id: a, services: b}]", "3:36: `services` is a list, `[id, …]`; this is the text `b`"),
        ("service_sets: [{id: a, services: [{id: b}]}]", "3:37: an item of `services` is text; this is a mapping"),
        ("aws_region_name: eu-west-1a", "3:20: `eu-west-1a` is no AWS region; one looks like `eu-west-1`"),
        ("aws_region_name: Ireland", "3:20: `Ireland` is no AWS region; one looks like `eu-west-1`"),
        ("github_repository: storage", "3:22: `storage` is no GitHub repository; it is written `owner/name`"),
        (
            "github_repository: https://github.com/example/storage.git",
            "3:22: `https://github.com/example/storage.git` is no GitHub repository; write `example/storage`",
        ),
        (
            "github_repository: git@github.com:example/storage.git",
            "3:22: `git@github.com:example/storage.git` is no GitHub repository; write `example/storage`",
        ),
        (
            "ledger_table: ab",
            "3:17: `ab` can't be a DynamoDB table's name: letters, digits, `_`, `.` and `-` only, 3 to 255",
        ),
    ],
)
def test_a_wrong_value_is_told_with_what_was_expected(line: str, told: str) -> None:
    assert fault_of_project(line) == f"file:{told}"


@pytest.mark.parametrize(
    "arn",
    [
        "deployer",
        "arn:aws:iam::12345:role/deployer",
        "arn:aws:iam::123456789012:user/deployer",
        "arn:aws:iam::123456789012:role/",
        "arn:aws:sts::123456789012:assumed-role/deployer/session",
    ],
)
def test_a_role_that_no_arn_names_is_refused(arn: str) -> None:
    assert "is no role's ARN" in fault_of_project(f"role_arn: {arn}")
    assert "is no role's ARN" in fault_of_environment(f"{{id: prod, role_arn: '{arn}'}}")


@pytest.mark.parametrize("region", ["us-gov-west-1", "ap-southeast-2", "us-isob-east-1", "eusc-de-east-1"])
def test_regions_of_all_partitions_are_taken(region: str) -> None:
    assert project(f"storage: {{{ENVIRONMENTS}, aws_region_name: {region}}}").aws_region_name == region


@pytest.mark.parametrize("table", ["abc", "Release.tool_1-x", "a" * 255])
def test_tables_that_dynamodb_takes_are_taken(table: str) -> None:
    assert project(f"storage: {{{ENVIRONMENTS}, ledger_table: {table}}}").ledger_table == table


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ("prod", "4:7: an environment is written `- id: prod`, not as bare text"),
        ("{name: Production}", "4:7: an environment needs an `id`"),
        ("", "4:6: an environment is written `- id: stage`; this is nothing"),
        ("{id: prod, production: yes}", "4:30: `production` is `true` or `false`, without quotes"),
        ("{id: prod, production: 'true'}", "4:30: `production` is `true` or `false`, without quotes"),
        ("{id: prod, production: 1}", "4:30: `production` is `true` or `false`, without quotes"),
        (
            "{id: prod, cluster: a.b}",
            "4:27: `a.b` can't be a name in ECS: letters, digits, `_` and `-` only, 255 at most",
        ),
        (
            "{id: v1.2}",
            "4:12: `storage-v1.2` can't be a name in ECS: letters, digits, `_` and `-` only, 255 at most; "
            "give this environment a `cluster`",
        ),
    ],
)
def test_a_wrong_environment_is_told_with_what_was_expected(entries: str, told: str) -> None:
    assert fault_of_environment(entries) == f"file:{told}"


@pytest.mark.parametrize("text", ["storage: {}", "storage: {name: Storage}"])
def test_a_project_without_environments_is_refused(text: str) -> None:
    assert fault(text) == "file:1:1: `storage` has no `environments`"


def test_a_project_with_an_empty_list_of_environments_is_refused() -> None:
    assert fault("storage: {environments: []}") == "file:1:1: `storage` has no environment; give it one"


def test_environments_by_id_are_told_to_be_a_list() -> None:
    told = fault("storage: {environments: {stage: {name: Staging}}}")

    assert told == "file:1:25: `environments` is a list, `- id: stage`; this is a mapping"


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ("{id: api, environments: [stag]}", "4:32: no environment called `stag`; did you mean `stage`?"),
        ("{id: api, environments: [live]}", "4:32: no environment called `live`; there are `stage`, `prod`"),
        ("{id: api, environments: [latest]}", "4:32: `latest` is a label, and no environment: nothing runs in it"),
        ("{id: api, environments: []}", "4:31: `environments` is a list, `[stage]`; this one is empty"),
        ("{id: api, environments: prod}", "4:31: `environments` is a list, `[stage]`; this is the text `prod`"),
        ("{id: api, clone_from: new}", "4:29: `clone_from` is `running` or `newest`; this is the text `new`"),
        (
            "{id: api, container: a b}",
            "4:28: `a b` can't be a name in ECS: letters, digits, `_` and `-` only, 255 at most",
        ),
        (
            '{id: api, ecs_services: ["{environment}-api"]}',
            "4:32: `{environment}` is no placeholder; there are `{project}`, `{env}`, `{service}`",
        ),
        (
            '{id: api, ecs_services: ["api.{env}"]}',
            "4:32: `api.{env}` can't be a name in ECS: letters, digits, `_` and `-` only, 255 at most",
        ),
        (
            '{id: api, ecs_services: ["{env"]}',
            "4:32: `{env` can't be a name in ECS: letters, digits, `_` and `-` only, 255 at most",
        ),
        (
            "{id: api, ecs_services: ['']}",
            "4:32: `` can't be a name in ECS: letters, digits, `_` and `-` only, 255 at most",
        ),
        (
            "{id: api.v2}",
            "4:12: `api.v2` can't be a name in ECS: letters, digits, `_` and `-` only, 255 at most; "
            "say by `ecs_services` what it is called there",
        ),
    ],
)
def test_a_wrong_service_is_told_with_what_was_expected(entries: str, told: str) -> None:
    assert fault_of_service(entries) == f"file:{told}"


def test_an_ecs_service_whose_name_grows_too_long_when_filled_is_told() -> None:
    told = fault_of_service(f'{{id: api, environments: [stage], ecs_services: ["{{env}}{"a" * 251}"]}}')

    assert "can't be a name in ECS" in told


def test_a_name_is_filled_only_for_environments_in_which_the_service_exists() -> None:
    text = """
        storage:
          environments: [{id: prod}, {id: v1.2, cluster: old}]
          services: [{id: api, environments: [prod], ecs_services: ["api-{env}"]}]
        """

    assert project(text).services is not None


def test_a_service_whose_id_ecs_would_refuse_needs_another_name_there() -> None:
    assert service("{id: api.v2, ecs_services: [api-v2]}").id == "api.v2"


def test_a_set_can_not_have_the_id_of_a_service() -> None:
    text = f"storage:\n  {ENVIRONMENTS}\n  services: [{{id: api}}]\n  service_sets: [{{id: api, services: [api]}}]"

    assert fault(text) == "file:4:23: `api` is a service's id already; a set needs one of its own"


def test_a_set_can_not_name_a_service_that_is_not_listed() -> None:
    text = f"storage:\n  {ENVIRONMENTS}\n  services: [{{id: api}}]\n  service_sets: [{{id: front, services: [apis]}}]"

    assert fault(text) == "file:4:41: no service called `apis`; did you mean `api`?"


def test_a_long_list_of_what_there_is_is_cut() -> None:
    services = ", ".join(f"{{id: service_{n}}}" for n in range(12))
    text = f"storage: {{{ENVIRONMENTS}, services: [{services}], service_sets: [{{id: front, services: [zzz]}}]}}"

    assert fault(text).endswith("`service_9` and 2 more")


def test_among_very_many_no_guess_is_made() -> None:
    services = ", ".join(f"{{id: service_{n}}}" for n in range(600))
    text = f"storage: {{{ENVIRONMENTS}, services: [{services}], service_sets: [{{id: front, services: [service]}}]}}"

    assert fault(text).endswith(
        "no service called `service`; there are " + ", ".join(f"`service_{n}`" for n in range(10)) + " and 590 more"
    )


def test_what_names_a_service_that_is_bare_text_is_not_wrong_too() -> None:
    text = f"storage: {{{ENVIRONMENTS}, services: [api], service_sets: [{{id: front, services: [api]}}]}}"

    assert fault(text).endswith("a service is written `- id: api`, not as bare text")


def test_what_names_an_environment_is_not_wrong_too_where_there_is_no_list_of_them() -> None:
    told = fault("storage: {environments: prod, services: [{id: api, environments: [prod]}]}")

    assert "`environments` is a list" in told


@pytest.mark.parametrize(
    ("key", "value", "today"),
    [
        ("image_repositories", "[{id: api, services: [{id: api}]}]", "`services: [{id: "),
        ("profile", "storage-dev", "`role_arn`"),
        ("account_id", "'123456789012'", "the image URI"),
        ("namespace", "uk.ac.wellcome", "the image URI"),
        ("region_name", "eu-west-1", "`aws_region_name`"),
    ],
)
def test_a_key_of_other_times_is_answered_with_todays(key: str, value: str, today: str) -> None:
    told = fault_of_project(f"{key}: {value}")

    assert told.startswith(f"file:3:3: `{key}` is ")
    assert today in told


def test_a_list_of_projects_is_answered_with_todays_form_and_all_else_that_is_wrong() -> None:
    text = '[{"id": "storage", "profile": "dev", "environments": [{"id": "prod"}]}]'

    assert [told.partition(";")[0] for told in faults(text)] == [
        "file:1:1: a list of projects is a form of 2019",
        "file:1:20: `profile` is not read any more: set AWS_PROFILE where the tool runs, or name a role by `role_arn`",
    ]
    assert "`storage: {environments: […]}`" in faults(text)[0]


def test_a_bare_project_is_answered_with_todays_form_and_all_else_that_is_wrong() -> None:
    text = '{"id": "storage", "name": "Storage", "environments": [{"id": "all"}]}'

    form, identity = faults(text)

    assert form == (
        "file:1:1: a project without its id above it is a form of 2019; "
        "today the file holds projects by id: `storage:` and the rest below"
    )
    assert identity.startswith("file:1:62: `all` can't be an id")


def test_a_bare_project_without_an_id_is_known_by_its_environments() -> None:
    assert "a project without its id above it" in fault(f"{{name: Storage, {ENVIRONMENTS}}}")


def test_a_project_may_be_called_as_a_key_is() -> None:
    assert project(f"id: {{{ENVIRONMENTS}}}").id == "id"
    assert project(f"environments: {{{ENVIRONMENTS}}}").id == "environments"


@pytest.mark.parametrize("value", ["[]", "text", "", "~"])
def test_a_project_that_is_no_mapping_is_told_what_it_should_be(value: str) -> None:
    assert "a project is written `environments: […]` and more beneath its id" in fault(f"storage: {value}")
