"""The ledger, against accounting done share by share, and against a broker that repeats, reorders and corrects itself."""

import random
from collections import deque
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.orders.ledger import Ledger, execution_root
from robo_trader.values import BookId, Instant, Side, Symbol

SPY, IBM = Symbol("SPY"), Symbol("IBM")
BOOKS = {(name, symbol): BookId(name, symbol) for name in ("cross", "other") for symbol in (SPY, IBM)}
NEAR = Fraction(1, 10**9)


@dataclass(frozen=True)
class Done:
    """One version of an execution, and its commission if it was ever reported."""

    number: int
    version: int
    symbol: Symbol
    owner: str | None
    side: Side
    quantity: int
    price: Decimal
    second: int
    commission: Decimal | None

    @property
    def exec_id(self) -> str:
        return f"0000e0d5.{self.number:08x}.01.{self.version:02d}"

    @property
    def book(self) -> BookId | None:
        return None if self.owner is None else BOOKS[self.owner, self.symbol]


dones = st.builds(
    Done,
    number=st.integers(1, 400),
    version=st.just(1),
    symbol=st.sampled_from([SPY, IBM]),
    owner=st.sampled_from(["cross", "other", None]),
    side=st.sampled_from(Side),
    quantity=st.integers(1, 12),
    price=st.decimals(Decimal("0.01"), Decimal(500), places=4),
    second=st.integers(0, 40),
    commission=st.none() | st.decimals(Decimal("-0.5"), Decimal(2), places=5),
)
days = st.lists(dones, max_size=14, unique_by=(lambda done: done.number, lambda done: done.second))
corrections = st.lists(st.tuples(st.integers(0, 12), st.decimals(Decimal("0.01"), Decimal(500), places=4)), max_size=3)


def fill(ledger: Ledger, done: Done) -> bool:
    return ledger.apply_fill(done.exec_id, done.book, done.symbol, done.side, done.quantity, done.price, Instant(done.second))


def told(ledger: Ledger, events: list[tuple[str, Done]]) -> Ledger:
    for kind, done in events:
        if kind == "fill":
            fill(ledger, done)
        elif done.commission is not None:
            ledger.apply_commission(done.exec_id, done.commission)
    return ledger


def events_of(day: list[Done]) -> list[tuple[str, Done]]:
    return [(kind, done) for done in day for kind in ("fill", "commission")]


def all_answers(ledger: Ledger) -> dict[str, object]:
    return {
        "cash": ledger.cash_change,
        "commissions": ledger.commissions,
        "average": [ledger.realised_average(symbol) for symbol in (SPY, IBM, None)],
        "fifo": ledger.realised_fifo,
        "positions": [(ledger.position(s), ledger.external_position(s), ledger.average_cost(s), ledger.cost(s)) for s in (SPY, IBM)],
        "books": {book: ledger.book_position(book) for book in BOOKS.values()},
        "symbols": ledger.symbols(),
        "missing": ledger.missing_commissions(),
        "unclaimed": ledger.unclaimed_commissions(),
    }


# The oracle: one share at a time, in exact fractions, and no code of the ledger's.


def in_order(day: list[Done], symbol: Symbol) -> list[Done]:
    return sorted((done for done in day if done.symbol == symbol), key=lambda done: done.second)


def fifo_by_shares(day: list[Done], symbol: Symbol) -> Fraction:
    held: deque[tuple[int, Fraction]] = deque()
    profit = Fraction(0)
    for done in in_order(day, symbol):
        sign = 1 if done.side is Side.BUY else -1
        money = -sign * Fraction(done.price) - Fraction(done.commission or 0) / done.quantity
        for _ in range(done.quantity):
            if held and held[0][0] != sign:
                profit += held.popleft()[1] + money
            else:
                held.append((sign, money))
    return profit


def average_by_shares(day: list[Done], symbol: Symbol) -> Fraction:
    held, money_held, profit = 0, Fraction(0), Fraction(0)
    for done in in_order(day, symbol):
        sign = 1 if done.side is Side.BUY else -1
        money = -sign * Fraction(done.price) - Fraction(done.commission or 0) / done.quantity
        for _ in range(done.quantity):
            if held * sign < 0:
                each = money_held / abs(held)
                profit += each + money
                money_held -= each
            else:
                money_held += money
            held += sign
    return profit


