"""The control socket: how trading processes take part in lockstep, as JSON lines over a unix socket.

    client -> {"op": "register", "client_id": N}           answered {"ok": true, "clock_ns": ...}
    client -> {"op": "report", "client_id": N, "received": R, "sent": S, "idle": true, "deadline_ns": null or int}
    client -> {"op": "unregister", "client_id": N}         the clock stops at once where nobody is left

A line that ends without unregistering is a crash. A client id that registers again while its elder line still stands is the elder's crash too:
the process behind it cannot be at work twice. What is not one of these lines is answered {"ok": false, "error": ...} and ends the line.

`Members` is the membership, `ControlLine` one conversation; neither knows a socket. `ControlPort` is the thin shell that has one.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol

from robo_trader.errors import ConfigurationError, ProtocolError
from robo_trader.simulated_gateway.clock import ProcessReport
from robo_trader.values import Instant

LINE_BYTES_MAX: Final = 4096
UNIX_PATH_BYTES_MAX: Final = 107


class Lockstep(Protocol):
    """Whoever moves the clock, as the control socket sees it."""

    def registered(self, client_id: int) -> Instant:
        """A process joined; returns the clock it joins at, nanoseconds."""

    def reported(self) -> None:
        """Some process said something new of itself: the clock may be free to move."""

    def unregistered(self, client_id: int, *, crash: bool) -> None:
        """A process left, with or without a word."""


class Members:
    """The registered processes and the last report of each."""

    def __init__(self, lockstep: Lockstep) -> None:
        """`lockstep` is told of every change."""
        self._lockstep = lockstep
        self._reports: dict[int, ProcessReport | None] = {}
        self._lines: dict[int, ControlLine] = {}

    @property
    def reports(self) -> Mapping[int, ProcessReport | None]:
        """By registered client id; None until the first report."""
        return self._reports

    def register(self, client_id: int, line: ControlLine) -> Instant:
        """Join; returns the clock."""
        if self._lines.get(client_id, line) is not line:
            self._leave(client_id, crash=True)
        self._lines[client_id] = line
        self._reports[client_id] = None
        return self._lockstep.registered(client_id)

    def report(self, report: ProcessReport, line: ControlLine) -> None:
        """Take in what a process says of itself. Raises ProtocolError where it is not registered on this line."""
        self._own(report.client_id, line)
        self._reports[report.client_id] = report
        self._lockstep.reported()

    def unregister(self, client_id: int, line: ControlLine) -> None:
        """Leave in order. Raises ProtocolError where the client is not registered on this line."""
        self._own(client_id, line)
        self._leave(client_id, crash=False)

    def lost(self, line: ControlLine) -> None:
        """The line ended; whoever is still registered on it crashed."""
        for client_id in [client for client, own in self._lines.items() if own is line]:
            self._leave(client_id, crash=True)

    def _own(self, client_id: int, line: ControlLine) -> None:
        if self._lines.get(client_id) is not line:
            raise ProtocolError(f"client {client_id} is not registered on this line")

    def _leave(self, client_id: int, *, crash: bool) -> None:
        del self._lines[client_id], self._reports[client_id]
        self._lockstep.unregistered(client_id, crash=crash)


class ControlLine:
    """One conversation: bytes in, bytes out."""

    def __init__(self, members: Members) -> None:
        """Takes part in `members`."""
        self._members = members
        self._torn = b""

    def feed(self, data: bytes) -> bytes:
        """The answers to every whole line so far. Raises ProtocolError for what is not one of the lines; the conversation is over then."""
        *lines, self._torn = (self._torn + data).split(b"\n")
        if len(self._torn) > LINE_BYTES_MAX:
            raise ProtocolError(f"a control line is at most {LINE_BYTES_MAX} bytes long")
        return b"".join(self._answer(line) for line in lines)

    def lost(self) -> None:
        """The other end is gone."""
        self._members.lost(self)

    def _answer(self, line: bytes) -> bytes:
        said = _parsed(line)
        client_id = _number(said, "client_id")
        match said.get("op"):
            case "report":
                self._members.report(_report(client_id, said), self)
                return b""
            case "register":
                return _told({"ok": True, "clock_ns": self._members.register(client_id, self)})
            case "unregister":
                self._members.unregister(client_id, self)
                return _told({"ok": True})
            case other:
                raise ProtocolError(f"op {other!r} is not one of register, report, unregister")


def _parsed(line: bytes) -> dict[str, object]:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        raise ProtocolError("a control line is one JSON object") from None
    if not isinstance(said, dict):
        raise ProtocolError("a control line is one JSON object")
    return said


def _number(said: Mapping[str, object], name: str) -> int:
    value = said.get(name)
    if type(value) is not int or value < 0:
        raise ProtocolError(f"{name} must be a whole number, not {value!r}")
    return value


def _report(client_id: int, said: Mapping[str, object]) -> ProcessReport:
    idle = said.get("idle")
    if not isinstance(idle, bool):
        raise ProtocolError(f"idle must be true or false, not {idle!r}")
    deadline = None if said.get("deadline_ns") is None else Instant(_number(said, "deadline_ns"))
    return ProcessReport(client_id, _number(said, "received"), _number(said, "sent"), idle, deadline)


def _told(answer: Mapping[str, object]) -> bytes:
    return json.dumps(answer).encode() + b"\n"


class _LineOnSocket(asyncio.Protocol):
    """Carries one `ControlLine` over a unix socket."""

    def __init__(self, members: Members) -> None:
        self._line = ControlLine(members)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        try:
            answer = self._line.feed(data)
        except ProtocolError as broken:
            self._transport.write(_told({"ok": False, "error": str(broken)}))
            self._transport.close()
            return
        if answer:
            self._transport.write(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc  # how it ended makes no difference: it did not unregister
        self._line.lost()


class ControlPort:
    """The unix socket at `path`, for as long as the gateway lives."""

    def __init__(self, path: Path, members: Members) -> None:
        """Nothing is opened yet. Raises ConfigurationError where the path is too long for a unix socket."""
        if len(bytes(path)) > UNIX_PATH_BYTES_MAX:
            raise ConfigurationError(f"--control {path} is longer than {UNIX_PATH_BYTES_MAX} bytes", "choose a shorter path, for example below /tmp")
        self.path = path
        self._members = members
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen. Raises ConfigurationError where the socket cannot be made; a socket that nobody answers any more is replaced."""
        if await self._answered():
            raise ConfigurationError(f"--control {self.path} is in use by another gateway", "name another path")
        try:
            self.path.unlink(missing_ok=True)
            self._server = await asyncio.get_running_loop().create_unix_server(lambda: _LineOnSocket(self._members), str(self.path))
            self.path.chmod(0o600)
        except OSError as broken:
            raise ConfigurationError(f"--control {self.path} cannot be opened ({broken.strerror})", "name a path in a writable directory") from None

    async def _answered(self) -> bool:
        try:
            _, writer = await asyncio.open_unix_connection(str(self.path))
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True

    def close(self) -> None:
        """Stop listening and remove the socket."""
        if self._server is not None:
            self._server.close()
            self._server = None
            self.path.unlink(missing_ok=True)
