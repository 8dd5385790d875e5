"""Asks an ASGI application as a server would, without a socket: from any address, with any headers, its body in any pieces."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

Message = MutableMapping[str, Any]
Application = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]
LOCAL = {"host": "localhost:8080"}
JSON = {"content-type": "application/json"}
WAIT_SECONDS = 10
POLL_MILLISECONDS = 5


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


async def ask(
    app: Application, method: str, path: str, headers: dict[str, str] | None = None, *pieces: bytes, client: str = "127.0.0.1", whole: bool = True
) -> Answer:
    """One request; if its body is not `whole`, its end never comes."""
    left = list(pieces) or [b""]
    told: list[Message] = []

    async def receive() -> Message:
        if left:
            piece = left.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(left) or not whole}
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        told.append(message)

    named = {**LOCAL, **(headers or {})}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
        "client": (client, 50_000),
        "server": ("127.0.0.1", 8080),
    }
    await asyncio.wait_for(app(scope, receive, send), WAIT_SECONDS)
    start = told[0]
    kept = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], kept, b"".join(message.get("body", b"") for message in told[1:]))


@asynccontextmanager
async def serving(app: Application) -> AsyncIterator[None]:
    """The application between its start and its end, as a server keeps it."""
    incoming: asyncio.Queue[Message] = asyncio.Queue()
    outgoing: asyncio.Queue[Message] = asyncio.Queue()
    life = asyncio.create_task(_live(app, incoming, outgoing))
    await incoming.put({"type": "lifespan.startup"})
    assert (await asyncio.wait_for(outgoing.get(), WAIT_SECONDS))["type"] == "lifespan.startup.complete"
    try:
        yield
    finally:
        await incoming.put({"type": "lifespan.shutdown"})
        assert (await asyncio.wait_for(outgoing.get(), WAIT_SECONDS))["type"] == "lifespan.shutdown.complete"
        await asyncio.wait_for(life, WAIT_SECONDS)


async def until(holds: Callable[[], bool]) -> None:
    """Returns once it holds; fails after ten seconds."""
    for _ in range(1000 * WAIT_SECONDS // POLL_MILLISECONDS):
        if holds():
            return
        await asyncio.sleep(POLL_MILLISECONDS / 1000)
    raise AssertionError("it did not come to hold")


async def _live(app: Application, incoming: asyncio.Queue[Message], outgoing: asyncio.Queue[Message]) -> None:
    await app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, incoming.get, outgoing.put)
