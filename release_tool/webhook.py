"""Notices by HTTP: in threads of their own, tried again a few times, given up soon; nobody waits for them but the end.

Whatever goes wrong here is a warning, never a deployment's failure.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from release_tool import documents
from release_tool.errors import ReleaseToolError
from release_tool.model import Deployment, DeploymentSet, Project, Webhook

AT_THE_END_SECONDS = 5.0
"""How long the end of a command waits for all that is still being sent."""
ANSWER_SECONDS = 2.0
PAUSES_SECONDS = (0.5, 1.0)
"""Before the second attempt, and before the third, which is the last."""
WORTH_REPEATING = {408, 425, 429}

Send = Callable[[Request], int]
"""Gives the status of the answer; raises `OSError` where there was none."""


@dataclass(frozen=True, slots=True)
class Address:
    url: str
    secret: str | None

    @property
    def shown(self) -> str:
        """The path of such an address is often a secret."""
        return urlsplit(self.url).hostname or "?"


class Webhooks:
    """Those of one project. `warn` is told at the end what could not be delivered."""

    def __init__(
        self,
        project: Project,
        environ: Mapping[str, str],
        warn: Callable[[str], None],
        *,
        send: Send | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._project = project
        self._environ = environ
        self._warn = warn
        self._send = send or posted
        self._pause = pause
        self._sending: list[threading.Thread] = []
        self._failures: list[str] = []

    def tell(
        self,
        event: str,
        deployment_set: DeploymentSet,
        reason: str | None,
        look: Callable[[], Sequence[Deployment]],
    ) -> None:
        """Return at once. `look` gives the deployments of the set, and is asked meanwhile."""
        if any(event in webhook.events for webhook in self._project.notify):
            thread = threading.Thread(target=self._told, args=(event, deployment_set, reason, look), daemon=True)
            self._sending.append(thread)
            thread.start()

    def finish(self, seconds: float = AT_THE_END_SECONDS) -> None:
        """Wait for what is on its way, and no longer than that in all."""
        until = time.monotonic() + seconds
        for thread in self._sending:
            thread.join(max(0.0, until - time.monotonic()))
        late = sum(thread.is_alive() for thread in self._sending)
        lines = [*self._failures, *([f"{late} were not delivered in time"] if late else [])]
        self._sending, self._failures = [], []
        for line in dict.fromkeys(lines):
            self._warn(f"warning: notices: {line}")

    # --- in a thread

    def _told(
        self,
        event: str,
        deployment_set: DeploymentSet,
        reason: str | None,
        look: Callable[[], Sequence[Deployment]],
    ) -> None:
        try:
            deployments = look()
        except ReleaseToolError:
            deployments = ()
        notice = documents.notice(self._project, event, deployment_set, reason, deployments)
        for webhook in (webhook for webhook in self._project.notify if event in webhook.events):
            failure = self._delivered(webhook, notice)
            if failure is not None:
                self._failures.append(failure)

    def _delivered(self, webhook: Webhook, notice: documents.Document) -> str | None:
        """Why it was not, where it was not."""
        address = address_of(webhook, self._environ)
        if isinstance(address, str):
            return address
        why = ""
        for pause in (*PAUSES_SECONDS, None):
            why, is_worth_repeating = self._attempt(request_of(webhook, address, notice, time.time()))
            if not why:
                return None
            if pause is None or not is_worth_repeating:
                break
            self._pause(pause)
        return f"{address.shown} was not told that deployment {notice['deployment']} is {notice['event']}: {why}"

    def _attempt(self, request: Request) -> tuple[str, bool]:
        """What went wrong, if anything; and whether another attempt may go better."""
        try:
            status = self._send(request)
        except (OSError, HTTPException, ValueError) as error:
            return str(error) or type(error).__name__, True
        if 200 <= status < 300:
            return "", False
        return f"it answers {status}", status >= 500 or status in WORTH_REPEATING


# --- what is sent, and where


def address_of(webhook: Webhook, environ: Mapping[str, str]) -> Address | str:
    """Or why there is none. What shall be signed is never sent without a signature."""
    url = webhook.url or environ.get(webhook.url_variable or "", "")
    if not url:
        return f"{webhook.url_variable} is not set"
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        return f"{webhook.url_variable} holds no address of http or https"
    secret = environ.get(webhook.secret_variable) if webhook.secret_variable is not None else None
    if webhook.secret_variable is not None and not secret:
        return f"{webhook.secret_variable} is not set"
    return Address(url, secret)


def request_of(webhook: Webhook, address: Address, notice: documents.Document, now: float) -> Request:
    content = slack_message(notice) if webhook.form == "slack" else notice
    body = json.dumps(content, ensure_ascii=False).encode()
    return Request(address.url, data=body, headers=dict(_headers(address, notice, body, str(int(now)))), method="POST")


def _headers(address: Address, notice: documents.Document, body: bytes, now: str) -> Iterator[tuple[str, str]]:
    """A receiver knows a repeated delivery by its id, and an old one by its time, which is signed with the body."""
    yield "Content-Type", "application/json"
    yield "User-Agent", "release-tool"
    yield "X-Release-Tool-Event", notice["event"]
    yield (
        "X-Release-Tool-Delivery",
        f"{notice['project']}/{notice['environment']}/{notice['deployment']}/{notice['event']}",
    )
    yield "X-Release-Tool-Timestamp", now
    if address.secret is not None:
        yield "X-Release-Tool-Signature", f"sha256={signature(address.secret, now, body)}"


def signature(secret: str, timestamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def slack_message(notice: documents.Document) -> dict[str, Any]:
    """https://docs.slack.dev/messaging/formatting-message-text/: three characters mean something, and are escaped."""
    services = ", ".join(f"{one['service']}@{one['release_hash'] or '?'}" for one in notice["services"])
    who = notice["requested_by"]["name"]
    lines = [
        f"*{_plain(notice['project'])}* in *{_plain(notice['environment'])}*: "
        f"deployment {notice['deployment']} is *{notice['event'].replace('_', ' ')}*",
        _plain(notice["reason"] or ""),
        _plain(services),
        _plain(f"{notice['description']} ({who})" if who else notice["description"]),
    ]
    return {"text": "\n".join(line for line in lines if line)}


def _plain(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# --- HTTP


class _NoRedirects(HTTPRedirectHandler):
    """A notice goes where the manifest says, and nowhere else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def posted(request: Request) -> int:
    try:
        with build_opener(_NoRedirects).open(request, timeout=ANSWER_SECONDS) as answer:
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code
