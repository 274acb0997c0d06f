"""Addresses, and what answers each. Nothing here waits: every answer is made of the snapshot that there is."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from release_tool.dashboard import api, openapi, pages
from release_tool.dashboard.answers import Answer, Answers, kept, respond
from release_tool.dashboard.asked import Asked
from release_tool.dashboard.page import Page
from release_tool.dashboard.rendering import feed, page, static_folder
from release_tool.dashboard.snapshot import Snapshot
from release_tool.errors import AskedWrongly, UnknownName
from release_tool.times import iso

JSON = "application/json"
PROBLEM = "application/problem+json"
HTML = "text/html"


class Kept(Protocol):
    """Whoever keeps a project's snapshot fresh, and reads what is wanted."""

    @property
    def snapshot(self) -> Snapshot: ...

    def want(self, kind: str, number: int) -> None: ...


Refreshers = Mapping[str, Kept]
Documenting = Callable[[Snapshot, Mapping[str, str], Asked], api.Told]
Answering = Callable[[Request], Awaitable[Response]]


def application(refreshers: Refreshers) -> Starlette:
    told = _Told(refreshers)
    project = "/projects/{project}"
    routes = [
        Route("/", told.home),
        Route(project, told.html(pages.matrix)),
        Route(f"{project}/deployments", told.html(pages.deployments)),
        Route(f"{project}/deployments/{{which}}", told.html(pages.deployment)),
        Route(f"{project}/releases", told.html(pages.releases)),
        Route(f"{project}/releases/{{which}}", told.html(pages.release)),
        Route(f"{project}/environments/{{environment}}", told.html(pages.environment)),
        Route(f"{project}/services/{{service}}", told.html(pages.service)),
        Route(f"{project}/compare", told.html(pages.compare)),
        Route(f"{project}/metrics", told.html(pages.metrics)),
        Route("/help", told.help),
        Route("/feeds/{project}.atom", told.feed),
        Route("/badges/{project}/{environment}.svg", told.badge),
        *_api_routes(told),
        Route("/healthz", _alive),
        Route("/readyz", told.ready),
        Route("/favicon.ico", _no_icon),
    ]
    app = Starlette(routes=routes, exception_handlers={HTTPException: told.http_error, Exception: told.bug})
    app.mount("/static", StaticFiles(directory=static_folder()))
    app.router.redirect_slashes = False
    return app


def _api_routes(told: _Told) -> list[Route]:
    project = "/api/v1/projects/{project}"

    def numbered(kind: str, answer: Callable[[Snapshot, int], api.Told]) -> Documenting:
        return lambda snapshot, path, asked: answer(snapshot, pages.number_in(path["which"], kind, snapshot))

    return [
        Route("/api/v1", told.json_of(lambda: openapi.document())),
        Route("/api/v1/openapi.json", told.json_of(lambda: openapi.document())),
        Route("/api/v1/projects", told.projects),
        Route(f"{project}/matrix", told.json(lambda s, p, a: api.matrix(s, a))),
        Route(f"{project}/deployments", told.json(lambda s, p, a: api.deployment_list(s, a))),
        Route(f"{project}/deployments/{{which}}", told.json(numbered("deployment", api.deployment))),
        Route(f"{project}/releases", told.json(lambda s, p, a: api.release_list(s, a))),
        Route(f"{project}/releases/{{which}}", told.json(numbered("release", api.release))),
        Route(
            f"{project}/environments/{{environment}}", told.json(lambda s, p, a: api.environment(s, p["environment"]))
        ),
        Route(f"{project}/services/{{service}}", told.json(lambda s, p, a: api.service_history(s, p["service"], a))),
        Route(f"{project}/compare", told.json(lambda s, p, a: api.comparison(s, a))),
        Route(f"{project}/metrics", told.json(lambda s, p, a: api.metrics_of(s, a))),
    ]


async def _alive(request: Request) -> Response:
    return PlainTextResponse("alive\n")


async def _no_icon(request: Request) -> Response:
    return RedirectResponse("/static/icon-good.svg", 308)


