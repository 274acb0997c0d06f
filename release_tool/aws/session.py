"""Sessions, roles and clients: whose hands the calls are made with, and where."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from botocore.config import Config
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
from botocore.exceptions import NoCredentialsError
from botocore.session import Session, get_session

from release_tool.aws.failures import translated
from release_tool.errors import AskedWrongly
from release_tool.parallel import AT_ONCE

_PATIENT = Config(
    connect_timeout=3,
    read_timeout=20,
    max_pool_connections=AT_ONCE + 4,
    retries={"mode": "standard", "total_max_attempts": 3},
)
# Botocore repeats a call whose answer was lost. A call without an idempotency token would then act twice.
_ONCE = _PATIENT.merge(Config(retries={"mode": "standard", "total_max_attempts": 1}))


class Accounts:
    """Clients by role and region, each made once, one after another: making them is not thread-safe."""

    def __init__(self) -> None:
        self._sessions: dict[tuple[str | None, str | None], Session] = {}
        self._clients: dict[tuple[Any, ...], _Client] = {}
        self._one_at_a_time = threading.Lock()
        self._watchers: dict[str, Callable[[Any], None]] = {}

    def watch(self, service: str, watcher: Callable[[Any], None]) -> None:
        """Let `watcher` see every new client of an AWS service before its first call."""
        self._watchers[service] = watcher

    def client(
        self, service: str, *, role_arn: str | None = None, region: str | None = None, once: bool = False
    ) -> Any:
        """A client; with `once`, one that never repeats a call by itself."""
        key = (service, role_arn, region, once)
        return self._clients.setdefault(key, _Client(lambda: self._make(*key), self._one_at_a_time))

    def _make(self, service: str, role_arn: str | None, region: str | None, once: bool) -> Any:
        with translated("connect to AWS", service):
            session = self._session(role_arn, region)
            if session.get_config_variable("region") is None:
                raise AskedWrongly(
                    "no AWS region is known",
                    next="set `aws_region_name` in the manifest, or AWS_DEFAULT_REGION",
                )
            client = session.create_client(service, config=_ONCE if once else _PATIENT)
        if service in self._watchers:
            self._watchers[service](client)
        return client

    def _session(self, role_arn: str | None, region: str | None) -> Session:
        key = (role_arn, region)
        if key not in self._sessions:
            own = _session_in(region)
            self._sessions[key] = own if role_arn is None else _assuming(role_arn, own)
        return self._sessions[key]


class _Client:
    """A client of botocore's that is made when it is first asked something.

    Making one takes tens of milliseconds of a processor. A command asks several services at once, and by then it is
    better to have sent a question to the first than to have clients of all.
    """

    def __init__(self, make: Callable[[], Any], one_at_a_time: threading.Lock) -> None:
        self._make = make
        self._one_at_a_time = one_at_a_time
        self._made: Any = None

    def __getattr__(self, name: str) -> Any:
        """Asked for whatever only the client itself has: its operations, its paginators, its `meta`."""
        if self._made is None:
            with self._one_at_a_time:
                if self._made is None:
                    self._made = self._make()
        return getattr(self._made, name)


def _session_in(region: str | None) -> Session:
    """Where no region is given, the one of the environment or of the profile counts."""
    session = get_session()
    if region is not None:
        session.set_config_variable("region", region)
    return session


def _assuming(role_arn: str, own: Session) -> Session:
    """A session in the role's hands, its credentials refreshed by botocore before they run out."""
    region = own.get_config_variable("region")
    base, in_role, credentials = _session_in(region), _session_in(region), own.get_credentials()
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=base.create_client,
        source_credentials=credentials,
        role_arn=role_arn,
        extra_args={"RoleSessionName": "release-tool"},
    )

    def fetched() -> dict[str, Any]:
        # Botocore says so of a request that it has to sign, and not of those that it needs to take on a role.
        if credentials is None:
            raise NoCredentialsError
        return dict(fetcher.fetch_credentials())

    in_role._credentials = DeferredRefreshableCredentials(method="assume-role", refresh_using=fetched)
    return in_role
