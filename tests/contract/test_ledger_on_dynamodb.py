"""What the ledger on DynamoDB promises besides: its table, its calls, and what is left when it is cut off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from release_tool.aws.ledger import DynamoLedger, keys
from release_tool.aws.ledger.calls import BATCH, Calls
from release_tool.aws.ledger.items import numbered_deployment_item, to_item
from release_tool.aws.ledger.keys import Key
from release_tool.aws.ledger.listing import current_item
from release_tool.aws.ledger.table import table_definition
from release_tool.errors import AskedWrongly, AwsRefused, CouldNot
from release_tool.model import Commits, DeploymentSet, Kind, ReleaseSet, Word
from tests.contract.ledgers import (
    ANN,
    NOON,
    TABLE,
    Answer,
    AnswerLost,
    Around,
    Between,
    Counted,
    Killed,
    KilledAt,
    SetClock,
    a_commit,
    a_draft,
    a_holder,
    a_revision,
    an_opening,
    as_it_comes,
    dynamodb,
    sent_twice,
)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def aws() -> Iterator[Any]:
    """A client of DynamoDB's, in an account without a table."""
    with mock_aws():
        yield dynamodb()


@pytest.fixture
def client(aws: Any, clock: SetClock) -> Any:
    """The same, with the table."""
    DynamoLedger(aws, TABLE, clock).make_table()
    return aws


@pytest.fixture
def ledger(client: Any, clock: SetClock) -> DynamoLedger:
    return DynamoLedger(Between(client, as_it_comes), TABLE, clock)


@pytest.fixture
def through(client: Any, clock: SetClock) -> Callable[[Around], DynamoLedger]:
    """The same ledger, with something between it and its table."""
    return lambda around: DynamoLedger(Between(client, around), TABLE, clock)


# --- the table


def test_the_table_is_made_once(aws: Any, clock: SetClock) -> None:
    ledger = DynamoLedger(aws, TABLE, clock)

    assert ledger.make_table() is True
    assert ledger.make_table() is False


def test_the_table_is_made_as_it_is_defined(client: Any) -> None:
    made = client.describe_table(TableName=TABLE)["Table"]
    backups = client.describe_continuous_backups(TableName=TABLE)["ContinuousBackupsDescription"]

    wanted = table_definition(TABLE)
    assert made["KeySchema"] == wanted["KeySchema"]
    assert made["DeletionProtectionEnabled"] is True
    assert made["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    indexes = [
        {key: index[key] for key in ("IndexName", "KeySchema", "Projection")}
        for index in made["GlobalSecondaryIndexes"]
    ]
    assert indexes == wanted["GlobalSecondaryIndexes"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_a_table_that_was_left_without_backups_is_finished(aws: Any, clock: SetClock) -> None:
    aws.create_table(**table_definition(TABLE))

    assert DynamoLedger(aws, TABLE, clock).make_table() is False

    backups = aws.describe_continuous_backups(TableName=TABLE)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_backups_are_asked_for_until_the_new_table_takes_them(aws: Any, clock: SetClock) -> None:
    around = Fails("update_continuous_backups", "ContinuousBackupsUnavailableException", times=3)

    assert DynamoLedger(Between(aws, around), TABLE, clock).make_table() is True

    backups = aws.describe_continuous_backups(TableName=TABLE)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_a_table_that_is_still_being_made_is_waited_for(aws: Any, clock: SetClock) -> None:
    looks = iter(["CREATING", "CREATING", "ACTIVE"])

    def around(operation: str, request: dict[str, Any], call: Callable[[], Answer]) -> Answer:
        answer = call()
        if operation == "describe_table":
            answer["Table"]["TableStatus"] = next(looks)
        return answer

    DynamoLedger(Between(aws, around), TABLE, clock).make_table()

    assert next(looks, None) is None
    assert clock.now() > NOON


def test_a_table_that_never_answers_is_given_up_on(aws: Any, clock: SetClock) -> None:
    def around(operation: str, request: dict[str, Any], call: Callable[[], Answer]) -> Answer:
        answer = call()
        if operation == "describe_table":
            answer["Table"]["TableStatus"] = "CREATING"
        return answer

    with pytest.raises(CouldNot, match="does not answer yet"):
        DynamoLedger(Between(aws, around), TABLE, clock).make_table()


def test_a_table_that_somebody_else_makes_at_the_same_time_is_as_good(aws: Any, clock: SetClock) -> None:
    def around(operation: str, request: dict[str, Any], call: Callable[[], Answer]) -> Answer:
        if operation == "create_table":
            aws.create_table(**table_definition(TABLE))
        return call()

    assert DynamoLedger(Between(aws, around), TABLE, clock).make_table() is False


def test_a_table_that_is_something_else_is_left_alone(aws: Any, clock: SetClock) -> None:
    aws.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )

    with pytest.raises(AskedWrongly, match="there is a table `release-tool`, but it is no ledger"):
        DynamoLedger(aws, TABLE, clock).make_table()


