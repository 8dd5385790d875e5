"""The operator's line to a running system: one JSON object in, one out, over a unix socket that only its user can reach.

The trading loop itself answers, so that a loop that hangs does not answer: a timely answer is a sign of life, which a thread beside it could fake.
Halts do not depend on this line; they go through the fence.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

from robo_trader.errors import NotConfirmed, NotRunning, UserError

LINE_BYTES_MAX: Final = 1_048_576
CONNECTIONS_MAX: Final = 16
IDLE_SECONDS: Final = 10.0

Json = dict[str, Any]


@asynccontextmanager
async def serve(path: Path, answer: Callable[[Json], Json]) -> AsyncIterator[None]:
    """Answer requests at `path` for the length of the block.

    `answer` runs in the loop and must be quick. A `UserError` that it raises becomes {"error", "remedy", "exit_code"}, as does a line that is no JSON
    object.
    """
    connections: set[asyncio.Task[None]] = set()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            if len(connections) <= CONNECTIONS_MAX:
                await _converse(reader, writer, answer)
        finally:
            connections.discard(task)
            writer.close()

    server = await asyncio.start_unix_server(converse, sock=_bound(path), limit=LINE_BYTES_MAX)
    try:
        yield
    finally:
        server.close()
        for task in tuple(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        _remove(path)


def ask(path: Path, request: Json, timeout_seconds: float) -> Json:
    """Send one request and wait for its answer; blocks.

    Raises `NotRunning` if nobody listens, `NotConfirmed` if the other side stays silent for `timeout_seconds`.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(timeout_seconds)
        try:
            line.connect(str(path))
        except TimeoutError:
            raise _silent(timeout_seconds) from None
        except OSError:
            raise NotRunning("the system does not run", "start it with `robo-trader run`") from None
        try:
            line.sendall(json.dumps(request).encode() + b"\n")
            with line.makefile("rb") as answers:
                return _object(answers.readline(LINE_BYTES_MAX))
        except (OSError, ValueError):
            raise _silent(timeout_seconds) from None


def reply_to(line: bytes, answer: Callable[[Json], Json]) -> bytes:
    """The line that answers `line`."""
    try:
        reply = answer(_object(line))
    except UserError as refused:
        reply = {"error": refused.cause, "remedy": refused.remedy, "exit_code": refused.exit_code}
    except json.JSONDecodeError as broken:
        reply = {"error": f"not a JSON object: {broken}", "remedy": "send one object per line", "exit_code": 1}
    return json.dumps(reply).encode() + b"\n"


def _object(line: bytes) -> Json:
    """The JSON object of a line; raises JSONDecodeError."""
    try:
        found = json.loads(line)
    except UnicodeDecodeError:
        raise json.JSONDecodeError("not UTF-8", "", 0) from None
    if not isinstance(found, dict):
        raise json.JSONDecodeError("not an object", "", 0)
    return found


def _bound(path: Path) -> socket.socket:
    """A socket at `path`; what a killed process left there goes first, because the system's lock says that nobody lives there."""
    _remove(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    path.chmod(0o600)
    return listener


def _remove(path: Path) -> None:
    """Take the socket's name away."""
    path.unlink(missing_ok=True)


async def _converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Callable[[Json], Json]) -> None:
    """Answer line after line, until the other side leaves, falls silent or sends a line without end."""
    with suppress(ConnectionError, TimeoutError, ValueError):
        while line := await asyncio.wait_for(reader.readline(), IDLE_SECONDS):
            writer.write(reply_to(line, answer))
            await asyncio.wait_for(writer.drain(), IDLE_SECONDS)


def _silent(timeout_seconds: float) -> NotConfirmed:
    """The error for a system that is there and says nothing."""
    return NotConfirmed(f"the system did not answer within {timeout_seconds:g} s", "look at its log; `robo-trader halt` works without its answer")
