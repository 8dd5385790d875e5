"""Halts by the roads that people use, against a tree that trades, and the exchange's own log as their judge.

The log is read as it grows, and folded here from its frames, order states and matches: which order took our position further from zero, which still
worked at an instant, which stop went away. Nothing of our desk is asked. All instants are nanoseconds of CLOCK_BOOTTIME.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from robo_trader.edge.access_token import AccessTokens
from robo_trader.edge.clock import process_ns
from robo_trader.simulated_gateway.verify_after import PLACE_ORDER, placed
from robo_trader.simulated_gateway.verify_records import ClockMove, FrameIn, Match, OrderState, Record, Stall, is_ours, records
from tests.support.days import Day, path
from tests.support.trees import Tree

WAYS = ("curl", "cli", "one-liner")
SYMBOLS = ("SPY", "IBM")
WAIT_SECONDS_MAX = 60.0
ONE_LINER = (
    "import json, sys; from robo_trader.production import EmergencyStopManager, StopReason; "
    "e = EmergencyStopManager().emergency_stop(StopReason.MANUAL); sys.stdout.write(json.dumps(e.metadata))"
)
T = TypeVar("T")
_CANCEL_ORDER = "4"
_LIVE = frozenset({"PendingSubmit", "PendingCancel", "PreSubmitted", "Submitted"})


def until(what: str, ask: Callable[[], T], seconds_max: float = WAIT_SECONDS_MAX) -> T:
    """Ask until the answer is true, and give it; a server that is away has not answered yet."""
    deadline = time.monotonic() + seconds_max
    while time.monotonic() < deadline:
        try:
            if found := ask():
                return found
        except (OSError, http.client.HTTPException):
            pass
        threading.Event().wait(0.005)
    raise AssertionError(f"{what}: not within {seconds_max:g} s")


def thin_market(root: Path, minutes: int) -> Path:
    """Each symbol turns every four minutes, in turn, and shows 30 shares every 30 s: exits and entries of 100 take two minutes."""
    for number, symbol in enumerate(SYMBOLS):
        corners = [(minute, 16_000 + (20 if minute // 4 % 2 else -20)) for minute in range(0, minutes + 8, 4)]
        Day(
            path(*((minute - 2 * number, price) for minute, price in corners)),
            symbol,
            bid_size=lambda s: 30 + s // 30 % 2,
            ask_size=lambda s: 30 + s // 30 % 2,
            quoted=lambda s: s % 30 == 0,
            seconds=minutes * 60,
        ).write(root)
    return root


class Entry(NamedTuple):
    """An order that took our position further from zero, when the exchange read it."""

    at: int
    ref: str
    symbol: str


@dataclass
class Tape:
    """What the exchange's log says so far."""

    log: Path
    entries: list[Entry] = field(default_factory=list)
    states: defaultdict[int, list[OrderState]] = field(default_factory=lambda: defaultdict(list))
    ended: dict[str, int] = field(default_factory=dict)
    held: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    orders: dict[str, str] = field(default_factory=dict)
    cancels: list[tuple[int, str]] = field(default_factory=list)
    stalls: list[Stall] = field(default_factory=list)
    clock: int = 0
    read_bytes: int = 0

    def read(self) -> Tape:
        """Take in the lines that were written since, whole ones only."""
        with self.log.open("rb") as file:
            file.seek(self.read_bytes)
            fresh = file.read()
        whole = fresh[: fresh.rfind(b"\n") + 1]
        self.read_bytes += len(whole)
        for record in records(whole.decode().splitlines()):
            self._take(record)
        return self

    def _take(self, record: Record) -> None:
        match record:
            case ClockMove():
                self.clock = record.to
            case FrameIn():
                self._frame(record)
            case OrderState() if is_ours(record.ref):
                self.states[record.perm_id].append(record)
                if record.status not in _LIVE:
                    self.ended.setdefault(record.ref, record.at)
            case Match() if is_ours(record.ref):
                self.held[record.symbol] += record.sign * record.quantity
            case Stall():
                self.stalls.append(record)

    def _frame(self, frame: FrameIn) -> None:
        if frame.fields[0] == _CANCEL_ORDER:
            self.cancels.append((frame.at, frame.fields[2]))
        order = placed(frame)
        if frame.fields[0] == PLACE_ORDER and (order is None or not is_ours(order.ref)):
            raise AssertionError(f"a placeOrder that cannot be judged: {frame}")
        if order is not None:
            self.orders[order.order_id] = order.ref
            held = self.held[order.symbol]
            if abs(held + order.signed) > abs(held):
                self.entries.append(Entry(frame.at, order.ref, order.symbol))

    def working(self, at: int) -> list[Entry]:
        """Entries that the exchange had read by then, and that had not ended."""
        return [entry for entry in self.entries if entry.at <= at < self.ended.get(entry.ref, at + 1)]

    def between(self, since: int, to: int) -> list[Entry]:
        """Entries that were read after `since` and before `to`."""
        return [entry for entry in self.entries if since < entry.at < to]

    def stops_at(self, at: int) -> int:
        """How many protective stops worked."""
        before = [[state for state in told if state.at <= at] for told in self.states.values() if told[0].order_type == "STP"]
        return sum(bool(told) and told[-1].status in _LIVE for told in before)

    def stops_lost(self, since: int, to: int) -> list[str]:
        """Stops that went away in between, or that we asked the exchange to cancel, without a fill of theirs or an exit in their group."""
        stops = {told[0].ref: told for told in self.states.values() if told[0].order_type == "STP"}
        exited = {state.group for told in self.states.values() for state in told if state.status == "Filled"}
        gone = [ref for ref in stops if since < self.ended.get(ref, since) < to]
        asked = [self.orders.get(order_id, "") for at, order_id in self.cancels if since < at < to]
        return [ref for ref in (*gone, *asked) if ref in stops and stops[ref][0].group not in exited]

    def stalled_ns(self, since: int, to: int) -> int:
        """How long the exchange itself stood still in between: what it read later had come before."""
        return sum(max(0, min(stall.at, to) - max(stall.at - stall.ns, since)) for stall in self.stalls)


