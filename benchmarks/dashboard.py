"""How the dashboard grows from 1,000 deployments to 100,000: cold start, page, readers, memory.

    python benchmarks/dashboard.py [deployments ...]

Each size runs in a process of its own, which serves a ledger in memory over HTTP on 127.0.0.1; a second process reads
it at eight at once. 50 services in 4 environments, ECS and the parameters in memory too: what AWS itself takes comes on
top of the cold start, and of nothing else.
"""

from __future__ import annotations

import gzip
import json
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

SERVICES, ENVIRONMENTS, PER_SET = 50, ("dev", "qa", "stage", "prod"), 5
READERS, SECONDS = 8, 8
NOW = datetime(2026, 11, 22, 16, 30, tzinfo=timezone.utc)


def main(sizes: Sequence[int]) -> None:
    print(f"{'deployments':>12} {'first page':>11} {'page gz':>9} {'p50':>8} {'p99':>8} {'requests/s':>11} "
          f"{'memory first':>13} {'whole':>8} {'read back in':>13}")  # fmt: skip
    for size in sizes:
        with subprocess.Popen(
            [sys.executable, __file__, "--serve", str(size)], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
        ) as server:
            assert server.stdout is not None
            assert server.stdin is not None
            told = json.loads(server.stdout.readline())
            whole = json.loads(server.stdout.readline())
            times, pages = asunder(told["port"])
            page = body(told["port"], "/projects/shop")
            server.stdin.write("end\n")
            server.stdin.flush()
        times.sort()
        print(
            f"{size:>12,} {told['first_page']:>9.2f} s {len(gzip.compress(page, 6)) / 1000:>6.1f} kB "
            f"{times[len(times) // 2] * 1000:>5.1f} ms {times[int(len(times) * 0.99)] * 1000:>5.1f} ms {pages:>11.0f} "
            f"{told['memory']:>10.0f} MB {whole['memory']:>5.0f} MB {whole['seconds']:>11.1f} s"
        )


# --- the readers


def asunder(port: int) -> tuple[list[float], float]:
    """In a process of its own, so that the readers do not take the server's turn."""
    answer = subprocess.run([sys.executable, __file__, "--read", str(port)], capture_output=True, text=True, check=True)
    told = json.loads(answer.stdout)
    return told["times"], told["rate"]


def read(port: int) -> None:
    addresses = (
        "/projects/shop", "/projects/shop/deployments", "/projects/shop/releases?environment=prod",
        "/projects/shop/environments/prod", "/projects/shop/services/s07", "/api/v1/projects/shop/matrix",
        "/projects/shop/deployments?service=s07&status=FAILED", "/projects/shop/metrics",
    )  # fmt: skip
    ends = time.perf_counter() + SECONDS

    def one(number: int) -> list[float]:
        connection, times = HTTPConnection("127.0.0.1", port), []
        while (began := time.perf_counter()) < ends:
            connection.request(
                "GET", addresses[(len(times) + number) % len(addresses)], headers={"Accept-Encoding": "gzip"}
            )
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
            times.append(time.perf_counter() - began)
        return times

    with ThreadPoolExecutor(READERS) as pool:
        times = [t for each in pool.map(one, range(READERS)) for t in each]
    print(json.dumps({"times": times, "rate": len(times) / SECONDS}))


def body(port: int, address: str) -> bytes:
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("GET", address)
    return connection.getresponse().read()


# --- the server


def serve(size: int) -> None:
    world = a_large_world(size)
    before = memory()
    began = time.perf_counter()

    from release_tool.dashboard.refresher import Pace, Refresher
    from release_tool.dashboard.server import bound, serving

    refresher = Refresher(world, Pace())
    listening = bound("127.0.0.1", 0)
    port = listening.getsockname()[1]
    server = serving({"shop": refresher}, "127.0.0.1", (), None, lambda: None)
    threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True).start()
    refresher.start()
    while b"COMPLETE" not in first_answer(port):
        time.sleep(0.005)
    first_page = time.perf_counter() - began
    print(json.dumps({"port": port, "first_page": first_page, "memory": memory() - before}), flush=True)
    while not refresher.snapshot.history.is_whole:
        time.sleep(0.05)
    print(json.dumps({"memory": memory() - before, "seconds": time.perf_counter() - began}), flush=True)
    sys.stdin.readline()
    server.should_exit = True


def first_answer(port: int) -> bytes:
    try:
        return body(port, "/projects/shop")
    except OSError:
        return b""


def memory() -> float:
    """The most so far, in MB; what the ledger itself takes is taken off by the caller."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def a_large_world(size: int) -> Any:
    """Straight into the fakes' own tables: opening a hundred thousand one by one would take hours."""
    from release_tool.board import Seen
    from release_tool.commands.history import recorded_word
    from release_tool.dashboard.source import Source
    from release_tool.model import Commits, Environment, Project
    from release_tool.rollout import EcsDeployment, EcsService

    project = Project(
        id="shop", name="Shop", environments=tuple(Environment(e, e, f"shop-{e}", e == "prod") for e in ENVIRONMENTS),
        services=tuple(service(n) for n in range(SERVICES)),
    )  # fmt: skip
    ledger = LargeLedger(size)

    def look() -> dict[str, Any]:
        return {e.id: seen(e) for e in project.environments}

    def seen(environment: Environment) -> Seen:
        current = {d.service: d for d in ledger.current_in(environment.id)}
        ecs = {name: ecs_service(environment, d) for name, d in current.items()}
        parameters = {name: d.image for name, d in current.items()}
        return Seen(project, environment, project.services or (), parameters, ecs, {}, current, None, NOW)

    def ecs_service(environment: Environment, d: Any) -> EcsService:
        (rollout,) = d.rollouts
        primary = EcsDeployment(
            rollout.ecs_deployment_id, "PRIMARY", rollout.new_revision, d.requested_at, "COMPLETED", None, 2, 2
        )
        return EcsService("arn", environment.cluster, d.service, "ACTIVE", rollout.new_revision, (primary,), 2, 2)

    return Source(
        project, ledger, look, recorded_word, lambda old, new: Commits(unknown_because="no clone here"), lambda: NOW
    )