@given(days)
def test_realised_profit_is_that_of_an_oracle_that_counts_share_by_share(day: list[Done]) -> None:
    ledger = told(Ledger(), events_of(day))
    fifo = sum(fifo_by_shares(day, symbol) for symbol in (SPY, IBM))
    assert abs(Fraction(ledger.realised_fifo) - fifo) < NEAR
    for symbol in (SPY, IBM):
        assert abs(Fraction(ledger.realised_average(symbol)) - average_by_shares(day, symbol)) < NEAR
    assert ledger.realised_average() == ledger.realised_average(SPY) + ledger.realised_average(IBM)


@given(days)
def test_after_every_event_cash_and_cost_and_profit_balance_exactly(day: list[Done]) -> None:
    ledger = Ledger()
    for event in events_of(day):
        told(ledger, [event])
        assert ledger.cash_change + ledger.cost(SPY) + ledger.cost(IBM) == ledger.realised_average()


@given(days)
def test_cash_is_what_was_paid_and_received(day: list[Done]) -> None:
    ledger = told(Ledger(), events_of(day))
    fees = sum((done.commission for done in day if done.commission is not None), Decimal(0))
    assert ledger.cash_change == sum((-done.side.sign * done.quantity * done.price for done in day), Decimal(0)) - fees
    assert ledger.commissions == fees


def with_corrections(day: list[Done], changes: list[tuple[int, Decimal]]) -> list[Done]:
    corrected = [
        Done(done.number, 2, done.symbol, done.owner, done.side, quantity, price, done.second, done.commission)
        for done, (quantity, price) in zip(day, changes, strict=False)
    ]
    return day + corrected


@given(days, corrections, st.randoms(use_true_random=False), st.integers(0, 20))
def test_any_order_and_any_repetition_of_the_same_events_ends_in_the_same_state(
    day: list[Done], changes: list[tuple[int, Decimal]], chance: random.Random, repeats: int
) -> None:
    events = events_of(with_corrections(day, changes))
    expected = all_answers(told(Ledger(), events))
    shuffled = events + (chance.choices(events, k=repeats) if events else [])
    chance.shuffle(shuffled)
    assert all_answers(told(Ledger(), shuffled)) == expected


@given(days, corrections)
def test_a_corrected_day_is_the_day_as_it_should_have_been(day: list[Done], changes: list[tuple[int, Decimal]]) -> None:
    versions = with_corrections(day, changes)
    final = list({done.number: done for done in versions}.values())
    assert all_answers(told(Ledger(), events_of(versions))) == all_answers(told(Ledger(), events_of(final)))


@given(days)
def test_sub_books_and_external_add_up_to_the_broker_s_net(day: list[Done]) -> None:
    ledger = told(Ledger(), events_of(day))
    for symbol in (SPY, IBM):
        books = sum(ledger.book_position(book) for book in BOOKS.values() if book.symbol == symbol)
        assert books + ledger.external_position(symbol) == ledger.position(symbol)
        assert ledger.position(symbol) == sum(done.side.sign * done.quantity for done in day if done.symbol == symbol)


@given(days)
def test_an_average_cost_is_positive_where_prices_dwarf_fees_and_zero_while_flat(day: list[Done]) -> None:
    ledger = told(Ledger(), [("fill", done) for done in day])
    for symbol in (SPY, IBM):
        assert (ledger.average_cost(symbol) > 0) == (ledger.position(symbol) != 0)


BOUGHT = Done(1, 1, SPY, "cross", Side.BUY, 100, Decimal("168.40"), 1, Decimal("1.00"))
SOLD = Done(2, 1, SPY, "cross", Side.SELL, 100, Decimal("168.90"), 2, Decimal("1.02"))


def test_a_round_trip_earns_its_difference_less_both_commissions() -> None:
    ledger = told(Ledger(), events_of([BOUGHT]))
    assert ledger.average_cost(SPY) == Decimal("168.41")
    assert ledger.realised_average() == 0
    told(ledger, events_of([SOLD]))
    assert (ledger.cash_change, ledger.realised_average(SPY), ledger.realised_fifo) == (Decimal("47.98"), Decimal("47.98"), Decimal("47.98"))


def test_repeats_and_superseded_versions_say_that_they_changed_nothing() -> None:
    ledger = Ledger()
    corrected = Done(1, 2, SPY, "cross", Side.BUY, 90, Decimal("168.50"), 1, None)
    assert [fill(ledger, done) for done in (BOUGHT, BOUGHT, corrected, BOUGHT)] == [True, False, True, False]
    assert ledger.position(SPY) == 90
    assert [ledger.apply_commission(BOUGHT.exec_id, Decimal(1)) for _ in range(2)] == [True, False]


