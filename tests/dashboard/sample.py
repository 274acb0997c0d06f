"""A few weeks in the life of a project, as its ledger and ECS would tell them: the same at every run."""

from __future__ import annotations

import io
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from release_tool.commands import Context
from release_tool.commands.dashboard import looking
from release_tool.commands.history import recorded_word
from release_tool.console import Console
from release_tool.dashboard.source import Source
from release_tool.gather import Asking
from release_tool.image import Image
from release_tool.model import (
    Commit,
    Commits,
    Deployment,
    DeploymentSet,
    Environment,
    Kind,
    Project,
    Release,
    Requester,
    Rollout,
    Service,
    Word,
)
from release_tool.ports import Opening
from tests.builders import ADA, NOW, a_holder, an_ecs_deployment, fields_of, minutes, uri_of
from tests.fakes.clock import HandClock
from tests.fakes.identity import GivenIdentity
from tests.fakes.images import MemoryImages
from tests.fakes.ledger import MemoryLedger
from tests.fakes.parameters import MemoryParameters
from tests.fakes.reasons import MemoryReasons
from tests.fakes.services import MemoryServices

SERVICES = ("api", "id_minter", "image_server", "ingestor", "matcher", "merger", "reindexer", "transformer")
GRACE = Requester(git_name="Grace Hopper", git_email="grace@example.org")
ROBOT = Requester(
    ci_system="GitHub Actions", ci_actor="alan", ci_run_url="https://github.com/example/catalogue/actions/runs/4711"
)
SUBJECTS = (
    "Show thumbnails on works pages",
    "Retry a reindex that timed out",
    "Match works by their reference numbers",
    "Cut the cold start of the image server in half",
    "Merge the notes of duplicate works",
    "Speak JSON on every error path",
    "Keep language codes as they were catalogued",
    "Upgrade the Elasticsearch client",
    "Stop losing diacritics in contributor names",
    "Explain why an item cannot be requested",
    "Take the ingest queue's depth into account",
    "Log the slow queries, with their shape",
)
FOUR_MINUTES = minutes(4)
HOSTILE = '<script>alert("caught")</script> & <img src=x onerror=alert(1)>'


def the_project(**given: object) -> Project:
    return Project(
        **{
            "id": "catalogue",
            "name": "Catalogue",
            "environments": (
                Environment("dev", "Development", "catalogue-dev"),
                Environment("stage", "Staging", "catalogue-stage"),
                Environment("prod", "Production", "catalogue-prod", production=True),
            ),
            "services": tuple(
                Service(s, s.replace("_", " ").capitalize(), ("dev", "stage") if s == "reindexer" else None)
                for s in (*SERVICES, "exporter")
            ),
            "github_repository": "example/catalogue",
            **given,
        }  # type: ignore[arg-type]
    )