def service(number: int) -> Any:
    from release_tool.model import Service

    return Service(f"s{number:02d}", f"Service {number}")


class LargeLedger:
    """Makes each answer when it is asked for, as botocore would: nothing is shared with what the dashboard keeps."""

    def __init__(self, size: int) -> None:
        self.sets = size // PER_SET

    def current_in(self, environment: str) -> list[Any]:
        """Each set deploys five services to one environment, by turns: after 40 sets all have had theirs."""
        found: dict[str, Any] = {}
        for number in range(self.sets, max(self.sets - 40, 0), -1):
            if ENVIRONMENTS[number % 4] == environment:
                for deployment in self.deployments(self._set(number)):
                    found.setdefault(deployment.service, deployment)
        return list(found.values())

    def deployment_set(self, project: str, number: int, *, environment: str | None = None) -> Any:
        return self._set(number) if 0 < number <= self.sets else None

    def deployments(self, deployment_set: Any) -> tuple[Any, ...]:
        first = deployment_set.number // 4 * PER_SET % SERVICES
        return tuple(self._deployment(deployment_set.number, (first + n) % SERVICES) for n in range(PER_SET))

    def deployment_sets(
        self, project: str, *, environment: str | None = None, limit: int = 20, before: int | None = None
    ) -> Any:
        return self._page(self._set, limit, before)

    def release_set(self, project: str, number: int) -> Any:
        return self._release_set(number) if 0 < number <= self.sets else None

    def releases(self, release_set: Any) -> tuple[Any, ...]:
        return ()

    def release_sets(
        self, project: str, *, environment: str | None = None, limit: int = 20, before: int | None = None
    ) -> Any:
        return self._page(self._release_set, limit, before)

    def service_history(
        self, project: str, name: str, *, environment: str | None = None, limit: int = 20, before: int | None = None
    ) -> Any:
        from release_tool.ports import Page

        group, found = int(name[1:]) // PER_SET, []
        number = self.sets if before is None else before - 1
        while number > 0 and len(found) <= limit:
            if number // 4 % (SERVICES // PER_SET) == group:
                found.append(self._deployment(number, int(name[1:])))
            number -= 1
        return Page(tuple(found[:limit]), found[limit - 1].number if len(found) > limit else None)

    def _page(self, make: Any, limit: int, before: int | None) -> Any:
        from release_tool.ports import Page

        newest = self.sets if before is None else before - 1
        numbers = range(newest, max(newest - limit, 0), -1)
        return Page(tuple(map(make, numbers)), numbers[-1] if numbers and numbers[-1] > 1 else None)

    def _at(self, number: int) -> datetime:
        return NOW - timedelta(minutes=30 * (self.sets - number + 1))

    def _set(self, number: int) -> Any:
        from release_tool.model import DeploymentSet, Kind, Word

        at = self._at(number)
        return DeploymentSet(
            "shop", ENVIRONMENTS[number % 4], f"{number:08d}-5fa1-4c7e-9d51-6f2f0a4b7c11", number, Kind.DEPLOY, "all",
            number, "latest", f"Let people pay for order {number} in instalments (and 4 more)", self._person(number),
            at, True, Word.FAILED if number % 37 == 0 else Word.COMPLETE, None, at + timedelta(minutes=4), PER_SET,
        )  # fmt: skip

    def _release_set(self, number: int) -> Any:
        from release_tool.model import ReleaseSet

        return ReleaseSet(
            "shop", f"{number:08d}-a0b1-4c7e-9d51-6f2f0a4b7c11", number, "all",
            f"Let people pay for order {number} in instalments (and 4 more)", self._person(number),
            self._at(number), PER_SET,
        )  # fmt: skip

    def _person(self, number: int) -> Any:
        from release_tool.model import Requester

        who = number % 20
        return Requester(
            git_name=f"Person {who}", git_email=f"person{who}@example.org", arn=f"arn:aws:sts::1:assumed-role/d/{who}"
        )

    def _deployment(self, number: int, which: int) -> Any:
        from release_tool.model import Commit, Commits, Deployment, Rollout, Word

        name, at = f"s{which:02d}", self._at(number)
        new, old = (f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/{name}:{n:07x}" for n in (number, number - 40))
        commits = tuple(
            Commit(f"{number * 10 + n:040x}", "Person", at - timedelta(hours=n), f"Change {n} of {number}")
            for n in range(5)
        )
        arn = f"arn:aws:ecs:eu-west-1:123456789012:task-definition/{name}"
        rollout = Rollout(
            f"shop-{ENVIRONMENTS[number % 4]}", name, ((name, new),), ((name, old),), f"{arn}:{number}",
            f"{arn}:{number + 1}", f"ecs-svc/{number:019d}", at,
            Word.FAILED if number % 37 == 0 else Word.COMPLETE, None, at + timedelta(minutes=4),
        )  # fmt: skip
        return Deployment(
            "shop", ENVIRONMENTS[number % 4], name, f"set-{number}", number, number, new, None, f"{number:07x}", old,
            f"{number - 40:07x}", Commits(commits), (rollout,), self._person(number), at,
            f"Change 0 of {number} (and 4 more)",
        )  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(int(sys.argv[2]))
    elif sys.argv[1:2] == ["--read"]:
        read(int(sys.argv[2]))
    else:
        main([int(n) for n in sys.argv[1:]] or [1_000, 10_000, 100_000])
