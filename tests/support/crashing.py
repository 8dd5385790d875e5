"""A program that kills itself at a named point: `python -m tests.support.crashing K3 --pass 2 --marker FILE -- run ...` is `robo-trader run ...`.

The product runs unmodified. Before it starts, functions of it are wrapped in this one process. At the n-th passing of a point (K0 to K12: which call
each is, `POINTS` says) a marker is written and synced, and the process ends by SIGKILL, or, inside a commit, by the kernel's file-size limit half way
through a write. Whoever reads the marker knows that the death was there and nowhere else. `--call` starts another command in the background at the
n-th order, as an operator would: some points are reached by nothing else.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn

from robo_trader.desk.effects import Effect, Place
from robo_trader.desk.events import Event, HaltRecorded
from robo_trader.desk.news import Signal
from robo_trader.orders.events import Acknowledged, Fill, Intended, OrderIdRaised

LENGTH_BYTES = 4
PLACE_ORDER, CANCEL_ORDER = b"3", b"4"
FRAME_BYTES_TORN_MAX = 4096 + 24
"""A page of the journal's log and its header: a commit of one event writes at least two."""


@dataclass
class Grave:
    """Counts the passings of one point, and dies at the n-th."""

    point: str
    nth: int
    marker: Path
    passed: int = 0

    def comes_to(self) -> bool:
        """One more passing; whether it is the one."""
        self.passed += 1
        return self.passed == self.nth

    def mark(self) -> None:
        """Say, durably, that the death comes now and here."""
        with self.marker.open("w") as file:
            json.dump({"point": self.point, "pid": os.getpid(), "at": time.clock_gettime_ns(time.CLOCK_BOOTTIME)}, file)
            file.flush()
            os.fsync(file.fileno())

    def die(self) -> NoReturn:
        self.mark()
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("nobody outlives SIGKILL")

    def pass_by(self) -> None:
        """Die here if this is the passing."""
        if self.comes_to():
            self.die()


def before(owner: type, name: str, reached: Callable[..., bool], grave: Grave) -> None:
    """Die before a call of `owner.name` whose arguments say that the point is reached."""
    real = getattr(owner, name)

    @wraps(real)
    def wrapped(*arguments: Any, **named: Any) -> Any:
        if reached(*arguments, **named):
            grave.pass_by()
        return real(*arguments, **named)

    setattr(owner, name, wrapped)


def after(owner: type, name: str, reached: Callable[..., bool], grave: Grave) -> None:
    """Die after such a call, before whoever called it knows."""
    real = getattr(owner, name)

    @wraps(real)
    def wrapped(*arguments: Any, **named: Any) -> Any:
        answer = real(*arguments, **named)
        if reached(*arguments, **named):
            grave.pass_by()
        return answer

    setattr(owner, name, wrapped)


# Which call is the point.


def is_signal(_shell: object, piece: object, *_: object) -> bool:
    return isinstance(piece, Signal)


def decides_an_order(_shell: object, effects: Sequence[Effect]) -> bool:
    return any(isinstance(effect, Place) for effect in effects)


def commits(*kinds: type) -> Callable[..., bool]:
    return lambda _journal, events, **_: any(isinstance(event, kinds) for event in events)


def is_frame(kind: bytes) -> Callable[..., bool]:
    return lambda _connection, data: data[LENGTH_BYTES:].partition(b"\0")[0] == kind


# Points that are inside a call.


def torn_commit(grave: Grave) -> None:
    """K2: the commit of an intent stops in the middle of what it writes, wherever the seed says."""
    from robo_trader.edge.journal_store import Journal  # noqa: PLC0415

    real = Journal.append

    def append(self: Journal, events: Sequence[Event], **named: Any) -> int:
        if any(isinstance(event, Intended) for event in events) and grave.comes_to():
            grave.mark()
            written = open_log().stat().st_size
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            torn = written + 1 + (grave.nth * 1_777) % FRAME_BYTES_TORN_MAX
            resource.setrlimit(resource.RLIMIT_FSIZE, (torn, torn))
            real(self, events, **named)
            raise AssertionError("the commit wrote less than was expected")
        return real(self, events, **named)

    Journal.append = append  # type: ignore[method-assign]


