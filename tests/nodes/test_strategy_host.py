"""A host between the gateway's minutes and the desk; and what becomes of a strategy that raises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from actors.messages import DESK, GATEWAY, BarsWanted, Considered, NumberedBar
from actors.plan import Plan
from actors.strategy_host import FAILURE_WINDOW_NS, FAILURES_MAX, GRACE_NS, StrategyHost, halt_book
from robo_trader.edge.fence import Fence
from robo_trader.risk.halt import HaltLevel, HaltScope
from robo_trader.strategies.strategy import LONG, NO_OPINION
from robo_trader.values import NS_PER_MINUTE, NS_PER_SECOND, BookId, Symbol
from tests.nodes.bench import BOOK, IBM, SPY, Wire, minute

OTHER = BookId(BOOK.strategy, IBM)


class Counting:
    """Says LONG from its second bar on, and raises on the bars that `fails` names."""

    name, parameters, warmup_bars = "counting", {}, 2  # type: ignore[var-annotated]

    def __init__(self, fails: Callable[[int], bool] = lambda _: False) -> None:
        self.bars, self._fails = 0, fails

    def on_bar(self, open: int, high: int, low: int, close: int, volume: int) -> int:  # noqa: A002, ARG002
        self.bars += 1
        if self._fails(self.bars):
            raise ZeroDivisionError("division by zero")
        return LONG if self.bars > 1 else NO_OPINION


class Bench:
    """A host of two symbols on wires; what it gave up, and its clock."""

    def __init__(self, make: Callable[[], Counting] = Counting) -> None:
        self.given_up: list[tuple[BookId, str]] = []
        self.now_ns = 0
        self.made = 0

        def counted() -> Counting:
            self.made += 1
            return make()

        self.host = StrategyHost([BOOK, OTHER], counted, lambda book, why: self.given_up.append((book, why)), lambda: self.now_ns)

    def join(self, name: str, epoch: int = 1) -> Wire:
        wire = Wire(name, epoch, self.host)
        self.host.opened(wire)
        return wire

    def bars(self, wire: Wire, *numbers: int, symbol: Symbol = SPY) -> None:
        for number in numbers:
            self.host.received(wire, NumberedBar(number, minute(number, symbol)))


def numbers(wire: Wire, book: BookId = BOOK) -> list[int]:
    return [answer.number for answer in wire.of(Considered) if answer.book == book]


def test_it_asks_for_everything_and_answers_every_minute_also_by_silence():
    bench = Bench()
    gateway, desk = bench.join(GATEWAY), bench.join(DESK)
    assert gateway.sent == [BarsWanted(((SPY, 0), (IBM, 0)))]
    bench.bars(gateway, 1, 2)
    first, second = desk.of(Considered)
    assert (first.number, first.signal) == (1, None)
    assert (second.number, second.signal.stance, second.signal.bar_end) == (2, LONG, minute(2).end)
    assert second.signal.valid_until == minute(2).end + NS_PER_MINUTE + GRACE_NS


def test_answers_say_which_gateway_counted_the_minutes():
    bench = Bench()
    gateway, desk = bench.join(GATEWAY, epoch=4), bench.join(DESK)
    bench.bars(gateway, 1)
    assert desk.of(Considered)[0].gateway_epoch == 4


def test_a_minute_heard_twice_counts_once_and_a_hole_is_asked_for():
    bench = Bench()
    gateway, desk = bench.join(GATEWAY), bench.join(DESK)
    bench.bars(gateway, 1, 1, 3)
    assert numbers(desk) == [1]
    assert gateway.sent[-1] == BarsWanted(((SPY, 1),))


def test_the_same_gateway_is_asked_for_what_is_missing_a_new_one_for_everything():
    bench = Bench()
    gateway = bench.join(GATEWAY)
    bench.bars(gateway, 1, 2)
    gateway.close("broke")
    assert bench.join(GATEWAY).sent == [BarsWanted(((SPY, 2), (IBM, 0)))]
    made = bench.made
    assert bench.join(GATEWAY, epoch=2).sent == [BarsWanted(((SPY, 0), (IBM, 0)))]
    assert bench.made == made + 2, "both strategies began anew"


def test_a_desk_that_returns_hears_the_newest_answers_again():
    bench = Bench()
    gateway = bench.join(GATEWAY)
    bench.bars(gateway, 1, 2, 3)
    bench.bars(gateway, 1, symbol=IBM)
    desk = bench.join(DESK)
    assert [(answer.book, answer.number) for answer in desk.sent] == [(BOOK, 3), (OTHER, 1)]
    desk.close("died")
    bench.bars(gateway, 4)
    assert numbers(bench.join(DESK, epoch=2)) == [4]


def test_a_host_that_has_answered_nothing_has_nothing_to_say_to_a_desk():
    assert Bench().join(DESK).sent == []


def test_minutes_of_strangers_are_not_considered():
    bench = Bench()
    gateway, desk = bench.join(GATEWAY), bench.join(DESK)
    bench.bars(gateway, 1, symbol=Symbol("QQQ"))
    assert desk.sent == []


def test_a_backfilled_minute_makes_a_signal_that_says_so():
    bench = Bench()
    gateway, desk = bench.join(GATEWAY), bench.join(DESK)
    bench.bars(gateway, 1)
    bench.host.received(gateway, NumberedBar(2, replace(minute(2), backfilled=True)))
    assert desk.of(Considered)[-1].signal.backfilled


# A strategy that raises.


def raises_once(at: int) -> Callable[[], Counting]:
    """The first strategies raise on their bar `at`; their successors do not."""
    made = [0]

    def make() -> Counting:
        made[0] += 1
        first = made[0] <= 4  # two symbols, made once and again for their first gateway
        return Counting(lambda bar: first and bar == at)

    return make


def test_a_strategy_that_raises_is_replaced_and_reads_its_minutes_again():
    bench = Bench(raises_once(at=3))
    gateway, desk = bench.join(GATEWAY), bench.join(DESK)
    bench.bars(gateway, 1, 2, 3)
    assert numbers(desk) == [1, 2]
    assert gateway.sent[-1] == BarsWanted(((SPY, 0),))
    bench.bars(gateway, 1, 2, 3)
    assert numbers(desk)[-1] == 3
    assert bench.given_up == []


def fails_always_at(bar: int) -> Callable[[], Counting]:
    return lambda: Counting(lambda at: at == bar)


def fail(bench: Bench, gateway: Wire, times: int) -> None:
    for _ in range(times):
        bench.bars(gateway, 1, 2)


def test_a_strategy_that_goes_on_raising_is_given_up_with_its_reason():
    bench = Bench(fails_always_at(2))
    gateway = bench.join(GATEWAY)
    fail(bench, gateway, FAILURES_MAX)
    assert bench.given_up == []
    fail(bench, gateway, 1)
    ((book, why),) = bench.given_up
    assert book == BOOK
    assert why == f"the strategy of {BOOK} failed {FAILURES_MAX + 1} times: ZeroDivisionError: division by zero"
    assert "ZeroDivisionError" in bench.host.report()[0]["problem"]


def test_a_strategy_that_was_given_up_answers_by_silence_so_that_nobody_waits_for_it():
    bench = Bench(fails_always_at(2))
    gateway, desk = bench.join(GATEWAY), bench.join(DESK)
    fail(bench, gateway, FAILURES_MAX + 1)
    bench.bars(gateway, 3, 4)
    assert numbers(desk)[-3:] == [2, 3, 4]
    assert all(answer.signal is None for answer in desk.of(Considered)[-3:])
    assert len(bench.given_up) == 1


def test_its_neighbours_go_on():
    bench = Bench(lambda: Counting(lambda bar: bar == 2 and bench.host._runners[SPY].number == 1 and not done))
    done: list[int] = []
    gateway, desk = bench.join(GATEWAY), bench.join(DESK)
    fail(bench, gateway, FAILURES_MAX + 1)
    assert len(bench.given_up) == 1
    done.append(1)
    bench.bars(gateway, 1, 2, 3, symbol=IBM)
    assert numbers(desk, OTHER) == [1, 2, 3]
    assert desk.of(Considered)[-1].signal is not None


def test_failures_that_are_far_apart_do_not_add_up():
    bench = Bench(fails_always_at(2))
    gateway = bench.join(GATEWAY)
    for _ in range(FAILURES_MAX + 2):
        fail(bench, gateway, 1)
        bench.now_ns += FAILURE_WINDOW_NS
    assert bench.given_up == []


def test_giving_up_halts_new_entries_in_that_symbol_alone(plan: Plan):
    fence = Fence.open(plan.directory.fence, create=True)
    try:
        halt_book(fence, BOOK, "x" * 300)
        (halt,) = fence.halts()
    finally:
        fence.close()
    assert (halt.level, halt.scope, halt.target, halt.until) == (HaltLevel.NO_NEW, HaltScope.SYMBOL, SPY, None)
    assert halt.covers(BOOK)
    assert not halt.covers(OTHER)


def test_work_done_is_dated():
    bench = Bench()
    gateway = bench.join(GATEWAY)
    bench.now_ns = 7 * NS_PER_SECOND
    bench.bars(gateway, 1)
    assert bench.host.last_bar_ns == 7 * NS_PER_SECOND
    assert bench.host.report()[0]["minutes"] == 1


@pytest.mark.parametrize("first", [GATEWAY, DESK])
def test_a_channel_that_ended_is_not_spoken_to(first: str):
    bench = Bench()
    wires = {name: bench.join(name) for name in (GATEWAY, DESK)}
    wires[first].close("broke")
    wires[first].take()
    bench.bars(wires[GATEWAY], 1, 5)
    assert wires[first].sent == []