Ask = Callable[[DynamoLedger], Any]

A_SET = DeploymentSet("storage", "stage", "set-1", 1, Kind.DEPLOY, "all", 1, "latest", "why", ANN, NOON)
A_RELEASE_SET = ReleaseSet("storage", "releases-1", 1, "all", "why", ANN, NOON)

QUESTIONS: dict[str, Ask] = {
    "current": lambda ledger: ledger.current("storage"),
    "current in stage": lambda ledger: ledger.current("storage", "stage"),
    "latest_set": lambda ledger: ledger.latest_set("storage", "stage"),
    "deployment_set": lambda ledger: ledger.deployment_set("storage", 150),
    "deployment_set of stage": lambda ledger: ledger.deployment_set("storage", 150, environment="stage"),
    "deployments": lambda ledger: ledger.deployments(A_SET),
    "deployment_sets": lambda ledger: ledger.deployment_sets("storage").items,
    "deployment_sets in stage": lambda ledger: ledger.deployment_sets("storage", environment="stage").items,
    "service_history": lambda ledger: ledger.service_history("storage", "web").items,
    "service_history in stage": lambda ledger: ledger.service_history("storage", "web", environment="stage").items,
    "release_set": lambda ledger: ledger.release_set("storage", 15),
    "releases": lambda ledger: ledger.releases(A_RELEASE_SET),
    "release_sets": lambda ledger: ledger.release_sets("storage").items,
    "release_sets in stage": lambda ledger: ledger.release_sets("storage", environment="stage").items,
    "ours": lambda ledger: ledger.ours(a_revision("web", 1)),
    "holder": lambda ledger: ledger.holder("storage", "stage"),
}


@pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_without_a_table_every_question_says_how_to_make_one(aws: Any, clock: SetClock, ask: Ask) -> None:
    with pytest.raises(AskedWrongly, match="there is no table `release-tool`") as refusal:
        ask(DynamoLedger(aws, TABLE, clock))

    assert refusal.value.next == "make it with: release-tool init"


