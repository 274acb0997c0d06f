"""Task definitions as ECS keeps, orders and forgets them."""

from typing import Any

from tests.emulator.account import Account, refused, short

TAGS = [{"key": "managed-by", "value": "terraform"}]


def described(aws: Account, name: str, **more: Any) -> dict[str, Any]:
    return dict(aws.ecs.describe_task_definition(taskDefinition=name, **more))


def listed(aws: Account, **asked: Any) -> list[str]:
    return [short(arn) for arn in aws.ecs.list_task_definitions(**asked)["taskDefinitionArns"]]


def test_a_family_means_its_newest_active_revision(aws: Account) -> None:
    for tag in ("v1", "v2", "v3"):
        aws.revision(tag)
    aws.ecs.deregister_task_definition(taskDefinition="web:3")

    assert described(aws, "web")["taskDefinition"]["revision"] == 2


def test_a_family_without_an_active_revision_cannot_be_described(aws: Account) -> None:
    aws.revision()
    aws.ecs.deregister_task_definition(taskDefinition="web:1")

    expected = ("ClientException", "Unable to describe task definition.")
    assert refused(aws.ecs.describe_task_definition, taskDefinition="web") == expected
    assert described(aws, "web:1")["taskDefinition"]["status"] == "INACTIVE"


def test_a_revision_that_does_not_exist_cannot_be_described(aws: Account) -> None:
    aws.revision()

    for name in ("ghost", "web:2", "web:two"):
        assert refused(aws.ecs.describe_task_definition, taskDefinition=name)[0] == "ClientException"


def test_tags_come_with_the_registration_and_otherwise_only_when_asked_for(aws: Account) -> None:
    containers = [{"name": "app", "image": "web:1", "memory": 128}]

    made = aws.ecs.register_task_definition(family="web", containerDefinitions=containers, tags=TAGS)

    assert made["tags"] == TAGS
    assert "tags" not in described(aws, "web")
    assert described(aws, "web", include=["TAGS"])["tags"] == TAGS


def test_what_ecs_adds_is_there_to_be_stripped(aws: Account) -> None:
    aws.revision(enableFaultInjection=True)

    found = described(aws, "web")["taskDefinition"]

    assert {"registeredAt", "registeredBy", "requiresAttributes", "compatibilities", "revision", "status"} <= set(found)
    assert found["enableFaultInjection"] is True
    assert "deregisteredAt" not in found


def test_a_deregistered_revision_says_since_when(aws: Account) -> None:
    aws.revision()

    aws.ecs.deregister_task_definition(taskDefinition="web:1")

    assert described(aws, "web:1")["taskDefinition"]["deregisteredAt"] is not None


def test_revisions_are_listed_by_number_in_either_direction(aws: Account) -> None:
    for n in range(11):
        aws.revision(f"v{n}")

    assert listed(aws, familyPrefix="web")[:2] == ["web:1", "web:2"]
    assert listed(aws, familyPrefix="web", sort="DESC")[:2] == ["web:11", "web:10"]


def test_revisions_are_paged(aws: Account) -> None:
    for n in range(3):
        aws.revision(f"v{n}")

    first = aws.ecs.list_task_definitions(familyPrefix="web", sort="DESC", maxResults=2)
    rest = aws.ecs.list_task_definitions(familyPrefix="web", sort="DESC", maxResults=2, nextToken=first["nextToken"])

    assert [short(arn) for arn in first["taskDefinitionArns"]] == ["web:3", "web:2"]
    assert [short(arn) for arn in rest["taskDefinitionArns"]] == ["web:1"]
    assert "nextToken" not in rest


def test_a_family_is_not_a_prefix(aws: Account) -> None:
    aws.revision(family="web")
    aws.revision(family="web-admin")

    assert listed(aws, familyPrefix="web") == ["web:1"]


def test_a_made_up_page_token_is_refused(aws: Account) -> None:
    assert refused(aws.ecs.list_task_definitions, nextToken="next")[0] == "InvalidParameterException"
