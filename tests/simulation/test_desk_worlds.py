"""Seeded worlds for the pure desk: a small exchange with OCA groups, a wire that repeats and delays, deaths, manual trades; and checkers.

The exchange here is the test's own (it shares nothing with the simulated gateway), and knows only what the wire showed it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from robo_trader.desk.effects import Cancel, Place
from robo_trader.desk.news import BrokerStatus, Connected, Disconnected, InstrumentKnown, News, NotSent, OrderSeen, PositionSeen, Signal, StatusSeen
from robo_trader.desk.settings import RETRY_PAUSES_NS, DeskSettings
from robo_trader.orders.evidence import BrokerError, Sweep
from robo_trader.orders.order import OrderType, Purpose
from robo_trader.values import NS_PER_SECOND, Instant, Instrument, Symbol
from tests.support.desk_bench import BOOK, CLIENT, SPY, Bench, settings

QUANTITY = 100
LIVE = {BrokerStatus.SUBMITTED, BrokerStatus.PRE_SUBMITTED}


@dataclass
class Resting:
    """One order at the exchange."""

    command: Place
    total: int
    filled: int = 0
    status: BrokerStatus = BrokerStatus.PRE_SUBMITTED

    @property
    def remaining(self) -> int:
        return self.total - self.filled if self.status in LIVE else 0


@dataclass
class World:
    seed: int
    chance: random.Random = field(init=False)
    bench: Bench = field(init=False)
    resting: dict[int, Resting] = field(default_factory=dict)
    wire: list[News] = field(default_factory=list)
    heard: int = 0
    epoch: int = 1
    deaths: int = 0
    fills: int = 0
    unasked: int = 0
    position: int = 0
    filled_groups: set[str] = field(default_factory=set)
    group_fills: dict[str, int] = field(default_factory=dict)
    intents: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.bench = Bench(self.made())
        self.connect()

    def made(self) -> DeskSettings:
        """What the desk of this epoch is told."""
        return settings(epoch=self.epoch)

    def connect(self) -> None:
        bench = self.bench
        bench.feed(InstrumentKnown(Instrument(SPY, 756733, Decimal("0.01"))), Connected("DU1", max(self.resting, default=0) + 1))
        self.take_commands()
        self.sweep()
        bench.market = Instant(bench.market + NS_PER_SECOND)
        bench.quote()

    def sweep(self) -> None:
        bench = self.bench
        bench.sweeps += 1
        self.feed(
            Sweep(
                bench.sweeps,
                bench.process,
                tuple(self.seen(r) for r in self.resting.values() if r.status in LIVE),
                tuple(self.seen(r, completed=True) for r in self.resting.values() if r.status not in LIVE),
                tuple(bench.executions),
                (),
                (PositionSeen(SPY, self.position), *((PositionSeen(Symbol("QQQ"), 7),) if self.seed % 2 and bench.sweeps > 1 else ())),
            )
        )

    def seen(self, resting: Resting, *, completed: bool = False) -> OrderSeen:
        return self.bench.open_order(resting.command, resting.status, resting.filled if completed else None)

    def feed(self, *news: News) -> None:
        self.bench.feed(*news)
        self.take_commands()

    def take_commands(self) -> None:
        """Whatever the desk sent reaches the exchange in order, or the process dies before it does."""
        for effect in self.bench.effects[self.heard :]:
            match effect:
                case Place():
                    self.place(effect)
                case Cancel():
                    self.cancel(effect.order_id)
                case _:
                    pass
        self.heard = len(self.bench.effects)

    def place(self, command: Place) -> None:
        dice = self.chance.random()
        if dice < 0.03:
            self.wire.append(NotSent(command.intent, "the lease is not valid"))
            return
        assert command.order_id not in self.resting, "order ids are never used twice"
        self.intents[command.intent] = self.intents.get(command.intent, 0) + 1
        resting = Resting(command, command.quantity)
        self.resting[command.order_id] = resting
        over = command.oca_group in self.filled_groups
        if over or dice < 0.06:
            resting.status = BrokerStatus.INACTIVE
            self.wire.append(BrokerError(command.order_id, 201, f"Order rejected - reason:{'OCA group is already filled' if over else 'test'}"))
            self.wire.append(self.status(resting))
            return
        if command.oca_group:  # a late member may fill what is left of the group's largest member, and no more
            largest = max(r.command.quantity for r in self.resting.values() if r.command.oca_group == command.oca_group)
            resting.total = min(resting.total, largest - self.group_fills.get(command.oca_group, 0))
        if command.order_type is not OrderType.STOP:
            resting.status = BrokerStatus.SUBMITTED
        self.wire.append(self.status(resting))

    def status(self, resting: Resting) -> StatusSeen:
        held = "trigger" if resting.status is BrokerStatus.PRE_SUBMITTED else ""
        return StatusSeen(
            resting.command.order_id, CLIENT, 1000 + resting.command.order_id, resting.status, resting.filled, resting.total - resting.filled, held
        )

    def cancel(self, order_id: int) -> None:
        resting = self.resting.get(order_id)
        if resting is None or resting.status not in LIVE:
            self.wire.append(BrokerError(order_id, 10148, "cannot be cancelled"))
            return
        if self.chance.random() < 0.3:
            self.match(resting)  # faster than the cancel
        if resting.status in LIVE:
            resting.status = BrokerStatus.CANCELLED
            self.wire.append(self.status(resting))

    def match(self, resting: Resting) -> None:
        """Some shares of an order trade; its OCA group is reduced by as much."""
        command = resting.command
        if resting.status not in LIVE:
            return
        if command.order_type is OrderType.STOP and resting.status is BrokerStatus.PRE_SUBMITTED:
            resting.status = BrokerStatus.SUBMITTED
            self.wire.append(self.status(resting))
        shares = resting.remaining if self.chance.random() < 0.6 else self.chance.randint(1, resting.remaining)
        resting.filled += shares
        self.position += command.side.sign * shares
        self.fills += 1
        self.wire.append(self.bench.execution(command, shares))
        if resting.filled == resting.total:
            resting.status = BrokerStatus.FILLED
        self.wire.append(self.status(resting))
        if command.oca_group:
            self.reduce_group(resting, shares)

    def reduce_group(self, winner: Resting, shares: int) -> None:
        self.group_fills[winner.command.oca_group] = self.group_fills.get(winner.command.oca_group, 0) + shares
        for other in self.resting.values():
            if other is winner or other.command.oca_group != winner.command.oca_group or other.status not in LIVE:
                continue
            other.total -= min(shares, other.remaining)
            if other.remaining == 0:
                other.status = BrokerStatus.CANCELLED
            self.wire.append(self.status(other))
        if winner.status is BrokerStatus.FILLED:
            self.filled_groups.add(winner.command.oca_group)

    def step(self) -> None:
        dice = self.chance.random()
        live = [r for r in self.resting.values() if r.status in LIVE]
        self.bench.process += self.chance.choice((0, 1, 1, 6)) * NS_PER_SECOND
        if dice < 0.25:
            self.signal()
        elif dice < 0.55 and live:
            resting = self.chance.choice(live)
            if resting.command.order_type is not OrderType.STOP or self.chance.random() < 0.15:
                self.match(resting)
        elif dice < 0.85:
            self.deliver()
        elif dice < 0.88:
            self.die()
        elif dice < 0.93:
            self.deliver(everything=True)
            self.sweep()
        elif dice < 0.95:
            self.feed(Disconnected("test"))
            self.deliver(everything=True)
            self.connect()
        elif dice < 0.97 and live:
            self.cancel_unasked(self.chance.choice(live))
        else:
            self.bench.wait(1)
            self.take_commands()

    def cancel_unasked(self, resting: Resting) -> None:
        """The broker, or a person at its screen, cancels an order of ours."""
        self.unasked += 1
        resting.status = BrokerStatus.CANCELLED
        self.wire.append(BrokerError(resting.command.order_id, 202, "Order Canceled - reason:"))
        self.wire.append(self.status(resting))

    def signal(self) -> None:
        bench = self.bench
        bench.market = Instant(bench.market + 60 * NS_PER_SECOND)
        bench.quote()
        self.take_commands()
        self.feed(Signal(BOOK, self.chance.choice((-1, -1, 0, 1, 1)), bench.market, Instant(bench.market + 65 * NS_PER_SECOND)))

    def deliver(self, *, everything: bool = False) -> None:
        count = len(self.wire) if everything else self.chance.randint(0, min(3, len(self.wire)))
        news, self.wire = self.wire[:count], self.wire[count:]
        if news and self.chance.random() < 0.2:
            news.append(self.chance.choice(news))  # the wire repeats itself
        self.feed(*news)

    def die(self) -> None:
        """The process dies with everything on the wire; its journal stays."""
        self.deaths += 1
        self.epoch += 1
        self.wire.clear()
        old = self.bench
        fresh = Bench(self.made(), old.journal)
        fresh.market, fresh.process, fresh.executions, fresh.sweeps = old.market, old.process + NS_PER_SECOND, old.executions, old.sweeps
        self.bench, self.heard = fresh, 0
        self.take_commands()
        self.connect()

    def check(self) -> None:
        assert all(count == 1 for count in self.intents.values()), "one order per intent"
        self.judge(QUANTITY)

    def judge(self, cap: int) -> None:
        """No order, all filled, goes beyond `cap` shares, and none that closes goes beyond zero."""
        for side, groups in ((side, self.groups(side)) for side in (1, -1)):
            worst = self.position * side + sum(groups.values())
            assert worst <= cap, f"{worst} shares possible"
            closing = sum(g for key, g in groups.items() if "-" in key)
            assert self.position * side + closing <= 0 or closing == 0, "closing orders would cross zero"

    def groups(self, side: int) -> dict[str, int]:
        """What works at the exchange on a side, by what a group can still do; only what closes has a group, and its name a dash."""
        groups: dict[str, int] = {}
        for r in self.resting.values():
            if r.status in LIVE and r.command.side.sign == side:
                key = r.command.oca_group or str(r.command.order_id)
                groups[key] = max(groups.get(key, 0), r.remaining)
        return groups

    def settle(self) -> None:
        """Faults end: everything is delivered, swept and waited for; then books are equal and every share is covered."""
        for _ in range(12):
            self.deliver(everything=True)
            self.bench.process += 11 * NS_PER_SECOND
            self.sweep()
            self.bench.wait(31)
            self.take_commands()
            self.check()
        self.deliver(everything=True)
        assert self.bench.position == self.position
        assert not self.bench.desk.busy, "every outcome is known at last"
        self.judge(max(QUANTITY, abs(self.position)))  # a bust may have left more than anybody wanted; to this nothing may add
        covered = sum(shares for group, shares in self.groups(-1 if self.position > 0 else 1).items() if "-" in group)
        given_up = any(h.reason == "protect-refused" for h in self.bench.desk.state.standing_halts)
        assert covered == abs(self.position) or given_up, "every share is covered, or a person was called"
        book, tries = self.bench.desk.state.book(BOOK), len(RETRY_PAUSES_NS) + 1
        assert all(len(book.setbacks(slice_, purpose)) <= tries for slice_ in book.slices for purpose in Purpose), "tries are bounded"


def run(seed: int, steps: int = 150, kind: type[World] = World) -> World:
    world = kind(seed)
    for _ in range(steps):
        world.step()
        world.check()
    world.settle()
    return world


@pytest.mark.parametrize("block", range(10))
def test_worlds_keep_one_order_per_intent_and_never_more_than_the_target(block: int):
    fills = deaths = unasked = 0
    for seed in range(block * 30, block * 30 + 30):
        try:
            world = run(seed)
        except AssertionError as broken:
            raise AssertionError(f"seed {seed}: {broken}") from broken
        fills += world.fills
        deaths += world.deaths
        unasked += world.unasked
    assert fills > 300 and deaths > 30 and unasked > 30, "the worlds must be eventful"