class _Told:
    """Turns what pages and documents are into answers: kept, compressed, with their errors in words."""

    def __init__(self, refreshers: Refreshers) -> None:
        self._refreshers = refreshers
        self._answers = Answers()
        self._moods: dict[tuple[str, int], str] = {}

    # --- pages

    def html(self, make: pages.Making) -> Answering:
        async def answer(request: Request) -> Response:
            refresher = self._refresher(request)
            snapshot = refresher.snapshot

            def made() -> Answer:
                return self._page(request, refresher, make)

            return respond(request, self._answers.get(_key(request, snapshot), made), snapshot.oldest_look)

        return answer

    def _page(self, request: Request, refresher: Kept, make: pages.Making) -> Answer:
        snapshot = refresher.snapshot
        asked = Asked.of(request.query_params.multi_items())
        try:
            found = pages.first_look(snapshot) or make(snapshot, request.path_params, asked)
        except api.NotThere as missing:
            for wanted in missing.wanted:
                refresher.want(*wanted)
            found = pages.not_found(missing)
        except AskedWrongly as error:
            found = pages.refused(error)
        if found.to is not None:
            return Answer(b"", HTML, 307, headers={"Location": found.to})
        for wanted in found.wanted:
            refresher.want(*wanted)
        return page(found, snapshot, self._snapshots(), request.url.path, asked, self._mood(snapshot))

    async def home(self, request: Request) -> Response:
        snapshots = self._snapshots()
        if len(snapshots) == 1:
            return RedirectResponse(f"/projects/{next(iter(snapshots))}", 307)
        return self._of_all(request, pages.projects(snapshots))

    async def help(self, request: Request) -> Response:
        return self._of_all(request, pages.help_page())

    def _of_all(self, request: Request, found: Page) -> Response:
        made = page(found, None, self._snapshots(), request.url.path, Asked())
        return respond(request, kept(made), None)

    # --- feeds and badges

    async def feed(self, request: Request) -> Response:
        snapshot = self._refresher(request).snapshot
        asked = Asked.of(request.query_params.multi_items())
        try:
            made = feed(snapshot, asked, str(request.base_url).rstrip("/"))
        except AskedWrongly as error:
            raise HTTPException(400, str(error)) from error
        return respond(request, kept(made), snapshot.oldest_look)

    async def badge(self, request: Request) -> Response:
        snapshot = self._refresher(request).snapshot
        try:
            now = api.place(snapshot, request.path_params["environment"])
        except api.NotThere as missing:
            raise HTTPException(404, missing.sentence) from missing
        return respond(request, kept(pages.badge(now, snapshot)), snapshot.oldest_look)

    # --- JSON

    def json(self, make: Documenting) -> Answering:
        async def answer(request: Request) -> Response:
            refresher = self._refresher(request)
            snapshot = refresher.snapshot

            def made() -> Answer:
                try:
                    told = make(snapshot, request.path_params, Asked.of(request.query_params.multi_items()))
                except api.NotThere as missing:
                    for wanted in missing.wanted:
                        refresher.want(*wanted)
                    return _problem(404, missing.sentence, missing.next)
                except AskedWrongly as error:
                    return _problem(400, error.message, error.next)
                for wanted in told.wanted:
                    refresher.want(*wanted)
                retry = {"Retry-After": "1"} if told.status == 202 else {}
                return Answer(_json(told.document), JSON, told.status, _json(_steady(told.document)), retry)

            return respond(request, self._answers.get(_key(request, snapshot), made), snapshot.oldest_look)

        return answer

    def json_of(self, document: Callable[[], Mapping[str, object]]) -> Answering:
        async def answer(request: Request) -> Response:
            return respond(request, kept(Answer(_json(document()), JSON)), None)

        return answer

    async def projects(self, request: Request) -> Response:
        return respond(request, kept(Answer(_json(api.projects(self._snapshots())), JSON)), None)

    async def ready(self, request: Request) -> Response:
        """Whether what is shown is fresh; why not is said on the pages, to those who may see them."""
        snapshots = self._snapshots().values()
        fresh = all(s.is_ready for s in snapshots)
        looks = [iso(s.oldest_look) for s in snapshots]
        document = {"ready": fresh, "as_of": min((at for at in looks if at), default=None)}
        return Response(_json(document), 200 if fresh else 503, {"Cache-Control": "no-store"}, JSON)

    # --- errors

    async def http_error(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return self._error(request, error.status_code, str(error.detail))

    async def bug(self, request: Request, error: Exception) -> Response:
        return self._error(request, 500, "something went wrong here: the dashboard's log has it")

    def _error(self, request: Request, status: int, sentence: str) -> Response:
        if request.url.path.startswith("/api/"):
            return respond(request, kept(_problem(status, sentence, None)), None)
        if status == 404 and sentence == "Not Found":
            sentence = f"there is no page at {request.url.path[:200]}"
        found = pages.error_page(status, sentence, None)
        return respond(request, kept(page(found, None, self._snapshots(), request.url.path, Asked())), None)

    # --- below

    def _mood(self, snapshot: Snapshot) -> str:
        """The same for all pages of a snapshot."""
        key = (snapshot.project.id, snapshot.version)
        if key not in self._moods:
            self._moods = {k: m for k, m in self._moods.items() if k[0] != key[0]} | {key: pages.mood(snapshot)}
        return self._moods[key]

    def _snapshots(self) -> dict[str, Snapshot]:
        return {name: refresher.snapshot for name, refresher in self._refreshers.items()}

    def _refresher(self, request: Request) -> Kept:
        name = request.path_params["project"]
        if name not in self._refreshers:
            error = UnknownName("project", name[:100], self._refreshers, where="this dashboard")
            raise HTTPException(404, str(error).replace("\n", "; "))
        return self._refreshers[name]


def _key(request: Request, snapshot: Snapshot) -> tuple[object, ...]:
    """Ages are told to the minute: the same words hold for no longer."""
    minute = int(snapshot.at.timestamp()) // 60
    return snapshot.project.id, snapshot.version, minute, request.url.path, request.url.query


def _json(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _steady(document: Mapping[str, object]) -> Mapping[str, object]:
    return {name: value for name, value in document.items() if name != "as_of"}


def _problem(status: int, sentence: str, next_step: str | None) -> Answer:
    """As RFC 9457 has it; `detail` is the sentence, `next` what to do."""
    titles = {400: "Asked wrongly", 404: "Not found", 405: "Only GET and HEAD", 500: "A bug of ours"}
    document = {"title": titles.get(status, "Error"), "status": status, "detail": sentence, "next": next_step}
    return Answer(_json(document), PROBLEM, status)
