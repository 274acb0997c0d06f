"""Who is told of deployments: the webhooks of a project."""

from __future__ import annotations

from release_tool.manifest import rules
from release_tool.manifest.fields import Fields
from release_tool.manifest.forms import WEBHOOK
from release_tool.model import EVENTS, Webhook

FORMS_OF_NOTICES = ("json", "slack")


def read_webhooks(project: Fields) -> tuple[Webhook, ...]:
    items = project.items("notify", "`- url: https://…`") or ()
    return tuple(_webhook(Fields(WEBHOOK, item, project.findings)) for item in items)


def _webhook(fields: Fields) -> Webhook:
    both, neither = (
        fields.entry("url") is not None and fields.entry("url_variable") is not None,
        fields.lacks("url") and fields.lacks("url_variable"),
    )
    if both or neither:
        fields.findings.fault(fields.place, "a webhook needs either a `url` or a `url_variable`, and not both")
    events = fields.texts("events", "`[complete, failed]`", _event)
    return Webhook(
        url=fields.text("url", rules.web_address),
        url_variable=fields.text("url_variable", rules.variable),
        form=fields.choice("form", FORMS_OF_NOTICES),
        events=EVENTS if events is None else tuple(event.text for event in events),
        secret_variable=fields.text("secret_variable", rules.variable),
    )


def _event(text: str) -> str | None:
    return None if text in EVENTS else f"an event is one of `{'`, `'.join(EVENTS)}`"
