"""Sessions, roles and clients: whose hands the calls are made with, and where."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

from release_tool.aws.failures import translated
from release_tool.errors import AskedWrongly

CONCURRENT_CALLS = 16
"""How many calls are under way at once: enough for twenty services, and far below any account's limits."""

_PATIENT = Config(
    connect_timeout=3,
    read_timeout=20,
    max_pool_connections=CONCURRENT_CALLS + 4,
    retries={"mode": "standard", "total_max_attempts": 3},
)
# Botocore repeats a call whose answer was lost. A call without an idempotency token would then act twice.
_ONCE = _PATIENT.merge(Config(retries={"mode": "standard", "total_max_attempts": 1}))


class Accounts:
    """Clients by role and region, each made once, one after another: making them is not thread-safe."""

    def __init__(self) -> None:
        self._sessions: dict[tuple[str | None, str | None], Any] = {}
        self._clients: dict[tuple[Any, ...], Any] = {}
        self._one_at_a_time = threading.RLock()
        self._watchers: dict[str, Callable[[Any], None]] = {}

    def watch(self, service: str, watcher: Callable[[Any], None]) -> None:
        """Let `watcher` see every new client of an AWS service before its first call."""
        self._watchers[service] = watcher

    def client(
        self, service: str, *, role_arn: str | None = None, region: str | None = None, once: bool = False
    ) -> Any:
        """A client; with `once`, one that never repeats a call by itself."""
        key = (service, role_arn, region, once)
        with self._one_at_a_time:
            if key not in self._clients:
                self._clients[key] = self._make(service, role_arn, region, once)
            return self._clients[key]

    def _make(self, service: str, role_arn: str | None, region: str | None, once: bool) -> Any:
        with translated("connect to AWS", service):
            session = self._session(role_arn, region)
            if session.region_name is None:
                raise AskedWrongly(
                    "no AWS region is known",
                    next="set `aws_region_name` in the manifest, or AWS_DEFAULT_REGION",
                )
            client = session.client(service, config=_ONCE if once else _PATIENT)
        if service in self._watchers:
            self._watchers[service](client)
        return client

    def _session(self, role_arn: str | None, region: str | None) -> Any:
        key = (role_arn, region)
        if key not in self._sessions:
            own = boto3.Session(region_name=region)
            self._sessions[key] = own if role_arn is None else _assuming(role_arn, own)
        return self._sessions[key]


def _assuming(role_arn: str, own: Any) -> Any:
    """A session in the role's hands, its credentials refreshed by botocore before they run out."""
    base = botocore.session.get_session()
    if own.region_name is not None:
        base.set_config_variable("region", own.region_name)
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=base.create_client,
        source_credentials=own.get_credentials(),
        role_arn=role_arn,
        extra_args={"RoleSessionName": "release-tool"},
    )
    in_role = botocore.session.get_session()
    in_role._credentials = DeferredRefreshableCredentials(method="assume-role", refresh_using=fetcher.fetch_credentials)
    return boto3.Session(botocore_session=in_role, region_name=own.region_name)