@dataclass
class World:
    """The project, and the fakes that stand in for AWS and Git. `clock` is turned by hand."""

    project: Project
    clock: HandClock
    ledger: MemoryLedger
    ecs: MemoryServices
    parameters: MemoryParameters
    reasons: MemoryReasons

    def context(self) -> Context:
        asking = Asking(
            ledger=self.ledger,
            parameters_of=lambda environment: self.parameters,
            services_of=lambda environment: self.ecs,
            images=MemoryImages(),
            identity=GivenIdentity(),
            reasons=self.reasons,
        )
        console = Console(io.StringIO(), io.StringIO(), io.StringIO())
        return Context(self.project, asking, self.clock, console, {}, a_holder)

    def source(self) -> Source:
        context = self.context()
        return Source(
            project=self.project,
            record=self.ledger,
            look=looking(context),
            recorded_word=recorded_word,
            commits_between=self.reasons.commits_between,
            now=self.clock.now,
        )

    # --- what people do

    def deploy(
        self,
        environment: str,
        wanted: Mapping[str, str],
        *,
        at: datetime,
        by: Requester = ADA,
        kind: Kind = Kind.DEPLOY,
        source: str = "latest",
        ends: Word | None = Word.COMPLETE,
        takes: timedelta = FOUR_MINUTES,
        reason: str | None = None,
        asked: str = "all",
        description: str | None = None,
    ) -> DeploymentSet:
        """`wanted` has the commits that services shall run. `ends` None leaves it rolling out."""
        running = {d.service: d for d in self.ledger.current(self.project.id, environment)}
        images = self.parameters.images(environment, list(wanted))
        drafts = [self._draft(environment, s, sha, images.get(s), at, by, kind) for s, sha in wanted.items()]
        set_id = f"{environment}-{at:%Y%m%d%H%M}-0000-4000-8000-000000000000"
        opened, deployments = self.ledger.open(
            Opening(
                project=self.project.id,
                environment=environment,
                set_id=set_id,
                release_set_id=f"r-{set_id}",
                kind=kind,
                asked=asked,
                source=source,
                description=description or _described(drafts),
                requested_by=by,
                requested_at=at,
                releases=tuple(Release(d.service, d.image, d.release_hash, d.digest) for d in drafts),
                deployments=tuple(
                    replace(d, set_id=set_id, description=description or _described(drafts)) for d in drafts
                ),
            )
        )
        for deployment in deployments:
            self._roll_out(opened, deployment, running.get(deployment.service), at, ends, takes, reason)
        self.ledger.requested(opened)
        if ends is not None:
            self.ledger.end(opened, ends, reason, at + takes)
        return opened

    def _draft(
        self, environment: str, service: str, sha: str, ran: str | None, at: datetime, by: Requester, kind: Kind
    ) -> Deployment:
        image = uri_of(service, f"ref.{sha}")
        before = None if ran is None else Image.parse(ran)
        commits = (
            Commits(unknown_because="there is no earlier release hash to compare with")
            if before is None or before.commit is None
            else self.reasons.commits_between(before.commit, sha)
        )
        return Deployment(
            project=self.project.id,
            environment=environment,
            service=service,
            set_id="",
            number=None,
            release_number=None,
            image=image,
            digest=f"sha256:{sha:0<64}"[:71],
            release_hash=Image.parse(image).release_hash,
            previous_image=ran,
            previous_release_hash=None if before is None else before.release_hash,
            commits=commits,
            rollouts=(Rollout(f"catalogue-{environment}", service, ((service, image),)),),
            requested_by=by,
            requested_at=at,
            kind=kind,
        )

    def _roll_out(
        self,
        opened: DeploymentSet,
        deployment: Deployment,
        before: Deployment | None,
        at: datetime,
        ends: Word | None,
        takes: timedelta,
        reason: str | None,
    ) -> None:
        """What ECS makes of it: the fake has one family for each environment and service."""
        cluster, service = f"catalogue-{opened.environment}", deployment.service
        fields = fields_of(f"{opened.environment}-{service}", {service: deployment.image})
        old = self.ecs.describe(cluster, [service]).get(service) if cluster in self.ecs._clusters else None
        if old is None:
            found = self.ecs.has(cluster, service, fields, desired=2)
        else:
            definition = self.ecs.registered_outside(fields)
            found = self.ecs.deployed_outside(cluster, service, definition.arn)
        primary = found.primary
        assert primary is not None
        (planned,) = deployment.rollouts
        rollout = replace(
            planned,
            old_revision=None if old is None else old.revision,
            new_revision=primary.revision,
            ecs_deployment_id=primary.id,
            ecs_created_at=at,
            outcome=ends,
            outcome_reason=reason,
            ended_at=None if ends is None else at + takes,
        )
        self.ledger.record(opened, [service], rollout)
        if ends is Word.COMPLETE:
            self.ecs.complete(cluster, service)
        if ends in (Word.COMPLETE, None):
            self.parameters.put(opened.environment, service, deployment.image)
        elif ends is Word.ROLLED_BACK and old is not None:
            self.ecs.fail(cluster, service, reason or "tasks failed to start")
            self.ecs.roll_back(cluster, service)
            self.ecs.complete(cluster, service)


def _described(drafts: Sequence[Deployment]) -> str:
    newest = next((d.commits for d in drafts if d.commits.listed), None)
    if newest is None:
        return "No commits known: there is no earlier release hash to compare with"
    more = newest.count - 1
    return newest.listed[0].subject + (f" (and {more} more)" if more else "")


def some_commits(start: datetime, end: datetime, choose: random.Random) -> tuple[Commit, ...]:
    """Oldest first; the last but two has a subject that means harm."""
    found = []
    at = start
    while (at := at + timedelta(minutes=choose.randint(60, 620))) < end:
        author, sha = choose.choice(("Ada", "Grace Hopper", "Alan")), f"{choose.getrandbits(160):040x}"
        found.append(Commit(sha, author, at, f"{choose.choice(SUBJECTS)} (#{900 + len(found)})"))
    found[-3] = replace(found[-3], subject=HOSTILE)
    return tuple(found)


def a_world(days: int = 24, seed: int = 13) -> World:
    choose = random.Random(seed)
    start = NOW - timedelta(days=days)
    commits = some_commits(start - timedelta(days=3), NOW - minutes(100), choose)
    clock = HandClock()
    world = World(
        the_project(),
        clock,
        MemoryLedger(clock),
        MemoryServices(clock),
        MemoryParameters(),
        MemoryReasons(commits, ("Ada", "ada@example.org")),
    )
    _first_day(world, commits, start)
    for day in range(1, days):
        _one_day(world, commits, start + timedelta(days=day), choose)
    _today(world, commits, choose)
    return world


