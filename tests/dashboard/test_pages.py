"""What each address shows."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from release_tool.image import Image
from tests.dashboard.asking import Browserless, HandTurned
from tests.dashboard.sample import HOSTILE, World

PROJECT = "/projects/catalogue"
PAGES = (
    PROJECT,
    f"{PROJECT}?at=2026-11-20T12:00Z",
    f"{PROJECT}/deployments",
    f"{PROJECT}/deployments/71",
    f"{PROJECT}/releases",
    f"{PROJECT}/releases/40",
    f"{PROJECT}/environments/prod",
    f"{PROJECT}/services/api",
    f"{PROJECT}/compare",
    f"{PROJECT}/metrics",
    "/help",
)
SHOWING_HASHES = [page for page in PAGES if page.startswith(PROJECT) and not page.endswith("/metrics")]


def rows(html: str) -> list[str]:
    """The numbers in the first column of the lists."""
    return re.findall(r'<a href="[^"]+/(\d+)" data-row>', html)


def cell(html: str, service: str, environment: str) -> str:
    row = html.split(f'id="s-{service}"', 1)[1].split("</tr>", 1)[0]
    return row.split(f'data-label="{environment}"', 1)[1].split("</td>", 1)[0]


class Tags(HTMLParser):
    VOID = frozenset({"meta", "link", "input", "br", "img"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}>")


def tags_of(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    return tags


@pytest.mark.parametrize("page", PAGES)
def test_every_page_answers_with_well_formed_html_and_ids_of_one_thing_each(page: str, dashboard: Browserless) -> None:
    answer = dashboard.get(page)

    tags = tags_of(answer.text)
    ids = [attributes["id"] for _, attributes in tags.seen if "id" in attributes]
    assert answer.status == 200
    assert (tags.faults, tags.open) == ([], [])
    assert sorted(ids) == sorted(set(ids))


@pytest.mark.parametrize("page", PAGES)
def test_no_page_needs_anything_from_elsewhere(page: str, dashboard: Browserless) -> None:
    needed = [
        a.get("src") or a.get("href")
        for tag, a in tags_of(dashboard.get(page).text).seen
        if tag in ("script", "link", "img", "iframe", "style")
    ]

    assert needed
    assert all(address is not None and address.startswith("/") for address in needed)


@pytest.mark.parametrize("page", PAGES)
def test_no_page_has_script_or_style_of_its_own(page: str, dashboard: Browserless) -> None:
    seen = tags_of(dashboard.get(page).text).seen

    assert [tag for tag, a in seen if tag == "style" or (tag == "script" and "src" not in a)] == []
    assert [a for _, a in seen if any(name == "style" or name.startswith("on") for name in a)] == []


@pytest.mark.parametrize("page", SHOWING_HASHES)
def test_where_a_release_or_a_running_service_is_shown_so_is_its_release_hash(
    page: str, dashboard: Browserless, turned: HandTurned
) -> None:
    hashes = {line.release_hash for lines in turned.snapshot.history.lines.values() for line in lines}

    shown = set(re.findall(r'<code class="hash">([^<]+)</code>', dashboard.get(page).text))

    assert shown & {str(h) for h in hashes}


@pytest.mark.parametrize(
    "page",
    [f"{PROJECT}/deployments/72", f"{PROJECT}/compare", f"{PROJECT}/deployments", f"{PROJECT}?q=%3Cscript%3Ealert"],
)
def test_what_means_harm_is_shown_as_text(page: str, dashboard: Browserless) -> None:
    html = dashboard.get(page).text

    assert "<script>alert" not in html
    assert "<img src=x" not in html


def test_a_hostile_commit_message_can_be_read(dashboard: Browserless) -> None:
    html = dashboard.get(f"{PROJECT}/compare").text

    assert "&lt;script&gt;alert(&#34;caught&#34;)&lt;/script&gt; &amp; &lt;img src=x" in html
    assert HOSTILE not in html


# --- the matrix: truth in a cell


def test_what_runs_is_shown_beside_the_newer_attempt_that_was_put_back(dashboard: Browserless, world: World) -> None:
    failed = next(d for d in world.ledger.current("catalogue", "prod") if d.service == "image_server")

    shown = cell(dashboard.get(PROJECT).text, "image_server", "prod")

    runs = Image.parse(world.parameters.images("prod", ["image_server"])["image_server"]).release_hash
    assert runs != failed.release_hash
    assert re.findall(r'class="hash">([^<]+)', shown) == [runs, failed.release_hash]
    assert "ROLLED_BACK" in shown
    assert "circuit breaker" in shown


def test_a_rollout_shows_its_tasks_and_an_estimate(dashboard: Browserless) -> None:
    shown = cell(dashboard.get(PROJECT).text, "api", "stage")

    assert "IN_PROGRESS" in shown
    assert "1/2 running, about " in shown


def test_what_somebody_else_changed_is_told(dashboard: Browserless) -> None:
    shown = cell(dashboard.get(PROJECT).text, "matcher", "prod")

    assert "not as recorded" in shown
    assert "hotfix-rollup" in shown


def test_a_service_that_was_never_deployed_or_does_not_exist_there_is_told_so(dashboard: Browserless) -> None:
    html = dashboard.get(PROJECT).text

    assert "never deployed" in cell(html, "exporter", "prod")
    assert "does not exist here" in cell(html, "reindexer", "prod")


def test_a_production_environment_says_so_in_words(dashboard: Browserless) -> None:
    html = dashboard.get(PROJECT).text

    assert '<span class="tag">production</span>' in html.split("<thead", 1)[1].split("</thead>", 1)[0]


def test_drift_is_counted_in_words(dashboard: Browserless) -> None:
    shown = cell(dashboard.get(PROJECT).text, "api", "Drift")

    assert re.search(r"stage is \d+ commits \(\d+ releases?\) ahead of prod", shown)


def test_what_went_wrong_comes_first_unless_the_manifests_order_is_asked_for(dashboard: Browserless) -> None:
    def services(address: str) -> list[str]:
        return re.findall(r'<tr role="row" id="s-(\w+)"', dashboard.get(address).text)

    assert services(PROJECT)[0] == "image_server"
    assert services(f"{PROJECT}?sort=name")[:3] == ["api", "id_minter", "image_server"]


@pytest.mark.parametrize(
    ("question", "services"),
    [
        ("status=IN_PROGRESS", {"api"}),
        ("environment=prod&status=ROLLED_BACK", {"image_server"}),
        ("q=hotfix", {"matcher"}),
        ("service=merger&service=api", {"merger", "api"}),
        ("q=nothing+like+it", set()),
    ],
)
def test_the_matrix_is_narrowed_by_its_address(question: str, services: set[str], dashboard: Browserless) -> None:
    html = dashboard.get(f"{PROJECT}?{question}").text

    assert set(re.findall(r'<tr role="row" id="s-(\w+)"', html)) == services
    assert bool(services) or "Clear the filters" in html


def test_the_past_is_shown_under_a_banner_with_the_way_back(dashboard: Browserless, world: World) -> None:
    before = world.ledger.deployment_set("catalogue", 30)
    assert before is not None

    html = dashboard.get(f"{PROJECT}?at={before.requested_at:%Y-%m-%dT%H:%MZ}").text

    assert "Showing what the record says of" in html
    assert "Back to now" in html
    numbers = {int(n) for n in re.findall(r"/deployments/(\d+)", html)}
    assert numbers
    assert max(numbers) <= 30


# --- deployments


def test_what_goes_on_or_went_wrong_comes_first(dashboard: Browserless) -> None:
    first, rest = dashboard.get(f"{PROJECT}/deployments").text.split("</table>")[:2]

    assert rows(first)[:2] == ["72", "71"]
    assert rows(rest) == sorted(rows(rest), key=int, reverse=True)


@pytest.mark.parametrize(
    ("question", "holds"),
    [
        ("environment=prod", lambda s, lines: s.environment == "prod"),
        ("environment=prod&environment=dev", lambda s, lines: s.environment in ("prod", "dev")),
        ("service=merger", lambda s, lines: "merger" in {line.service for line in lines}),
        ("status=ROLLED_BACK", lambda s, lines: str(s.outcome) == "ROLLED_BACK"),
        ("who=grace", lambda s, lines: "Grace" in str(s.requested_by)),
        ("kind=rollback", lambda s, lines: str(s.kind) == "rollback"),
        ("since=2026-11-18&until=2026-11-19", lambda s, lines: s.requested_at.day in (18, 19)),
        ("q=facets", lambda s, lines: "facets" in s.description),
    ],
)
def test_deployments_are_filtered_by_their_address(
    question: str, holds: object, dashboard: Browserless, turned: HandTurned
) -> None:
    history = turned.snapshot.history
    expected = {str(s.number) for s in history.sets if holds(s, history.parts[s.number])}  # type: ignore[operator]

    html = dashboard.get(f"{PROJECT}/deployments?{question}&limit=500").text

    assert 0 < len(expected) < len(history.sets)
    assert set(rows(html)) == expected


def test_pages_follow_one_another_without_a_gap(dashboard: Browserless, turned: HandTurned) -> None:
    address, seen = f"{PROJECT}/deployments?limit=10", []

    while address:
        html = dashboard.get(address).text
        seen += rows(html)
        following = re.search(r'rel="next" href="([^"]+)"', html)
        address = f"{PROJECT}/deployments{following[1].replace('&amp;', '&')}" if following else ""

    assert len(seen) == len(set(seen))
    assert {int(n) for n in seen} == set(turned.snapshot.history.by_number)


def test_a_list_says_how_much_of_it_is_shown(dashboard: Browserless) -> None:
    assert "Showing 50 of 70, newest first" in dashboard.get(f"{PROJECT}/deployments").text


def test_where_nothing_matches_the_way_back_is_shown(dashboard: Browserless) -> None:
    assert "No deployments match." in dashboard.get(f"{PROJECT}/deployments?q=xyzzy").text


def test_a_deployment_names_its_neighbours_in_the_same_environment(dashboard: Browserless, turned: HandTurned) -> None:
    prod = [s.number for s in turned.snapshot.history.by_environment["prod"]]

    html = dashboard.get(f"{PROJECT}/deployments/{prod[1]}").text

    assert f'rel="next" href="{PROJECT}/deployments/{prod[0]}"' in html
    assert f'rel="prev" href="{PROJECT}/deployments/{prod[2]}"' in html


# --- releases


def releases_shown(dashboard: Browserless, question: str) -> set[int]:
    return {int(n) for n in rows(dashboard.get(f"{PROJECT}/releases?{question}&limit=500").text)}


def test_releases_are_filtered_by_the_environment_that_they_are_deployed_in(
    dashboard: Browserless, world: World
) -> None:
    ever = {r.number for r in world.ledger.release_sets("catalogue", environment="prod", limit=500).items}
    everything = {r.number for r in world.ledger.release_sets("catalogue", limit=500).items}
    running = {
        d.release_number
        for d in world.ledger.current("catalogue", "prod")
        if d.service not in ("image_server", "matcher")
    }

    assert releases_shown(dashboard, "environment=prod&presence=ever") == ever
    assert releases_shown(dashboard, "environment=prod&presence=never") == everything - ever
    assert releases_shown(dashboard, "environment=prod&presence=current") >= running
    assert releases_shown(dashboard, "environment=prod&presence=current") < ever


def test_where_an_environment_is_chosen_what_is_there_now_is_meant(dashboard: Browserless) -> None:
    assert releases_shown(dashboard, "environment=prod") == releases_shown(
        dashboard, "environment=prod&presence=current"
    )


def test_a_release_that_ecs_put_back_is_not_there_now(dashboard: Browserless) -> None:
    html = dashboard.get(f"{PROJECT}/deployments/71").text
    release = int(re.search(r"/releases/(\d+)", html)[1])  # type: ignore[index]

    assert release not in releases_shown(dashboard, "environment=prod")
    assert release in releases_shown(dashboard, "environment=prod&presence=ever")


# --- permalinks


def test_the_beginning_of_a_release_hash_or_of_an_id_is_a_permalink(dashboard: Browserless, world: World) -> None:
    deployment = world.ledger.deployment_set("catalogue", 71)
    assert deployment is not None

    answer = dashboard.get(f"{PROJECT}/deployments/{deployment.id[:18]}")

    assert (answer.status, answer.headers["location"]) == (307, f"{PROJECT}/deployments/71")


def test_a_beginning_that_several_have_lists_them(dashboard: Browserless) -> None:
    answer = dashboard.get(f"{PROJECT}/deployments/stage-20")

    assert answer.status == 404
    assert "begins several deployments" in answer.text


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        (f"{PROJECT}/deployments/9999", "has no deployment 9999"),
        (f"{PROJECT}/releases/9999", "has no release 9999"),
        (f"{PROJECT}/deployments/no-such-thing", "no deployment is called `no-such-thing`"),
        (f"{PROJECT}/environments/prd", "no environment called `prd`"),
        (f"{PROJECT}/services/apy", "no service called `apy`"),
        ("/projects/catalog", "no project called `catalog`"),
        ("/nowhere", "there is no page at /nowhere"),
    ],
)
def test_what_is_not_there_is_a_404_that_says_what_was_looked_for(
    address: str, sentence: str, dashboard: Browserless
) -> None:
    answer = dashboard.get(address)

    assert answer.status == 404
    assert sentence in answer.text


@pytest.mark.parametrize("address", [f"{PROJECT}/environments/prd", f"{PROJECT}/services/apy", "/projects/catalog"])
def test_a_404_names_what_was_probably_meant(address: str, dashboard: Browserless) -> None:
    assert "did you mean" in dashboard.get(address).text


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("environment=prd", "no environment called `prd`"),
        ("status=DONE", "no status called `DONE`"),
        ("since=yesterday", "since=yesterday is not a time"),
        ("before=0", "before=0 is not a number"),
        ("limit=501", "limit=501 is not a number from 1 to 500"),
    ],
)
def test_a_question_that_cant_be_understood_is_refused_in_a_sentence(
    question: str, sentence: str, dashboard: Browserless
) -> None:
    answer = dashboard.get(f"{PROJECT}/deployments?{question}")

    assert answer.status == 400
    assert sentence in answer.text


# --- the rest


def test_the_start_leads_to_the_only_project(dashboard: Browserless) -> None:
    answer = dashboard.get("/")

    assert (answer.status, answer.headers["location"]) == (307, PROJECT)


def test_of_several_projects_the_start_lists_each_with_a_sentence(turned: HandTurned, world: World) -> None:
    from dataclasses import replace

    other = replace(world, project=replace(world.project, id="other", name="Another"))
    html = Browserless(turned, HandTurned(other.source()).turn()).get("/").text

    assert re.findall(r'<a href="(/projects/\w+)" data-row>', html) == [PROJECT, "/projects/other"]
    assert "went wrong" in html


def test_the_feed_is_atom_and_filtered_like_the_list(dashboard: Browserless) -> None:
    answer = dashboard.get("/feeds/catalogue.atom?environment=prod")

    feed = ElementTree.fromstring(answer.text)
    titles = [
        t.text or "" for t in feed.iterfind("{http://www.w3.org/2005/Atom}entry/{http://www.w3.org/2005/Atom}title")
    ]
    assert answer.headers["content-type"].startswith("application/atom+xml")
    assert titles[0] == "prod: deployment 71 ROLLED_BACK"
    assert all(title.startswith("prod: ") for title in titles)


def test_the_badge_says_the_worst_word(dashboard: Browserless) -> None:
    answer = dashboard.get("/badges/catalogue/prod.svg")

    assert ElementTree.fromstring(answer.text).attrib["aria-label"] == "prod: ROLLED_BACK (1 service)"
    assert answer.headers["content-type"].startswith("image/svg+xml")


def test_compare_says_what_a_deployment_would_bring(dashboard: Browserless) -> None:
    html = dashboard.get(f"{PROJECT}/compare?from=prod&to=stage").text

    assert re.search(r"Deploying what runs in stage to prod\s+would change \d services, and bring \d+ commits\.", html)
