"""Who may ask what over HTTP. Each request passes here first, and what is refused reaches nothing.

Three strangers are kept out. Somebody on another machine needs a token of the right scope. A web page in this machine's own browser may send what it
likes to the loopback, but not as JSON and not without its Origin (cross-site forgery), and not under our name (DNS rebinding). And somebody behind a
proxy on this machine looks like the loopback, but the proxy adds its headers, so whoever comes with those is from elsewhere.

Who is on this machine may read, and may halt: a halt must not fail for a token in the hour it is needed. Lifting a halt always takes one. That the
process answers at all (`/health/live`) may be known to everybody; it tells nothing else.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final

from robo_trader.edge.access_token import AccessTokens, Scope, bearer
from robo_trader.errors import StateUnreadable

BODY_BYTES_MAX: Final = 16_384
BODY_SECONDS_MAX: Final = 5.0
OPEN: Final = "/health/live"
POSTS: Final[dict[str, Scope]] = {"/halt": "halt", "/resume": "resume"}
FORWARDED: Final = ("x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via")
HEADERS: Final = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"), (b"content-security-policy", b"default-src 'none'"))

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a request is refused, and what to do about it."""

    status: int
    error: str
    remedy: str


def refusal(method: str, path: str, client: str, headers: Mapping[str, str], tokens: AccessTokens) -> Refused | None:
    """Why this request may not pass; None if it may. `headers` by lower-case name; `client` is the address that it came from."""
    if method == "POST" and (forged := _forged(headers)):
        return forged
    if path == OPEN or (from_here(client, headers) and POSTS.get(path, "read") != "resume"):
        return None
    return _by_token(path, bearer(headers.get("authorization", "")), tokens)


def from_here(client: str, headers: Mapping[str, str]) -> bool:
    """Whether a request comes from this machine, under one of its names, and through nobody's hands."""
    try:
        near = ip_address(client).is_loopback
    except ValueError:
        return False
    return near and _is_local(headers.get("host", "")) and not any(name in headers for name in FORWARDED)


def guarded(application: Application, tokens: AccessTokens) -> Application:
    """The application, behind the guard."""

    async def guard(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        client = (scope.get("client") or ("",))[0]
        refused = refusal(scope["method"], scope["path"], client, headers, tokens)
        if refused is None and scope["method"] == "POST":
            body = await _body(receive)
            receive = _replayed(body, receive) if isinstance(body, bytes) else receive
            refused = None if isinstance(body, bytes) else body
        if refused is not None:
            await answer(send, refused)
            return
        await application(scope, receive, _with_headers(send))

    return guard


async def answer(send: Send, refused: Refused) -> None:
    """Send a refusal as JSON."""
    body = json.dumps({"error": refused.error, "remedy": refused.remedy}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *HEADERS]
    if refused.status == 401:  # noqa: PLR2004 - the one that names the way in
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _by_token(path: str, token: str, tokens: AccessTokens) -> Refused | None:
    """Why this token does not open this path; None if it does."""
    needed: Scope = POSTS.get(path, "read")
    remedy = f"send `Authorization: Bearer TOKEN` with the '{needed}' token of {tokens.path.name}"
    if not token:
        return Refused(401, f"{path} needs a token from here", remedy)
    try:
        scopes = tokens.scopes_of(token)
    except StateUnreadable as lost:
        return Refused(503, lost.cause, lost.remedy)
    if needed in scopes:
        return None
    return Refused(403, f"the token does not open {path}", remedy) if scopes else Refused(401, "the token is not known", remedy)


def _forged(headers: Mapping[str, str]) -> Refused | None:
    """A request that a page of another site could have made."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return Refused(415, "Content-Type is not application/json", "send the header `Content-Type: application/json`, and JSON")
    origin = headers.get("origin")
    if origin is not None and origin.lower() not in {f"{kind}://{headers.get('host', '').lower()}" for kind in ("http", "https")}:
        return Refused(403, f"Origin {origin} is another site", "send it from a program, without an Origin header")
    return None


def _is_local(host_header: str) -> bool:
    """Whether a Host header names this machine: `localhost:8080`, `127.0.0.1`, `[::1]:8080`."""
    name = host_header[1:].partition("]")[0] if host_header.startswith("[") else host_header.partition(":")[0]
    return name.lower().removesuffix(".") in {"localhost", "127.0.0.1", "::1"}


async def _body(receive: Receive) -> bytes | Refused:
    """The whole body, within its bounds of size and time."""
    found = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS_MAX):
            while True:
                message = await receive()
                found += message.get("body", b"")
                if len(found) > BODY_BYTES_MAX:
                    return Refused(413, f"the body has more than {BODY_BYTES_MAX} bytes", "send only the fields that are needed")
                if not message.get("more_body", False):
                    return bytes(found)
    except TimeoutError:
        return Refused(408, f"the body did not come within {BODY_SECONDS_MAX:g} s", "send it at once")


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body that was read already, then whatever follows."""
    given = False

    async def replayed() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed


def _with_headers(send: Send) -> Send:
    """The same answer, with our headers: a health that was cached is no health."""

    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *HEADERS]}
        await send(message)

    return with_headers
