"""Seeded worlds in which entries rest as limits and are replaced, the market moves, and the exchange takes trades back.

The checkers are those of the plain worlds, and one more: the orders of one decision never come to more than its size, as the exchange counts them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from robo_trader.desk.effects import Place
from robo_trader.desk.news import ExecutionSeen
from robo_trader.desk.settings import BookSettings, DeskSettings, Execution
from robo_trader.orders.order import OrderType
from robo_trader.values import NS_PER_SECOND, Instant
from tests.simulation.test_desk_worlds import LIVE, QUANTITY, Resting, World, run
from tests.support.desk_bench import BOOK, settings


@dataclass
class LimitWorld(World):
    """Entries are limits of the style that the seed chooses."""

    replaced: int = 0
    middle: int = 16_791
    parents: dict[str, list[Resting]] = field(default_factory=dict)

    def made(self) -> DeskSettings:
        style = (Execution.LIMIT, Execution.MARKETABLE_LIMIT)[self.seed % 2]
        return replace(settings(epoch=self.epoch), books={BOOK: BookSettings(QUANTITY, Decimal(1), style, rest_seconds=5)})

    def step(self) -> None:
        if self.chance.random() < 0.3:
            self.middle += self.chance.randint(-6, 6)
            self.bench.market = Instant(self.bench.market + 3 * NS_PER_SECOND)
            self.bench.quote(self.middle - 1, self.middle + 1)
            self.take_commands()
        super().step()

    def place(self, command: Place) -> None:
        super().place(command)
        if command.entry and command.order_id in self.resting:
            self.replaced += command.parent_used < command.parent_quantity and bool(self.parents.get(command.parent))
            self.parents.setdefault(command.parent, []).append(self.resting[command.order_id])

    def check(self) -> None:
        super().check()
        for parent, children in self.parents.items():
            came_to = sum(child.filled + child.remaining for child in children)
            assert came_to <= QUANTITY, f"the orders of {parent} come to {came_to}"
        live = [r.command for r in self.resting.values() if r.status in LIVE]
        assert sum(command.entry for command in live) <= 1, "one entry at a time"
        assert all(c.order_type is OrderType.LIMIT for c in live if c.entry)


@dataclass
class BustingWorld(LimitWorld):
    """The exchange corrects trades downward, and takes some back whole; what is held then is what is held."""

    busts: int = 0
    versions: Counter[str] = field(default_factory=Counter)

    def step(self) -> None:
        if self.bench.executions and self.chance.random() < 0.02:
            self.bust(self.chance.randrange(len(self.bench.executions)))
        super().step()

    def bust(self, index: int) -> None:
        seen: ExecutionSeen = self.bench.executions[index]
        base = seen.exec_id.rpartition(".")[0]
        if seen.quantity == 0:
            return
        self.busts += 1
        self.versions[base] += 1
        left = self.chance.choice((0, seen.quantity // 2))
        corrected = replace(seen, exec_id=f"{base}.{self.versions[base] + 1:02}", quantity=left)
        self.position += seen.side.sign * (left - seen.quantity)
        self.bench.executions[index] = corrected
        self.wire.append(corrected)

    def check(self) -> None:
        """After a bust the account may hold what nobody wanted, for the moment; what stays true is that no intent is sent twice."""
        assert all(count == 1 for count in self.intents.values()), "one order per intent"


@pytest.mark.parametrize("block", range(3))
def test_limits_keep_one_order_per_intent_and_never_more_than_their_decision(block: int):
    replaced = fills = 0
    for seed in range(block * 30, block * 30 + 30):
        try:
            world = run(seed, kind=LimitWorld)
        except AssertionError as broken:
            raise AssertionError(f"seed {seed}: {broken}") from broken
        assert isinstance(world, LimitWorld)
        replaced += world.replaced
        fills += world.fills
    assert fills > 150 and replaced > 5, "the worlds must be eventful"


@pytest.mark.parametrize("block", range(3))
def test_after_busts_the_books_are_equal_and_every_share_is_covered(block: int):
    busts = 0
    for seed in range(block * 30, block * 30 + 30):
        try:
            world = run(seed, kind=BustingWorld)
        except AssertionError as broken:
            raise AssertionError(f"seed {seed}: {broken}") from broken
        assert isinstance(world, BustingWorld)
        busts += world.busts
        slices = [slice_.quantity for slice_ in world.bench.desk.state.book(BOOK).slices.values()]
        assert len({quantity > 0 for quantity in slices}) <= 1, "one side at a time"
    assert busts > 15, "the worlds must be eventful"