@dataclass
class Raised:
    """One halt: its road, when it was asked for and answered, what the answer said, and when its resume was sent."""

    way: str
    asked: int
    answered: int
    id: str
    recorded: int
    confirmed: int | None
    code: int
    resumed: int = 0

    @property
    def milliseconds(self) -> tuple[float, float]:
        """From the request to the record, and from the record to the confirmation."""
        assert self.confirmed is not None, f"{self.way}: not confirmed"
        return (self.recorded - self.asked) / 1e6, (self.confirmed - self.recorded) / 1e6


@dataclass
class Halter:
    """Halts `system`, which trades, and resumes it; `port` is that of its probes."""

    tree: Tree
    system: str
    port: int

    @property
    def tape(self) -> Tape:
        """The exchange's log, from its beginning."""
        return Tape(self.tree.state / self.system / "exchange.jsonl")

    def halt(self, way: str, level: str = "reduce_only") -> Raised:
        """By one of `WAYS`; the one-liner knows no levels, it is for emergencies."""
        asked = process_ns()
        code, told = {"curl": self._curl, "cli": self._cli, "one-liner": self._one_liner}[way](level)
        return Raised(way, asked, process_ns(), told["id"], told["recorded_ns"], told["confirmed_ns"], code)

    def _curl(self, level: str) -> tuple[int, dict[str, Any]]:
        """Without a body where the level is the default: the shortest that a person can type."""
        command = ["curl", "-s", "-w", "\n%{http_code}", "-X", "POST", "-H", "content-type: application/json"]
        command += [] if level == "reduce_only" else ["-d", json.dumps({"level": level, "by": "test"})]
        done = subprocess.run([*command, f"localhost:{self.port}/halt"], capture_output=True, text=True, timeout=60, check=True)
        body, _, status = done.stdout.rpartition("\n")
        assert status in ("200", "202"), done.stdout
        told: dict[str, Any] = json.loads(body)
        assert told["recorded"]
        assert told["confirmed"] == (status == "200")
        return int(status), told

    def _cli(self, level: str) -> tuple[int, dict[str, Any]]:
        done = self.tree.run("halt", "--system", self.system, "--level", level, "--by", "test", "--json")
        assert done.returncode in (0, 5), done.stderr
        (told,) = json.loads(done.stdout)["halts"]
        return done.returncode, told

    def _one_liner(self, _level: str) -> tuple[int, dict[str, Any]]:
        command = [sys.executable, "-c", ONE_LINER]
        done = subprocess.run(command, capture_output=True, text=True, env=self.tree.environment, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        metadata: dict[str, Any] = json.loads(done.stdout)
        return done.returncode, {"id": metadata["halt_id"], **metadata["systems"][self.system]}

    def resume(self, raised: Raised) -> None:
        """Over HTTP, with the token that opens resumes and nothing else."""
        token = AccessTokens.at(self.tree.state / self.system).read()["resume"]
        raised.resumed = process_ns()
        body = {"id": raised.id, "by": "test", "reason": "go on"}
        status, told = self.ask("POST", "/resume", body, authorization=f"Bearer {token}")
        assert (status, told["resumed"]) == (200, [raised.id])

    def ask(self, method: str, where: str, body: object = None, **headers: str) -> tuple[int, dict[str, Any]]:
        """One request to the probes; status and JSON."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            line.request(method, where, json.dumps(body), {"content-type": "application/json", **headers})
            answer = line.getresponse()
            return answer.status, dict(json.loads(answer.read()))
        finally:
            line.close()

    def reasons_against(self, raised: Raised) -> str:
        """What /health/ready says of this halt once it is not ready for it; empty before that."""
        status, told = self.ask("GET", "/health/ready")
        return next((reason for reason in told["reasons"] if status == 503 and f"halt {raised.id} " in reason), "")

    def down(self) -> dict[str, Any]:
        """The system's end, by the command for it."""
        done = self.tree.run("down", "--system", self.system, "--json")
        assert done.stdout, done.stderr
        return dict(json.loads(done.stdout))
