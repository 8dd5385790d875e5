"""A bench for whoever moves the clock: an event loop run by hand, a world with one client, and a trading process on its control line."""

from __future__ import annotations

import json
from collections.abc import Callable

from robo_trader.simulated_gateway.clock import WireCounts
from robo_trader.simulated_gateway.clock_driver import FreeDriver, LockstepDriver
from robo_trader.simulated_gateway.control import ControlLine
from robo_trader.values import NS_PER_SECOND, Instant

SECOND = NS_PER_SECOND


class Loop:
    """Runs what it is given when told to."""

    def __init__(self) -> None:
        self.soon_due: list[Callable[[], None]] = []
        self.later_due: list[tuple[float, Callable[[], None]]] = []

    def soon(self, function: Callable[[], None]) -> None:
        self.soon_due.append(function)

    def later(self, seconds: float, function: Callable[[], None]) -> None:
        self.later_due.append((seconds, function))

    def settle(self) -> None:
        """Run every turn that is due, and every turn that follows from it."""
        while self.soon_due:
            self.soon_due.pop(0)()

    def pass_time(self) -> None:
        due, self.later_due = self.later_due, []
        for _, function in due:
            function()


class StandIn:
    """A world in which one client is told a byte each `chatter` seconds."""

    def __init__(self, end: int = 1000, chatter: int = 10**9) -> None:
        self.now = Instant(0)
        self.end = Instant(end * SECOND)
        self.connected = True
        self.alone_until: Instant | None = None
        self.written = 100
        self.read = 50
        self.told: list[str] = []
        self.steps: list[Instant] = []
        self._chatter = chatter

    def step(self, to: Instant) -> None:
        assert self.now < to <= self.now + SECOND
        self.now = to
        self.steps.append(to)
        if to % (self._chatter * SECOND) == 0:
            self.written += 1

    def counts(self) -> dict[int, WireCounts]:
        return {7: WireCounts(self.written, self.read)} if self.connected else {}

    def joined(self, client_id: int) -> None:
        self.told.append(f"joined {client_id}")

    def left(self, client_id: int, *, crash: bool) -> None:
        self.told.append(f"left {client_id}{' by a crash' if crash else ''}")


class Process:
    """A trading process on its control line."""

    def __init__(self, driver: LockstepDriver | FreeDriver, world: StandIn) -> None:
        self.line = ControlLine(driver.members)
        self._world = world
        self.clock = json.loads(self.line.feed(b'{"op": "register", "client_id": 7}\n'))["clock_ns"]

    def report(self, *, idle: bool = True, deadline: int | None = None) -> None:
        facts = {"op": "report", "client_id": 7, "received": self._world.written, "sent": self._world.read, "idle": idle, "deadline_ns": deadline}
        self.line.feed(json.dumps(facts).encode() + b"\n")

    def unregister(self) -> None:
        self.line.feed(b'{"op": "unregister", "client_id": 7}\n')
