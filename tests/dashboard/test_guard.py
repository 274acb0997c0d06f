"""Who may ask, by which name, and what every answer carries."""

from __future__ import annotations

import pytest

from release_tool.dashboard.guard import COOKIE, HEADERS, pass_for
from release_tool.dashboard.server import address_of, bound, guarded
from release_tool.errors import AskedWrongly
from tests.dashboard.asking import Browserless, HandTurned
from tests.dashboard.test_pages import PROJECT

TOKEN = "correct-horse-battery-staple"


@pytest.fixture(scope="module")
def locked(turned: HandTurned) -> Browserless:
    return Browserless(turned, token=TOKEN)


@pytest.mark.parametrize(
    "address",
    [
        PROJECT,
        "/",
        "/nowhere",
        "/api/v1/projects",
        "/api/v1/projects/nowhere/matrix",
        "/healthz",
        "/static/dashboard.css",
    ],
)
def test_every_answer_carries_the_headers_that_protect_its_reader(address: str, dashboard: Browserless) -> None:
    headers = dashboard.get(address).headers

    assert {name: headers[name.lower()] for name in HEADERS} == HEADERS


def test_nothing_is_allowed_that_is_not_the_dashboards_own() -> None:
    policy = HEADERS["Content-Security-Policy"]

    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "data:" not in policy


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_only_reading_is_allowed(method: str, dashboard: Browserless) -> None:
    answer = dashboard.get(PROJECT, method=method)

    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("address", [PROJECT, "/api/v1/projects/catalogue/matrix", "/static/dashboard.js", "/help"])
def test_a_head_is_a_get_without_its_body(address: str, dashboard: Browserless) -> None:
    whole, head = dashboard.get(address), dashboard.get(address, method="HEAD")

    assert (head.status, head.body) == (whole.status, b"")
    assert head.headers.get("etag") == whole.headers.get("etag")
    assert head.headers["content-length"] == str(len(whole.body))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8080", "[::1]:8080", "LOCALHOST"])
def test_a_loopback_name_is_answered(host: str, dashboard: Browserless) -> None:
    assert dashboard.get(PROJECT, host=host).status == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8080", "", "localhost.evil.example"])
def test_another_name_is_refused_so_that_no_other_page_can_read_along(host: str, dashboard: Browserless) -> None:
    answer = dashboard.get(PROJECT, host=host)

    assert answer.status == 421
    assert b"catalogue" not in answer.body


def test_a_name_that_is_allowed_is_answered(turned: HandTurned) -> None:
    behind_a_balancer = Browserless(turned, hosts=["releases.example.org"])

    assert behind_a_balancer.get(PROJECT, host="releases.example.org").status == 200


def test_a_load_balancer_may_ask_after_its_health_by_any_name(locked: Browserless) -> None:
    assert locked.get("/healthz", host="10.0.0.7:8080").status == 200
    assert locked.get("/readyz", host="10.0.0.7:8080").status == 200


# --- the token


@pytest.mark.parametrize("address", [PROJECT, "/api/v1/projects", "/static/dashboard.css", "/feeds/catalogue.atom"])
def test_without_the_token_nothing_is_told(address: str, locked: Browserless) -> None:
    answer = locked.get(address)

    assert answer.status == 401
    assert b"atalogue" not in answer.body


@pytest.mark.parametrize("given", ["wrong", "", TOKEN[:-1], TOKEN + "x", "tökén"])
def test_another_token_is_refused(given: str, locked: Browserless) -> None:
    assert locked.get(PROJECT, authorization=f"Bearer {given}").status == 401
    assert locked.get(PROJECT, cookie=f"{COOKIE}={given}").status == 401


def test_a_program_gives_the_token_in_a_header(locked: Browserless) -> None:
    assert locked.get("/api/v1/projects", authorization=f"Bearer {TOKEN}").status == 200


def test_a_person_gives_it_once_and_it_stays_out_of_the_address(locked: Browserless) -> None:
    answer = locked.get(f"{PROJECT}?q=api&token={TOKEN}")

    cookie = answer.headers["set-cookie"]
    assert (answer.status, answer.headers["location"]) == (303, f"{PROJECT}?q=api")
    assert TOKEN not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert locked.get(PROJECT, cookie=cookie.partition(";")[0]).status == 200


def test_the_cookie_is_for_https_alone_where_https_is_spoken(locked: Browserless) -> None:
    answer = locked.get(f"{PROJECT}?token={TOKEN}", x_forwarded_proto="https")

    assert "Secure" in answer.headers["set-cookie"]


def test_a_token_never_leads_elsewhere(locked: Browserless) -> None:
    answer = locked.get(f"//evil.example/?token={TOKEN}".replace("//", "/%2F", 1))

    assert answer.headers["location"] == "/evil.example/"


def test_the_cookie_does_not_tell_the_token() -> None:
    assert TOKEN not in pass_for(TOKEN)
    assert pass_for(TOKEN) != pass_for(TOKEN + "x")


# --- where it listens


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "example.org"])
def test_an_address_that_others_reach_needs_a_token(host: str, dashboard: Browserless) -> None:
    with pytest.raises(AskedWrongly, match="is not a loopback address"):
        guarded(dashboard.app, host, (), None)

    assert guarded(dashboard.app, host, (), TOKEN).token == TOKEN


def test_port_0_takes_a_free_one_and_a_taken_one_is_told() -> None:
    with bound("127.0.0.1", 0) as first:
        first.listen()
        port = first.getsockname()[1]

        with pytest.raises(AskedWrongly, match=f"could not listen on 127.0.0.1, port {port}") as told:
            bound("127.0.0.1", port)

        assert address_of(first, "127.0.0.1") == f"http://127.0.0.1:{port}/"
        assert told.value.next == "--port=0 takes a free port"
