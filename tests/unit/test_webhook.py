"""Notices: told to those who want to know, signed, tried again; and never in anybody's way."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.request import Request

import pytest

from release_tool.announcing import ENDINGS, AnnouncingLedger
from release_tool.errors import CouldNot
from release_tool.model import EVENTS, FINAL_WORDS, Webhook, Word
from release_tool.webhook import Webhooks, address_of, posted, signature, slack_message
from tests.builders import NOW, a_deployment, a_deployment_set, a_project

URL = "https://example.org/hooks/very-secret"
SET = a_deployment_set(requested=True)
# printf '1700000000.{}' | openssl dgst -sha256 -hmac key
SIGNED_BY_OPENSSL = "9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae"


class Receiver:
    """Answers with these, one after another; the last for ever. An exception is no answer at all."""

    def __init__(self, *answers: int | Exception) -> None:
        self._answers = list(answers or (200,))
        self.got: list[Request] = []

    def __call__(self, request: Request) -> int:
        self.got.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def documents(self) -> list[Any]:
        return [json.loads(request.data) for request in self.got]  # type: ignore[arg-type]


class Post:
    """Webhooks that are heard of: what was warned of, and how long was paused."""

    def __init__(self, receiver: Receiver, *webhooks: Webhook, environ: Mapping[str, str] | None = None) -> None:
        self.warnings: list[str] = []
        self.pauses: list[float] = []
        project = a_project(notify=webhooks or (Webhook(url=URL),))
        self.webhooks = Webhooks(project, environ or {}, self.warnings.append, send=receiver, pause=self.pauses.append)

    def tells(self, *events: str, look: Any = lambda: (a_deployment(),)) -> None:
        for event in events:
            self.webhooks.tell(event, SET, "it crashed" if event == "failed" else None, look)
        self.webhooks.finish()


def test_a_notice_says_what_has_happened_to_which_deployment() -> None:
    receiver = Receiver()

    Post(receiver).tells("failed")

    (document,) = receiver.documents
    assert (document["event"], document["deployment"], document["reason"]) == ("failed", 57, "it crashed")
    assert [one["service"] for one in document["services"]] == ["web"]
    assert receiver.got[0].get_method() == "POST"
    assert receiver.got[0].headers["X-release-tool-delivery"] == "catalogue/prod/57/failed"


def test_only_what_somebody_wants_to_know_is_told() -> None:
    receiver = Receiver()

    Post(receiver, Webhook(url=URL, events=("failed",))).tells("requested", "complete")

    assert receiver.got == []


def test_a_notice_is_signed_with_the_secret_of_the_environment() -> None:
    receiver = Receiver()

    Post(receiver, Webhook(url=URL, secret_variable="SECRET"), environ={"SECRET": "s3cret"}).tells("complete")

    (request,) = receiver.got
    timestamp = request.headers["X-release-tool-timestamp"]
    expected = signature("s3cret", timestamp, request.data)  # type: ignore[arg-type]
    assert request.headers["X-release-tool-signature"] == f"sha256={expected}"


def test_a_signature_is_what_everybody_else_computes() -> None:
    assert signature("key", "1700000000", b"{}") == SIGNED_BY_OPENSSL


def test_what_shall_be_signed_is_not_sent_without_its_secret() -> None:
    receiver = Receiver()
    post = Post(receiver, Webhook(url=URL, secret_variable="SECRET"))

    post.tells("complete")

    assert receiver.got == []
    assert post.warnings == ["warning: notices: SECRET is not set"]


@pytest.mark.parametrize("trouble", [500, 503, 429, OSError("no route to host")])
def test_a_passing_trouble_is_tried_again(trouble: int | Exception) -> None:
    receiver = Receiver(trouble, trouble, 200)
    post = Post(receiver)

    post.tells("complete")

    assert len(receiver.got) == 3
    assert (len(post.pauses), post.warnings) == (2, [])


def test_three_attempts_are_enough_and_the_address_is_kept_to_ourselves() -> None:
    receiver = Receiver(503)
    post = Post(receiver)

    post.tells("complete")

    assert len(receiver.got) == 3
    assert post.warnings == [
        "warning: notices: example.org was not told that deployment 57 is complete: it answers 503"
    ]


@pytest.mark.parametrize("refusal", [302, 400, 404, 410])
def test_a_refusal_is_not_argued_with(refusal: int) -> None:
    receiver = Receiver(refusal)

    Post(receiver).tells("complete")

    assert len(receiver.got) == 1


def test_deployments_that_cannot_be_read_are_left_out() -> None:
    def look() -> Any:
        raise CouldNot("the table was too busy")

    receiver = Receiver()

    Post(receiver).tells("complete", look=look)

    assert receiver.documents[0]["services"] == []


def test_nobody_waits_for_a_receiver_that_does_not_answer() -> None:
    answers = threading.Event()
    warnings: list[str] = []

    def never(request: Request) -> int:
        answers.wait()
        return 200

    webhooks = Webhooks(a_project(notify=(Webhook(url=URL),)), {}, warnings.append, send=never)
    webhooks.tell("complete", SET, None, lambda: ())
    webhooks.finish(seconds=0)
    answers.set()

    assert warnings == ["warning: notices: 1 were not delivered in time"]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "SLACK is not set"),
        ({"SLACK": "file:///etc/passwd"}, "SLACK holds no address of http or https"),
        ({"SLACK": "https://"}, "SLACK holds no address of http or https"),
    ],
)
def test_an_address_is_one_of_the_web(given: dict[str, str], why: str) -> None:
    assert address_of(Webhook(url_variable="SLACK"), given) == why


def test_slack_is_told_in_its_own_form_and_what_people_wrote_stays_text() -> None:
    receiver = Receiver()
    webhook = Webhook(url_variable="SLACK", form="slack")
    document = {
        "project": "a",
        "environment": "b",
        "deployment": 1,
        "event": "complete",
        "reason": None,
        "services": [],
        "requested_by": {"name": "Ada <a@example.org>"},
        "description": "<!channel> & more",
    }

    Post(receiver, webhook, environ={"SLACK": URL}).tells("rolled_back")

    (message,) = receiver.documents
    assert message["text"].startswith("*catalogue* in *prod*: deployment 57 is *rolled back*\nweb@2222222\n")
    assert slack_message(document)["text"].splitlines()[1] == "&lt;!channel&gt; &amp; more (Ada &lt;a@example.org&gt;)"


def test_a_project_without_webhooks_tells_nobody() -> None:
    receiver = Receiver()
    webhooks = Webhooks(a_project(), {}, print, send=receiver)

    webhooks.tell("complete", SET, None, lambda: ())
    webhooks.finish()

    assert receiver.got == []


# --- who tells


class Heard:
    def __init__(self) -> None:
        self.events: list[str] = []

    def tell(self, event: str, *_: Any) -> None:
        self.events.append(event)


class Written:
    """A ledger that only writes."""

    def requested(self, deployment_set: Any) -> None: ...
    def end(self, deployment_set: Any, outcome: Word, reason: str | None, at: Any) -> None: ...
    def current(self, project: str) -> str:
        return f"the current ones of {project}"


def test_what_is_written_down_is_told_once() -> None:
    heard = Heard()
    ledger = AnnouncingLedger(Written(), heard)  # type: ignore[arg-type]

    ledger.requested(SET)
    for word in (Word.COMPLETE, Word.FAILED, Word.ROLLED_BACK, Word.GONE, Word.SUPERSEDED):
        ledger.end(SET, word, None, NOW)

    assert heard.events == ["requested", "complete", "failed", "rolled_back", "failed"]
    assert ledger.current("catalogue") == "the current ones of catalogue"


def test_every_end_is_told_but_that_of_one_that_was_replaced() -> None:
    assert FINAL_WORDS - set(ENDINGS) == {Word.SUPERSEDED}
    assert {*ENDINGS.values(), "requested"} == set(EVENTS)


# --- by HTTP


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(int(self.path.rpartition("/")[2]))
            self.send_header("Location", "/200")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            pass

    serving = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=serving.serve_forever, args=(0.05,))
    thread.start()
    yield serving
    serving.shutdown()
    serving.server_close()
    thread.join()


@pytest.mark.parametrize("status", [200, 204, 302, 404, 500])
def test_the_answer_is_the_receivers_own_and_no_redirects(server: ThreadingHTTPServer, status: int) -> None:
    url = f"http://127.0.0.1:{server.server_address[1]}/{status}"

    assert posted(Request(url, data=b"{}", method="POST")) == status