WRITES: dict[str, Ask] = {
    "open": lambda ledger: ledger.open(an_opening()),
    "record": lambda ledger: ledger.record(A_SET, ["web"], an_opening().deployments[0].rollouts[0]),
    "requested": lambda ledger: ledger.requested(A_SET),
    "end": lambda ledger: ledger.end(A_SET, Word.COMPLETE, None, NOON),
    "turn_away_from": lambda ledger: ledger.turn_away_from(an_opening().deployments[0]),
    "acquire": lambda ledger: ledger.acquire("storage", "stage", a_holder()),
    "renew": lambda ledger: ledger.renew("storage", "stage", a_holder()),
    "release": lambda ledger: ledger.release("storage", "stage", "ann"),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_without_a_table_every_write_says_how_to_make_one(aws: Any, clock: SetClock, write: Ask) -> None:
    with pytest.raises(AskedWrongly, match="there is no table `release-tool`"):
        write(DynamoLedger(aws, TABLE, clock))


# --- how much is asked


@pytest.fixture
def long_history(client: Any, clock: SetClock) -> Any:
    """Three hundred deployments of one service, and twenty of everything else."""
    commits = Commits(tuple(a_commit(1) for _ in range(20)))
    web = replace(a_draft("web", "set-1", "storage", "stage", "1"), commits=commits, requested_at=NOON)
    items = []
    for number in range(1, 301):
        header = replace(A_SET, id=f"set-{number}", number=number)
        items.append(numbered_deployment_item(replace(web, set_id=header.id, number=number)))
        items.append(
            to_item(
                keys.deployment_set("storage", "stage", number),
                header,
                history_of=keys.all_deployment_sets("storage"),
            )
        )
    for number in range(1, 21):
        other = replace(web, service=f"service-{number}", number=1)
        release_set = replace(A_RELEASE_SET, id=f"releases-{number}", number=number)
        items += [
            numbered_deployment_item(other),
            current_item(other),
            to_item(keys.release_set("storage", number), release_set),
            to_item(Key(keys.released("storage", "stage"), keys.padded(number)), release_set),
            to_item(Key(keys.releases("storage", "releases-1"), other.service), an_opening().releases[0]),
            to_item(keys.revision(a_revision("web", number)), arn=a_revision("web", number)),
        ]
    Calls(client, TABLE, clock).write_all(items)
    DynamoLedger(client, TABLE, clock).acquire("storage", "stage", a_holder())
    return client


def test_every_question_is_one_request_however_long_the_history(long_history: Any, clock: SetClock) -> None:
    asked = {}
    for name, ask in QUESTIONS.items():
        counted = Counted()
        answer = ask(DynamoLedger(Between(long_history, counted), TABLE, clock))
        asked[name] = counted.operations
        assert answer, name

    by_key = {"release_set", "holder", "deployment_set of stage"}
    assert asked == {name: ["get_item" if name in by_key else "query"] for name in QUESTIONS}


def test_an_answer_in_several_parts_is_put_together(ledger: DynamoLedger, through: Any) -> None:
    """DynamoDB ends an answer at a megabyte; here it ends after two items."""
    services = tuple(f"service-{number}" for number in range(5))
    deployment_set, deployments = ledger.open(an_opening(*services))

    def in_twos(operation: str, request: dict[str, Any], call: Callable[[], Answer]) -> Answer:
        request["Limit"] = 2
        return call()

    assert through(in_twos).deployments(deployment_set) == deployments
    assert [d.service for d in through(in_twos).current("storage")] == list(services)


def test_a_page_reads_no_more_than_it_shows_and_one(ledger: DynamoLedger, through: Any) -> None:
    for number in range(1, 9):
        ledger.open(an_opening(set_id=f"set-{number}"))
    read: list[int] = []

    def around(operation: str, request: dict[str, Any], call: Callable[[], Answer]) -> Answer:
        answer = call()
        read.append(answer["ScannedCount"])
        return answer

    page = through(around).service_history("storage", "web", limit=5)

    assert [d.number for d in page.items] == [8, 7, 6, 5, 4]
    assert read == [6]


def test_a_deployment_set_of_twenty_services_is_opened_in_seven_requests(through: Any) -> None:
    counted = Counted()

    through(counted).open(an_opening(*(f"service-{number}" for number in range(20))))

    assert counted.operations == [
        "batch_get_item",
        *["batch_write_item"] * 2,
        "transact_write_items",
        *["batch_write_item"] * 2,
        "delete_item",
    ]


# --- cut off, and gone on with


def a_ledger_with_history(ledger: DynamoLedger) -> None:
    ledger.open(an_opening("web", "api", set_id="before", tag="0"))


WANTED = an_opening("web", "worker", set_id="cut-off", tag="1")
REQUESTS = [
    "batch_get_item",  # what is there already
    "batch_write_item",  # drafts
    "transact_write_items",  # the number
    "batch_write_item",  # the listing
    "delete_item",  # its end
]
NUMBERED = REQUESTS.index("transact_write_items") + 1, True
MOMENTS = [(call, after) for call in range(1, len(REQUESTS) + 1) for after in (False, True)]


def test_an_opening_is_these_requests(ledger: DynamoLedger, through: Any) -> None:
    """So that the moments at which it is cut off, below, are all that there are."""
    a_ledger_with_history(ledger)
    counted = Counted()

    through(counted).open(WANTED)

    assert counted.operations == REQUESTS


@pytest.mark.parametrize("moment", [moment for moment in MOMENTS if moment < NUMBERED])
def test_an_opening_cut_off_before_it_has_its_number_has_not_happened(
    ledger: DynamoLedger, through: Any, moment: tuple[int, bool]
) -> None:
    a_ledger_with_history(ledger)
    with pytest.raises(Killed):
        through(KilledAt(*moment)).open(WANTED)

    assert ledger.latest_set("storage", "stage") == ledger.deployment_set("storage", 1)
    assert ledger.deployment_set("storage", 2) is None
    assert {d.service: (d.number, d.release_hash) for d in ledger.current("storage")} == {
        "api": (1, "0"),
        "web": (1, "0"),
    }
    assert [d.number for d in ledger.service_history("storage", "web").items] == [1]
    assert ledger.service_history("storage", "worker").items == ()
    assert [s.number for s in ledger.release_sets("storage").items] == [1]

    following, _ = ledger.open(an_opening("api", set_id="next", tag="2"))
    assert (following.number, following.release_number) == (2, 2)


@pytest.mark.parametrize("moment", [moment for moment in MOMENTS if moment >= NUMBERED])
def test_an_opening_cut_off_after_it_has_its_number_has_happened(
    ledger: DynamoLedger, through: Any, moment: tuple[int, bool]
) -> None:
    a_ledger_with_history(ledger)
    with pytest.raises(Killed):
        through(KilledAt(*moment)).open(WANTED)

    latest = ledger.latest_set("storage", "stage")
    assert latest is not None
    assert (latest.id, latest.number) == ("cut-off", 2)
    assert ledger.deployment_set("storage", 2) == latest
    assert [(d.service, d.number, d.release_number) for d in ledger.deployments(latest)] == [
        ("web", 2, 2),
        ("worker", 2, 2),
    ]
    current = {d.service: (d.number, d.release_hash) for d in ledger.current("storage")}
    assert current == {"api": (1, "0"), "web": (2, "1"), "worker": (2, "1")}
    assert ledger.current("storage", "stage") == ledger.current("storage")
    assert len(ledger.releases(ledger.release_set("storage", 2))) == 2  # type: ignore[arg-type]


@pytest.mark.parametrize("moment", [moment for moment in MOMENTS if moment >= NUMBERED])
def test_the_opening_after_one_that_was_cut_off_finishes_it(
    ledger: DynamoLedger, through: Any, moment: tuple[int, bool]
) -> None:
    a_ledger_with_history(ledger)
    with pytest.raises(Killed):
        through(KilledAt(*moment)).open(WANTED)

    following, _ = ledger.open(an_opening("api", set_id="next", tag="2"))

    assert following.number == 3
    assert [d.number for d in ledger.service_history("storage", "web", environment="stage").items] == [2, 1]
    assert [d.number for d in ledger.service_history("storage", "worker").items] == [2]
    assert {d.service: d.number for d in ledger.current("storage")} == {"api": 3, "web": 2, "worker": 2}


@pytest.mark.parametrize("moment", [moment for moment in MOMENTS if moment >= NUMBERED])
def test_a_set_that_was_cut_off_while_it_was_opened_can_be_carried_out(
    ledger: DynamoLedger, through: Any, moment: tuple[int, bool]
) -> None:
    a_ledger_with_history(ledger)
    with pytest.raises(Killed):
        through(KilledAt(*moment)).open(WANTED)
    latest = ledger.latest_set("storage", "stage")
    assert latest is not None
    web, worker = ledger.deployments(latest)

    ledger.record(latest, ["web"], replace(web.rollouts[0], ecs_deployment_id="ecs-svc/1"))
    ledger.record(latest, ["worker"], replace(worker.rollouts[0], ecs_deployment_id="ecs-svc/2"))

    told = {d.service: d.rollouts[0].ecs_deployment_id for d in ledger.current("storage")}
    assert told == {"api": None, "web": "ecs-svc/1", "worker": "ecs-svc/2"}
    for service in ("web", "worker"):
        (newest, *_) = ledger.service_history("storage", service).items
        assert (newest.number, newest.rollouts[0].ecs_deployment_id) == (2, told[service])


def test_two_that_finish_what_was_cut_off_at_once_lose_nothing(ledger: DynamoLedger, through: Any) -> None:
    with pytest.raises(Killed):
        through(KilledAt(*NUMBERED)).open(WANTED)
    latest = ledger.latest_set("storage", "stage")
    assert latest is not None
    web, worker = (replace(d.rollouts[0], ecs_deployment_id=d.service) for d in ledger.deployments(latest))
    others: Iterator[Callable[[], None]] = iter([lambda: ledger.record(latest, ["web"], web)])

    def another_comes_in_between(operation: str, request: dict[str, Any], call: Callable[[], Answer]) -> Answer:
        answer = call()
        if operation == "query":
            for other in others:
                other()
        return answer

    through(another_comes_in_between).record(latest, ["worker"], worker)

    assert [d.rollouts[0].ecs_deployment_id for d in ledger.current("storage")] == ["web", "worker"]
    assert [d.rollouts[0].ecs_deployment_id for d in ledger.deployments(latest)] == ["web", "worker"]


def test_a_large_set_that_was_half_listed_is_seen_and_finished(ledger: DynamoLedger, through: Any) -> None:
    services = tuple(f"service-{number:02}" for number in range(30))
    drafts_and_number, half_of_the_listing = 1 + 3 + 1, 2
    with pytest.raises(Killed):
        through(KilledAt(drafts_and_number + half_of_the_listing, after=True)).open(an_opening(*services))

    assert [d.service for d in ledger.current("storage")] == list(services)

    ledger.open(an_opening("api", set_id="next", environment="stage"))

    assert [d.service for d in ledger.current("storage")] == ["api", *services]
    assert all(ledger.service_history("storage", service).items for service in services)


def test_a_parameter_that_was_cut_off_while_it_was_opened_gets_its_place_in_history(
    ledger: DynamoLedger, through: Any
) -> None:
    draft = replace(a_draft("batch", "cut-off", "storage", "stage", "1"), rollouts=())
    with pytest.raises(Killed):
        through(KilledAt(*NUMBERED)).open(an_opening("batch", set_id="cut-off", deployments=(draft,)))
    latest = ledger.latest_set("storage", "stage")
    assert latest is not None

    ledger.record(latest, ["batch"], None)

    assert [d.number for d in ledger.service_history("storage", "batch").items] == [1]


@pytest.mark.parametrize("call", range(1, len(REQUESTS) + 1))
def test_an_opening_whose_answer_was_lost_can_be_repeated(ledger: DynamoLedger, through: Any, call: int) -> None:
    a_ledger_with_history(ledger)
    with pytest.raises(CouldNot, match="could not be reached"):
        through(AnswerLost(call)).open(WANTED)

    deployment_set, deployments = ledger.open(WANTED)

    assert deployment_set.number == 2
    assert ledger.deployments(deployment_set) == deployments
    assert len(ledger.deployment_sets("storage").items) == 2
    assert {d.service: d.number for d in ledger.current("storage")} == {"api": 1, "web": 2, "worker": 2}
    assert [d.number for d in ledger.service_history("storage", "worker").items] == [2]


def test_every_request_may_be_sent_twice(ledger: DynamoLedger, through: Any) -> None:
    twice = through(sent_twice)

    held = twice.acquire("storage", "stage", a_holder())
    deployment_set, (api, web) = twice.open(an_opening("web", "api"))
    held = twice.renew("storage", "stage", replace(held, deployment=deployment_set.number))
    asked = replace(web.rollouts[0], new_revision=a_revision("web", 2), ecs_deployment_id="ecs-svc/1")
    twice.record(deployment_set, ["web"], asked)
    twice.record(deployment_set, ["api"], None)
    twice.requested(deployment_set)
    twice.end(deployment_set, Word.COMPLETE, None, NOON)
    twice.turn_away_from(web)

    ended = replace(deployment_set, requested=True, outcome=Word.COMPLETE, ended_at=NOON)
    assert deployment_set.number == 1
    assert ledger.deployment_sets("storage").items == (ended,)
    assert ledger.deployments(ended) == (api, replace(web, rollouts=(asked,), rolled_back_from=True))
    assert ledger.ours(a_revision("web", 1)) == {a_revision("web", 2)}
    assert ledger.holder("storage", "stage") == held

    twice.release("storage", "stage", held.id)
    assert ledger.holder("storage", "stage") is None


def test_a_set_that_is_only_half_listed_does_not_hide_a_newer_one(ledger: DynamoLedger, through: Any) -> None:
    with pytest.raises(Killed):
        through(KilledAt(4, after=False)).open(WANTED)
    ledger.open(an_opening("web", set_id="newer", tag="2"))
    cut_off = ledger.deployment_set("storage", 1)
    assert cut_off is not None

    ledger.record(cut_off, ["web"], replace(ledger.deployments(cut_off)[0].rollouts[0], outcome=Word.SUPERSEDED))

    assert {d.service: d.number for d in ledger.current("storage")} == {"web": 2, "worker": 1}


# --- busy, refused, too new


class Fails:
    """The first calls of one operation end with an error of DynamoDB's, and are not carried out."""

    def __init__(self, operation: str, code: str, times: int, reasons: list[str] | None = None) -> None:
        self._operation = operation
        self._response: Any = {"Error": {"Code": code, "Message": "in DynamoDB's words"}}
        self._left = times
        if reasons is not None:
            self._response["CancellationReasons"] = [{"Code": reason} for reason in reasons]

    def __call__(self, operation: str, request: dict[str, Any], call: Callable[[], Answer]) -> Answer:
        if operation == self._operation and self._left > 0:
            self._left -= 1
            raise ClientError(self._response, operation)
        return call()


CONFLICT = ["None", "TransactionConflict", "None", "None", "None"]


def test_a_transaction_that_met_another_is_repeated(ledger: DynamoLedger, through: Any, clock: SetClock) -> None:
    busy = Fails("transact_write_items", "TransactionCanceledException", 3, CONFLICT)

    deployment_set, _ = through(busy).open(an_opening())

    assert deployment_set.number == 1
    assert clock.now() > NOON


@pytest.mark.parametrize("code", ["TransactionInProgressException", "ThrottlingException"])
def test_a_transaction_that_dynamodb_has_no_time_for_is_repeated(through: Any, code: str) -> None:
    deployment_set, _ = through(Fails("transact_write_items", code, 3)).open(an_opening())

    assert deployment_set.number == 1


def test_a_write_that_met_a_transaction_is_repeated(ledger: DynamoLedger, through: Any) -> None:
    deployment_set, _ = ledger.open(an_opening())

    through(Fails("update_item", "TransactionConflictException", 3)).requested(deployment_set)

    assert ledger.latest_set("storage", "stage").requested  # type: ignore[union-attr]


def test_a_table_that_is_always_busy_is_given_up_on(through: Any) -> None:
    busy = Fails("transact_write_items", "TransactionCanceledException", 1000, CONFLICT)

    with pytest.raises(CouldNot, match="too busy to answer"):
        through(busy).open(an_opening())


def test_what_dynamodb_left_undone_of_a_batch_is_sent_again(ledger: DynamoLedger, through: Any) -> None:
    sent: list[int] = []

    def takes_five(operation: str, request: dict[str, Any], call: Callable[[], Answer]) -> Answer:
        if operation != "batch_write_item":
            return call()
        requests = request["RequestItems"][TABLE]
        sent.append(len(requests))
        left, request["RequestItems"][TABLE] = requests[5:], requests[:5]
        return {**call(), "UnprocessedItems": {TABLE: left} if left else {}}

    services = tuple(f"service-{number:02}" for number in range(30))
    deployment_set, deployments = through(takes_five).open(an_opening(*services))

    assert max(sent) == BATCH
    assert ledger.deployments(deployment_set) == deployments
    assert len(deployments) == len(ledger.current("storage")) == 30


def test_what_dynamodb_left_unread_is_asked_for_again(ledger: DynamoLedger, through: Any) -> None:
    ledger.open(an_opening(set_id="before"))

    def reads_one(operation: str, request: dict[str, Any], call: Callable[[], Answer]) -> Answer:
        if operation != "batch_get_item":
            return call()
        asked = request["RequestItems"][TABLE]
        left, asked["Keys"] = asked["Keys"][1:], asked["Keys"][:1]
        return {**call(), "UnprocessedKeys": {TABLE: {**asked, "Keys": left}} if left else {}}

    deployment_set, _ = through(reads_one).open(an_opening())

    assert (deployment_set.number, deployment_set.release_number) == (2, 1)


def test_a_permission_that_is_missing_is_told_as_such(through: Any) -> None:
    with pytest.raises(AwsRefused, match="could not read the ledger's table `release-tool`: not permitted"):
        through(Fails("query", "AccessDeniedException", 1)).current("storage")


def test_a_record_of_a_newer_release_tool_is_a_sentence(ledger: DynamoLedger, client: Any, clock: SetClock) -> None:
    header = to_item(keys.deployment_set("storage", "stage", 1), A_SET) | {"schema": 2}
    Calls(client, TABLE, clock).write_all([header])

    with pytest.raises(CouldNot, match="too old to read") as refusal:
        ledger.latest_set("storage", "stage")

    assert refusal.value.next == "update release-tool"


def test_every_item_says_its_schema(ledger: DynamoLedger, client: Any) -> None:
    deployment_set, (web,) = ledger.open(an_opening())
    ledger.record(deployment_set, ["web"], replace(web.rollouts[0], new_revision=a_revision("web", 2)))
    ledger.acquire("storage", "stage", a_holder())

    items = client.scan(TableName=TABLE)["Items"]

    assert {item["sk"]["S"] for item in items} >= {"counters", "lock", "set", "release-set", "web", "stage#web"}
    assert [item for item in items if item.get("schema") != {"N": "1"}] == []
