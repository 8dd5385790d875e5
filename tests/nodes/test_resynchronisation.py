"""Channels cut and nodes thrown away while orders are under way: the day ends as if nothing had been.

The market is the real simulated gateway over TCP in lockstep, the rest are the nodes themselves, joined by channels in memory. A seed says which
messages are struck, and whether their channel is cut, the one who sent it or was to read it dies, or the broker's connection breaks, just before it
is read or just after; sometimes while the harm done before is not made good yet.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from actors import broker_gateway
from actors.messages import DESK, GATEWAY, STOPS, Command, Considered, DeskState, Line, Mark, NumberedBar, Settled, SweepWanted
from robo_trader.desk import desk as desk_module
from robo_trader.desk import sweeping
from robo_trader.edge.channel import Peer
from robo_trader.values import NS_PER_MINUTE, NS_PER_SECOND, Instant
from tests.nodes.world import HOST, JOINS, SPY, Part, World, running
from tests.support.days import OPEN, Day, path

MINUTES = 45
HARM_MAX = 12
AIMED_AT_MAX = 150
"""Messages that may pass while one of a rare kind is waited for."""
AGAIN = 0.3
"""How often a strike does not wait until everything is whole again."""
STRUCK = (Command, Command, Command, Line, Line, DeskState, Mark, NumberedBar, Considered, Settled, SweepWanted)


def waves(chance: random.Random) -> Day:
    """A day that crosses often: swings of a few minutes."""
    corners = [(0, 16_000)]
    while corners[-1][0] < MINUTES:
        corners.append((corners[-1][0] + chance.randint(3, 6), 16_000 + chance.randint(-50, 50)))
    return Day(path(*corners), seconds=(MINUTES + 2) * 60)


@dataclass
class Harm:
    """Strikes one message after the other, each of a kind and at a place that chance names, while an order of ours has not ended."""

    world: World
    chance: random.Random
    done: list[str] = field(default_factory=list)
    _kind: type = Command
    _passing: int = 0
    _patience: int = 0
    _again: bool = False

    def __post_init__(self) -> None:
        self.aim()

    def aim(self) -> None:
        self._kind, self._passing, self._patience = self.chance.choice(STRUCK), self.chance.randrange(4), AIMED_AT_MAX
        self._again = self.chance.random() < AGAIN

    def __call__(self, part: Part, peer: Peer, message: object) -> bool:
        world = self.world
        live = any(order.live for order in world.desk.desk.state.orders.by_intent.values())
        if len(self.done) == HARM_MAX or not live or not (world.whole or self._again):
            return False
        self._patience -= 1
        if self._patience < 0:
            self.aim()  # such a message is rare
        if not isinstance(message, self._kind):
            return False
        self._passing -= 1
        return self._passing < 0 and self.strike(part, peer, message)

    def strike(self, part: Part, peer: Peer, message: object) -> bool:
        ends = (part.name, peer.name)
        what = self.chance.choice(("cut", "cut", "cut", *ends, *ends, DESK, HOST, STOPS, "broker"))
        lost = self.chance.random() < 0.6 and what in {"cut", *ends}  # a channel that stays up loses nothing
        back_in_seconds = self.chance.choice((0.0, 0.02, 0.2))
        self.done.append(f"{what} at {type(message).__name__} {'lost' if lost else 'read'}")
        self.aim()
        if not lost:
            part.node.received(peer, message)
        pair = next(pair for pair in JOINS if set(ends) == set(pair))
        if what == "broker":
            self.world.gateway.link.abort("broken by the test")
        elif what != "cut":
            self.world.kill(what, back_in_seconds)
        elif pair in self.world.channels:  # the message itself may have ended it
            self.world.cut(pair, back_in_seconds)
        return True


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A desk that waits less before it asks and before it believes in absence, and a root of the state that is the test's own."""
    monkeypatch.setenv("ROBO_TRADER_STATE_DIR", str(tmp_path / "state"))
    for module in (desk_module, sweeping):
        monkeypatch.setattr(module, "ACK_UNKNOWN_NS", 3 * NS_PER_SECOND)
    monkeypatch.setattr(desk_module, "ACK_QUERY_NS", NS_PER_SECOND)
    monkeypatch.setattr(sweeping, "SWEEPS_APART_NS", NS_PER_SECOND)
    monkeypatch.setattr(broker_gateway, "SWEEP_EVERY_SECONDS", 0.5)


async def trade(tmp_path: Path, seed: int) -> tuple[dict[str, Any], World, Harm]:
    chance = random.Random(seed)
    day = waves(chance).write(tmp_path / "day")
    evening = Instant(int(OPEN.timestamp()) * NS_PER_SECOND + MINUTES * NS_PER_MINUTE)
    async with running(day, tmp_path, seed) as world:
        harm = Harm(world, chance)
        world.strike = harm
        await world.until(lambda: world.server.gateway.now >= evening)
        return await world.end(), world, harm


async def live_through(tmp_path: Path, seed: int) -> None:
    end, world, harm = await trade(tmp_path, seed)
    told = f"seed {seed}: {harm.done}, deaths {world.deaths}"
    assert end["reconciled"], f"{told}: {end['violations']}"
    report = end["verify"]
    symbol = report["symbols"][SPY]
    assert harm.done, f"{told}: nothing was struck"
    assert end["fills"] > 2, told
    assert report["orders_per_intent_max"] <= 1, told
    assert symbol["largest_ours"] <= 100, told
    assert symbol["crossing"] == 0, told
    assert symbol["uncovered"] == 0 or GATEWAY in world.deaths, f"{told}: {symbol}"
    assert not world.troubles, f"{told}: {world.troubles}"
    assert end["halts"] == [], f"{told}: {end['halts']}"


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("seed", range(3))
async def test_a_day_with_broken_channels_and_dead_nodes_ends_reconciled(tmp_path: Path, seed: int):
    await live_through(tmp_path, seed)


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("seed", range(3, 23))
async def test_twenty_more_days_end_reconciled(tmp_path: Path, seed: int):
    await live_through(tmp_path, seed)