def _first_day(world: World, commits: Sequence[Commit], start: datetime) -> None:
    sha = _newest(commits, start)
    for environment in ("dev", "stage", "prod"):
        services = [s for s in SERVICES if s != "reindexer" or environment != "prod"]
        hours = ("dev", "stage", "prod").index(environment)
        world.deploy(environment, dict.fromkeys(services, sha), at=start + timedelta(hours=hours), takes=minutes(7))
    unknown = fields_of("stage-exporter", {"exporter": uri_of("exporter", "4b1d2ee")})
    world.ecs.has("catalogue-stage", "exporter", unknown)


def _one_day(world: World, commits: Sequence[Commit], day: datetime, choose: random.Random) -> None:
    if day.weekday() >= 5:
        return
    for hour in sorted(choose.sample(range(-7, 0), choose.randint(1, 3))):
        at = day + timedelta(hours=hour, minutes=choose.randint(0, 50))
        services = choose.sample(SERVICES, choose.randint(1, 6))
        sha = _newest(commits, at)
        world.deploy("dev", _moving(world, "dev", services, sha), at=at, by=ROBOT, takes=minutes(choose.uniform(2, 5)))
        if choose.random() < 0.75:
            _stage(world, services, sha, at + minutes(25), choose)
    if choose.random() < 0.6:
        _promote(world, day + timedelta(minutes=choose.randint(0, 90)), choose)


def _stage(world: World, services: Sequence[str], sha: str, at: datetime, choose: random.Random) -> None:
    wanted = _moving(world, "stage", services, sha)
    if not wanted:
        return
    if choose.random() < 0.12:
        reason = "ECS deployment circuit breaker: tasks failed to start."
        world.deploy("stage", wanted, at=at, by=GRACE, ends=Word.ROLLED_BACK, takes=minutes(11), reason=reason)
    else:
        world.deploy("stage", wanted, at=at, by=choose.choice((ADA, GRACE, ROBOT)), takes=minutes(choose.uniform(3, 8)))


def _promote(world: World, at: datetime, choose: random.Random) -> None:
    staged = {s: Image.parse(u).commit or "" for s, u in world.parameters.images("stage", SERVICES).items()}
    wanted = {s: sha for s, sha in staged.items() if s != "reindexer" and sha and _moving(world, "prod", [s], sha)}
    if not wanted:
        return
    before = {s: Image.parse(u).commit or "" for s, u in world.parameters.images("prod", list(wanted)).items()}
    by = choose.choice((ADA, GRACE))
    world.deploy("prod", wanted, at=at, by=by, kind=Kind.PROMOTE, source="stage", takes=minutes(choose.uniform(5, 9)))
    if choose.random() < 0.15:
        world.deploy(
            "prod", before, at=at + minutes(47), by=by, kind=Kind.ROLLBACK, source="release", takes=minutes(6),
            description="Back out: search results lost their facets",
        )  # fmt: skip


def _today(world: World, commits: Sequence[Commit], choose: random.Random) -> None:
    """A rollout that goes on, one that ECS has put back, and a change that nobody told us of."""
    newest, one_before = commits[-1].sha, commits[-5].sha
    _promote(world, NOW - timedelta(hours=7), choose)
    world.deploy("dev", dict.fromkeys(SERVICES, newest), at=NOW - minutes(95), by=ROBOT)
    world.deploy("stage", dict.fromkeys(("ingestor", "matcher", "merger"), one_before), at=NOW - minutes(80), by=GRACE)
    world.deploy(
        "prod", {"image_server": newest}, at=NOW - minutes(38), by=GRACE, ends=Word.ROLLED_BACK,
        takes=minutes(9), reason="ECS deployment circuit breaker: tasks failed to start.", asked="image_server",
    )  # fmt: skip
    world.deploy("stage", {"api": newest, "id_minter": newest}, at=NOW - minutes(2), by=ADA, ends=None, asked="api")
    outside = world.ecs.registered_outside(fields_of("prod-matcher", {"matcher": uri_of("matcher", "hotfix-rollup")}))
    world.ecs.deployed_outside("catalogue-prod", "matcher", outside.arn)
    world.ecs.complete("catalogue-prod", "matcher")
    world.ecs.complete("catalogue-stage", "id_minter")
    moving = world.ecs.describe("catalogue-stage", ["api"])["api"]
    at_work = tuple(replace(d, running=1) if d.status == "PRIMARY" else d for d in moving.deployments)
    world.ecs.set("catalogue-stage", "api", deployments=at_work, running=1)


def _moving(world: World, environment: str, services: Sequence[str], sha: str) -> dict[str, str]:
    """Those that do not run it already."""
    runs = world.parameters.images(environment, list(services))
    return {s: sha for s in services if s in runs and Image.parse(runs[s]).commit != sha}


def _newest(commits: Sequence[Commit], at: datetime) -> str:
    return [c for c in commits if c.authored_at <= at][-1].sha


__all__ = ["World", "a_world", "an_ecs_deployment", "the_project"]