def test_a_commission_before_its_execution_waits_for_it() -> None:
    ledger = Ledger()
    ledger.apply_commission(BOUGHT.exec_id, Decimal(1))
    assert (ledger.commissions, ledger.cash_change) == (0, 0)
    assert ledger.unclaimed_commissions() == (BOUGHT.exec_id,)
    assert ledger.commission_of(BOUGHT.exec_id) == 1
    fill(ledger, BOUGHT)
    assert (ledger.commissions, ledger.unclaimed_commissions(), ledger.missing_commissions()) == (1, (), ())


def test_a_commission_that_never_comes_is_listed_and_counted_as_nothing() -> None:
    ledger = told(Ledger(), [("fill", BOUGHT), ("fill", SOLD), ("commission", SOLD)])
    assert ledger.missing_commissions() == (BOUGHT.exec_id,)
    assert ledger.commission_of(BOUGHT.exec_id) is None
    assert ledger.commissions == Decimal("1.02")


def test_the_commission_of_a_former_version_stands_until_the_correction_s_own_arrives() -> None:
    ledger = told(Ledger(), events_of([BOUGHT]))
    corrected = Done(1, 2, SPY, "cross", Side.BUY, 90, Decimal("168.40"), 1, Decimal("0.90"))
    fill(ledger, corrected)
    assert (ledger.commissions, ledger.missing_commissions()) == (1, ())
    told(ledger, [("commission", corrected)])
    assert ledger.commissions == Decimal("0.90")
    assert (ledger.commission_of(BOUGHT.exec_id), ledger.commission_of(corrected.exec_id)) == (1, Decimal("0.90"))


def test_an_execution_taken_back_leaves_only_its_fee() -> None:
    ledger = told(Ledger(), events_of([BOUGHT, Done(1, 2, SPY, "cross", Side.BUY, 0, Decimal("168.40"), 1, None)]))
    assert (ledger.position(SPY), ledger.book_position(BOOKS["cross", SPY]), ledger.cost(SPY)) == (0, 0, 0)
    assert (ledger.cash_change, ledger.realised_average(), ledger.realised_fifo) == (-1, -1, -1)


def test_a_correction_may_move_an_execution_to_another_symbol() -> None:
    ledger = told(Ledger(), events_of([BOUGHT, Done(1, 2, IBM, "cross", Side.BUY, 100, Decimal("168.40"), 1, None)]))
    assert (ledger.position(SPY), ledger.position(IBM)) == (0, 100)


def test_an_execution_heard_late_is_put_where_its_time_says() -> None:
    ledger = Ledger()
    for number, side, price, second in [(3, Side.BUY, "10", 1), (2, Side.SELL, "30", 3), (1, Side.SELL, "20", 2)]:
        ledger.apply_fill(f"e.{number}.01", None, SPY, side, 1, Decimal(price), Instant(second))
    assert ledger.realised_fifo == 10  # the sale at 20 closed the purchase, the one at 30 opened a short
    assert ledger.average_cost(SPY) == 30


def test_executions_of_one_instant_stay_as_they_arrived_corrections_included() -> None:
    ledger = Ledger()
    for number, side, price in [(3, Side.BUY, "10"), (2, Side.SELL, "20"), (1, Side.SELL, "30")]:
        ledger.apply_fill(f"e.{number}.01", None, SPY, side, 1, Decimal(price))
    ledger.apply_fill("e.2.02", None, SPY, Side.SELL, 1, Decimal(25))
    assert ledger.realised_fifo == 15
    assert ledger.average_cost(SPY) == 30


@pytest.mark.parametrize(("exec_id", "root"), [("0000e0d5.6423.01.02", "0000e0d5.6423.01"), ("x.01", "x"), ("plain", "plain")])
def test_the_last_part_of_an_execution_id_only_counts_corrections(exec_id: str, root: str) -> None:
    assert execution_root(exec_id) == root


def test_an_empty_ledger_holds_nothing() -> None:
    ledger = Ledger()
    assert (ledger.cash_change, ledger.realised_average(), ledger.realised_fifo, ledger.position(SPY), ledger.average_cost(SPY)) == (0, 0, 0, 0, 0)
    assert ledger.symbols() == ()


@pytest.mark.parametrize("number", ["NaN", "Infinity"])
def test_what_is_not_a_number_is_a_bug_of_the_edge(number: str) -> None:
    with pytest.raises(AssertionError):
        Ledger().apply_fill("x.01", None, SPY, Side.BUY, 1, Decimal(number))
    with pytest.raises(AssertionError):
        Ledger().apply_commission("x.01", Decimal(number))
