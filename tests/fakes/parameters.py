"""A project's parameters in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.fakes.trouble import Troubles


class MemoryParameters:
    """`written` has each put that acted, in order, as label and service."""

    def __init__(self, images: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self._labels = {label: dict(services) for label, services in (images or {}).items()}
        self.troubles = Troubles()
        self.written: list[tuple[str, str]] = []

    def images(self, label: str, services: Sequence[str]) -> dict[str, str]:
        known = self._labels.get(label, {})
        return {service: known[service] for service in services if service in known}

    def registered(self, label: str) -> dict[str, str]:
        return dict(self._labels.get(label, {}))

    def labels(self) -> dict[str, dict[str, str]]:
        return {label: dict(services) for label, services in self._labels.items()}

    def put(self, label: str, service: str, uri: str) -> None:
        with self.troubles.around("put", service):
            self._labels.setdefault(label, {})[service] = uri
            self.written.append((label, service))
