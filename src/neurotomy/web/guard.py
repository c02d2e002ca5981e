"""Who may talk to the app: only browsers that were given the link, from pages of the app itself.

The printed link holds a random token. It is exchanged once for a cookie that names a session; the cookie is sent to
this app alone (SameSite=Strict) and no script can read it (HttpOnly). Every request, websockets included, must name a
host that is served (else a foreign name could be pointed here), and one that changes something must come from a page of
the app. No request is larger than the limit, whatever it says of its length.
"""

from __future__ import annotations

import hmac
import html
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlencode

__all__ = ["COOKIE", "SESSION", "Guard", "TooLarge"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE = "neurotomy-session"
SESSION = "neurotomy.session"
"""Key of the session's name in the scope of a request that was let in."""
UPLOAD = "/upload"
SMALL_BYTES = 4_000_000
"""Largest body of anything but an upload."""
_LOGIN_BYTES = 10_000
TRIES, TRIES_S = 10, 60.0
"""So many wrong tokens or passwords are answered within so many seconds."""

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (
        b"content-security-policy",
        b"default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        b"img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; "
        b"form-action 'self'; base-uri 'self'",
    ),
)


class Guard:
    """ASGI middleware around the whole app.

    Parameters
    ----------
    app
        What it guards.
    hosts : set of str
        Values of the Host header that are served, with the port.
    token : str
        The secret of the printed link.
    known : callable
        Whether a session of this name exists already, from this run or one before.
    upload_bytes : int
        Largest upload.
    password : str, optional
        Asked for instead of the token, where the app is not on this machine alone.
    """

    def __init__(
        self,
        app: App,
        *,
        hosts: set[str],
        token: str,
        known: Callable[[str], bool],
        upload_bytes: int,
        password: str | None = None,
    ) -> None:
        self._app, self._hosts, self._token, self._known = app, hosts, token, known
        self._upload_bytes, self._password = upload_bytes, password
        self._origins = {f"http://{host}" for host in hosts}
        self._let_in: set[str] = set()
        self._failed: deque[float] = deque()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer it here."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]}
        refused = self._refusal(scope, headers)
        if refused is not None:
            await _refuse(scope, send, *refused)
            return
        session = self._session(headers)
        if scope["type"] == "http":
            query = parse_qs(scope["query_string"].decode("latin-1"))
            if "token" in query:
                await self._exchange(scope, query, session, send)
                return
            if scope["path"] == "/login":
                await self._login(scope, receive, send)
                return
        if session is None:
            if self._password is not None and scope["type"] == "http" and scope["path"] == "/":
                await _answer(send, 200, _login_page())
                return
            await _refuse(scope, send, 403, "Open the link that 'neurotomy serve' printed: it lets this browser in.")
            return
        scope[SESSION] = session
        limit = self._upload_bytes if scope["path"] == UPLOAD else SMALL_BYTES
        body = _Body(receive, limit)
        try:
            await self._app(scope, body, _with_headers(body.answer(send)))
        except Exception:
            if not body.too_large:
                raise

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str] | None:
        if headers.get("host", "") not in self._hosts:
            return 421, "This address is not served here. Use the link that 'neurotomy serve' printed."
        changes = scope["type"] == "websocket" or scope["method"] not in {"GET", "HEAD"}
        if changes and headers.get("origin") not in self._origins:
            return 403, "This request does not come from a page of neurotomy, and was refused."
        if headers.get("sec-fetch-site") == "cross-site" and headers.get("sec-fetch-mode") != "navigate":
            return 403, "This request comes from another site, and was refused."
        limit = self._upload_bytes if scope["path"] == UPLOAD else SMALL_BYTES
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > limit:
            return 413, f"Too large: at most {limit / 1e6:.0f} MB are taken."
        return None

    def _session(self, headers: dict[str, str]) -> str | None:
        cookie: SimpleCookie = SimpleCookie()
        try:
            cookie.load(headers.get("cookie", ""))
        except Exception:
            return None
        name = cookie[COOKIE].value if COOKIE in cookie else ""
        return name if name in self._let_in or self._known(name) else None

    async def _exchange(self, scope: Scope, query: dict[str, list[str]], session: str | None, send: Send) -> None:
        given = query.pop("token")[0]
        if self._too_many() or self._password is not None or not _same(given, self._token):
            self._failed.append(time.monotonic())
            await _refuse(scope, send, 403, "This link is not valid any more: use the one that was printed last.")
            return
        rest = urlencode(query, doseq=True)
        await self._enter(session, send, scope["path"] + (f"?{rest}" if rest else ""))

    async def _login(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._password is None or scope["method"] != "POST":
            await _refuse(scope, send, 404, "There is no such page.")
            return
        body, counted = b"", _Body(receive, _LOGIN_BYTES)
        try:
            while True:
                message = await counted()
                body += message.get("body", b"")
                if not message.get("more_body"):
                    break
        except TooLarge:
            await _refuse(scope, send, 413, "Too large for a password.")
            return
        given = parse_qs(body.decode("utf-8", "replace")).get("password", [""])[0]
        if self._too_many():
            await _answer(send, 429, _login_page("Too many wrong passwords: wait a minute."))
        elif not _same(given, self._password):
            self._failed.append(time.monotonic())
            await _answer(send, 403, _login_page("That is not the password."))
        else:
            await self._enter(None, send, "/")

    async def _enter(self, session: str | None, send: Send, to: str) -> None:
        name = session or secrets.token_urlsafe(32)
        self._let_in.add(name)
        cookie = f"{COOKIE}={name}; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000"
        headers = [(b"location", to.encode("latin-1")), (b"set-cookie", cookie.encode("latin-1"))]
        await send({"type": "http.response.start", "status": 303, "headers": [*headers, *_HEADERS]})
        await send({"type": "http.response.body", "body": b""})

    def _too_many(self) -> bool:
        while self._failed and time.monotonic() - self._failed[0] > TRIES_S:
            self._failed.popleft()
        return len(self._failed) >= TRIES


class TooLarge(Exception):
    """More came than was allowed."""


class _Body:
    """What comes, counted; listening stops when it is too much: a length that was stated can be a lie.

    Whatever the app makes of that, the answer is 413 in words.
    """

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive, self._limit, self._seen, self._answered = receive, limit, 0, False

    @property
    def too_large(self) -> bool:
        """Whether more came than is taken."""
        return self._seen > self._limit

    async def __call__(self) -> MutableMapping[str, Any]:
        message = await self._receive()
        self._seen += len(message.get("body", b"") or b"") if message["type"] == "http.request" else 0
        if self.too_large:
            raise TooLarge
        return message

    def answer(self, send: Send) -> Send:
        """`send`, unless too much came: then that is said instead, once."""

        async def answered(message: MutableMapping[str, Any]) -> None:
            if not self.too_large:
                await send(message)
            elif not self._answered:
                self._answered = True
                words = f"Too large: at most {self._limit / 1e6:.0f} MB are taken.".encode()
                headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
                await send({"type": "http.response.start", "status": 413, "headers": headers})
                await send({"type": "http.response.body", "body": words})

        return answered


def _with_headers(send: Send) -> Send:
    async def more(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            had = {key.lower() for key, _ in message["headers"]}
            message = {**message, "headers": [*message["headers"], *(h for h in _HEADERS if h[0] not in had)]}
        await send(message)

    return more


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


async def _refuse(scope: Scope, send: Send, status: int, words: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    page = (
        f"<!doctype html><html lang=en><title>neurotomy</title>{_STYLE}<main><h1>neurotomy</h1><p>{html.escape(words)}"
    )
    await _answer(send, status, page)


async def _answer(send: Send, status: int, page: str) -> None:
    headers = [(b"content-type", b"text/html; charset=utf-8"), (b"cache-control", b"no-store"), *_HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": page.encode()})


_STYLE = (
    "<style>body{background:#0b0e11;color:#dde3e8;font:18px/1.5 system-ui,sans-serif}"
    "main{max-width:34em;margin:18vh auto;padding:0 1em}h1{font-weight:600;font-size:1.2em}"
    "input,button{font:inherit;padding:.4em .7em;background:#161b20;color:inherit;border:1px solid #55616c;"
    "border-radius:6px}"
    "</style>"
)


def _login_page(words: str = "") -> str:
    said = f"<p role=alert>{html.escape(words)}" if words else ""
    return (
        f"<!doctype html><html lang=en><title>neurotomy</title>{_STYLE}<main><h1>neurotomy</h1>{said}"
        "<form method=post action=/login><label>Password, as it was printed where neurotomy was started<br>"
        "<input type=password name=password autofocus autocomplete=off></label> <button>Open</button></form>"
    )