def open_log() -> Path:
    """The write-ahead log that this process has open, whoever opened it."""
    links = [link.readlink() for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return next(link for link in links if link.name == "journal.sqlite-wal")


def half_a_frame(kind: bytes) -> Callable[[Grave], None]:
    """Half of the bytes of an order or a cancel leave, and no more."""

    def wrap(grave: Grave) -> None:
        connection = wire()
        real, reached = connection.sendMsg, is_frame(kind)

        def send(self: Any, data: bytes) -> None:
            if reached(self, data) and grave.comes_to():
                grave.mark()
                os.write(self.transport.get_extra_info("socket").fileno(), data[: len(data) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            real(self, data)

        connection.sendMsg = send

    return wrap


def half_an_audit_line(grave: Grave) -> None:
    """K11: half of a line of the audit trail is on disk."""
    real = os.write

    def write(descriptor: int, data: Any) -> int:
        if b'"before"' in bytes(data) and grave.comes_to():
            real(descriptor, data[: len(data) // 2])
            os.fsync(descriptor)
            grave.die()
        return real(descriptor, data)

    os.write = write  # type: ignore[assignment]


def wire() -> Any:
    """The client library's connection, imported by its one door."""
    from robo_trader.edge.interactive_brokers import Client  # noqa: PLC0415

    return sys.modules[Client.__module__].Connection


def shell() -> type:
    from actors.risk_desk import RiskDesk  # noqa: PLC0415

    return RiskDesk


def journal() -> type:
    from robo_trader.edge.journal_store import Journal  # noqa: PLC0415

    return Journal


POINTS: dict[str, Callable[[Grave], None]] = {
    "K0": lambda grave: before(shell(), "_give", is_signal, grave),
    "K1": lambda grave: before(shell(), "_carry_out", decides_an_order, grave),
    "K2": torn_commit,
    "K3": lambda grave: after(journal(), "append", commits(Intended), grave),
    "K4": half_a_frame(PLACE_ORDER),
    "K5": lambda grave: after(wire(), "sendMsg", is_frame(PLACE_ORDER), grave),
    "K6": lambda grave: before(journal(), "append", commits(Acknowledged), grave),
    "K7": lambda grave: before(journal(), "append", commits(Fill), grave),
    "K8-before": lambda grave: before(wire(), "sendMsg", is_frame(CANCEL_ORDER), grave),
    "K8-half": half_a_frame(CANCEL_ORDER),
    "K8-after": lambda grave: after(wire(), "sendMsg", is_frame(CANCEL_ORDER), grave),
    "K9": lambda grave: before(journal(), "append", commits(HaltRecorded), grave),
    "K11": half_an_audit_line,
    "K12-before": lambda grave: before(journal(), "append", commits(OrderIdRaised), grave),
    "K12-after": lambda grave: after(journal(), "append", commits(OrderIdRaised), grave),
    "none": lambda _grave: None,
}


def call_at_order(nth: int, command: Sequence[str]) -> None:
    """Start another command, and go on, once the n-th order has left."""
    connection = wire()
    real, reached, seen = connection.sendMsg, is_frame(PLACE_ORDER), [0]

    def send(self: Any, data: bytes) -> None:
        real(self, data)
        if reached(self, data):
            seen[0] += 1
            if seen[0] == nth:
                subprocess.Popen([sys.executable, "-m", *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    connection.sendMsg = send


def main(arguments: list[str]) -> int:
    """Read the options before `--`, wrap, and run what comes after it."""
    from robo_trader.cli.app import main as robo_trader  # noqa: PLC0415

    divide = arguments.index("--")
    own, command = arguments[:divide], arguments[divide + 1 :]
    options = dict(zip(own[1::2], own[2::2], strict=True))
    nth = int(options.get("--pass", "1"))
    POINTS[own[0]](Grave(own[0], nth, Path(options.get("--marker", os.devnull))))
    if "--call" in options:
        call_at_order(int(options.get("--at-order", "1")), json.loads(options["--call"]))
    return robo_trader(command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
