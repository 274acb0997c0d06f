"""What every request passes before anything is shown, and what every answer carries."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "release_tool_dashboard"
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
OPEN_TO_ALL = ("/healthz", "/readyz")
"""A load balancer asks these by an address of its own and knows no token; they tell nothing but whether."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
}


@dataclass(frozen=True)
class Guard:
    """Refuses other methods, other hosts' names and other people; adds the headers to whatever is answered.

    A page of somebody else's that has its own name resolve to this machine is told by the Host header alone.
    """

    app: ASGIApp
    hosts: tuple[str, ...]
    token: str | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            elif scope["method"] == "HEAD" and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        refusal = self._refusal(scope)
        await (refusal or self.app)(scope, receive, send_guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if scope["method"] not in ("GET", "HEAD"):
            return _said(405, "this dashboard only reads: GET and HEAD", {"Allow": "GET, HEAD"})
        if scope["path"] in OPEN_TO_ALL:
            return None
        if without_port(headers.get("host", "")) not in self.hosts:
            return _said(421, "this dashboard does not go by that name; start it with --allow_host=<name>")
        return None if self.token is None else self._token_refusal(scope, headers, self.token)

    def _token_refusal(self, scope: Scope, headers: Headers, token: str) -> Response | None:
        given = dict(parse_qsl(scope["query_string"].decode("latin-1"))).get("token")
        if given is not None:
            return _admitted(scope, token) if _same(given, token) else _asked_again("that is not the token")
        scheme, _, credentials = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and _same(credentials.strip(), token):
            return None
        if _same(_cookie(headers), pass_for(token)):
            return None
        return _asked_again("this dashboard asks for its token")


def without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).lower()


def allowed_hosts(host: str, more: Iterable[str]) -> tuple[str, ...]:
    own = f"[{host}]" if ":" in host else host
    return (*LOOPBACK, own.lower(), *(without_port(name) for name in more))


def is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


def pass_for(token: str) -> str:
    """What the cookie holds instead of the token."""
    return hmac.new(token.encode(), b"dashboard cookie", hashlib.sha256).hexdigest()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _cookie(headers: Headers) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return "" if found is None else found.value


def _admitted(scope: Scope, token: str) -> Response:
    """On to the same address without the token, so that no bookmark and no history keeps it."""
    rest = [(k, v) for k, v in parse_qsl(scope["query_string"].decode("latin-1")) if k != "token"]
    path = "/" + scope["path"].lstrip("/")
    answer = RedirectResponse(f"{path}?{urlencode(rest)}" if rest else path, 303, {"Cache-Control": "no-store"})
    secure = Headers(scope=scope).get("x-forwarded-proto", scope["scheme"]) == "https"
    answer.set_cookie(COOKIE, pass_for(token), httponly=True, samesite="lax", secure=secure, max_age=30 * 86400)
    return answer


def _asked_again(sentence: str) -> Response:
    form = (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        "<title>Token</title><main><h1>release-tool dashboard</h1>"
        f"<p>{sentence}.</p><form><label>Token <input name=token type=password autocomplete=current-password required>"
        "</label> <button>Go on</button></form></main></html>"
    )
    return Response(form, 401, {"WWW-Authenticate": "Bearer", "Cache-Control": "no-store"}, "text/html")


def _said(status: int, sentence: str, headers: dict[str, str] | None = None) -> Response:
    return PlainTextResponse(sentence + "\n", status, headers)
