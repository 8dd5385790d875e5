"""From the exchange's own log to latencies: which closing bar was told when, and when the first order that it caused came in.

The log stamps each frame with CLOCK_BOOTTIME as the gateway says or reads it, so one clock judges every rival, and what is measured holds the whole
way: the client's socket, its decoder, its decision, whatever it keeps on record, and its encoder. A trace (`actors.trace`), where there is one, cuts
that way into hops on the same clock.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

NS_PER_MS = 1e6
REAL_TIME_BAR, PLACE_ORDER, BARS_WANTED = "50", "3", "50"
LAST_PART_SECONDS = 55
HOPS = ("minute", "considered", "answered", "decided", "issued", "commanded")
HOP_NAMES = (
    "frame out -> the gateway's process has built the minute",
    "-> its host has considered it",
    "-> the desk has the answer",
    "-> the desk has decided",
    "-> the intent is durable, the command issued",
    "-> the command is at the gateway's process",
    "-> the order's frame is in",
)


@dataclass(frozen=True, slots=True)
class Order:
    """A placeOrder frame, and when it came in (ns)."""

    symbol: str
    at: int
    kind: str
    group: str

    @property
    def what(self) -> str:
        """`stop`, `exit` (a market order that joins a stop's group) or `entry`."""
        return "stop" if self.kind == "STP" else "exit" if self.group else "entry"


@dataclass(frozen=True, slots=True)
class Turn:
    """One closing bar of a symbol and the first order of that symbol after it, both in ns; None if none came before its next closing bar."""

    symbol: str
    told: int
    ordered: int | None

    @property
    def ms(self) -> float | None:
        """Milliseconds from tick to order."""
        return None if self.ordered is None else (self.ordered - self.told) / NS_PER_MS


@dataclass(slots=True)
class Day:
    """What a log holds: closing bars as told, orders as they came, by symbol in the order of time."""

    closings: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    orders: list[Order] = field(default_factory=list)

    @classmethod
    def read(cls, log: Path) -> Day:
        """From an exchange log."""
        day, names = cls(), dict[str, str]()
        with log.open(encoding="utf-8") as lines:
            for line in lines:
                if '"k":"in"' in line and '"f":["50",' in line:
                    fields = json.loads(line)["f"]
                    names[fields[2]] = fields[4]
                elif '"k":"in"' in line and '"f":["3",' in line:
                    told = json.loads(line)
                    fields = told["f"]
                    day.orders.append(Order(fields[3], told["t"], fields[18], fields[22]))
                elif '"k":"out"' in line and '"f":["50",' in line:
                    told = json.loads(line)
                    if int(told["f"][3]) % 60 == LAST_PART_SECONDS:
                        day.closings[names[told["f"][2]]].append(told["t"])
        return day

    def turns(self) -> list[Turn]:
        """Every closing bar, in the order of time."""
        placed: dict[str, list[int]] = defaultdict(list)
        for order in self.orders:
            if order.what == "stop":
                continue  # it answers a fill, not a bar
            placed[order.symbol].append(order.at)
        found = []
        for symbol, closings in self.closings.items():
            for told, until in zip(closings, [*closings[1:], 1 << 62], strict=True):
                index = bisect_left(placed[symbol], told)
                first = placed[symbol][index] if index < len(placed[symbol]) else until
                found.append(Turn(symbol, told, first if first < until else None))
        return sorted(found, key=lambda turn: turn.told)


def measured(turns: list[Turn], warm_up: int) -> list[Turn]:
    """The turns after the first `warm_up` that follow the first order; the last one may be cut off by the end."""
    first = next((index for index, turn in enumerate(turns) if turn.ordered is not None), len(turns))
    return turns[first + warm_up : -1]


def hops_of(turns: Iterable[Turn], folder: Path) -> list[list[float]]:
    """Milliseconds of each hop of each turn that has them all."""
    stamps: dict[tuple[str, str], list[int]] = defaultdict(list)
    for path in folder.glob("*.trace"):
        for line in path.read_text().splitlines():
            at, hop, symbol = line.split()
            stamps[hop, symbol].append(int(at))
    for times in stamps.values():
        times.sort()
    found = []
    for turn in turns:
        if turn.ordered is None:
            continue
        way = [turn.told]
        for hop in HOPS:
            times = stamps[hop, turn.symbol]
            index = bisect_left(times, way[-1])
            if index < len(times):
                way.append(times[index])
        way.append(turn.ordered)
        if len(way) == len(HOPS) + 2 and way == sorted(way):
            found.append([(later - earlier) / NS_PER_MS for earlier, later in pairwise(way)])
    return found


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of the values lie; NaN of none."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else float("nan")
