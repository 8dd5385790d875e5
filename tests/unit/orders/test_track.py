"""One symbol's entries: in order of their time whatever their arrival, folded once, and shared out to those who hold."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.errors import DataError
from robo_trader.orders import track as track_module
from robo_trader.orders.cost_basis import Split
from robo_trader.orders.ledger import Ledger, currency_of
from robo_trader.orders.track import CashEntry, Execution, SplitEntry, Track, shared_out
from robo_trader.values import BookId, Instant, Side, Symbol

SPY = Symbol("SPY")
CROSS, OTHER = BookId("cross", SPY), BookId("other", SPY)


def bought(second: int, quantity: int, book: BookId | None = CROSS) -> Execution:
    return Execution(f"e.{second}.01", book, SPY, quantity, Decimal(10), (Instant(second), second), None)


def test_a_split_that_is_heard_late_stands_where_its_time_says() -> None:
    track = Track()
    for entry in (bought(1, 100), bought(3, 10), SplitEntry(Split(2, 1), (Instant(2), 9))):
        track.put(entry)
    assert track.standing().holders == {CROSS: 210}
    assert track.standing().average.position == 210
    assert track.standing_before(Instant(2)).average.position == 100
    assert track.standing_before(Instant(3)).average.position == 200


def test_an_entry_that_is_taken_back_was_never_there() -> None:
    track = Track()
    track.put(bought(1, 100))
    track.put(bought(2, 50))
    track.take_back(bought(1, 100))
    assert track.standing().holders == {CROSS: 50}


def test_cash_for_holding_is_income_and_no_profit() -> None:
    track = Track()
    track.put(bought(1, 100))
    track.put(CashEntry(Decimal("42.50"), (Instant(2), 2)))
    standing = track.standing()
    assert (standing.cash, standing.income, standing.average.realised) == (Decimal("-957.50"), Decimal("42.50"), 0)
    assert standing.cash + standing.average.cost == standing.average.realised + standing.income


@given(st.dictionaries(st.sampled_from([CROSS, OTHER, None]), st.integers(-60, 60)), st.integers(1, 9), st.integers(1, 9))
def test_what_holders_get_adds_up_and_nobody_is_a_share_off(holders: dict[BookId | None, int], new: int, old: int) -> None:
    split = Split(new, old)
    shared = shared_out(holders, split)
    assert sum(shared.values()) == split.whole(sum(holders.values()))
    assert all(abs(shared[holder] - Decimal(shares * new) / old) < 2 for holder, shares in holders.items())


@pytest.mark.parametrize(("cross", "other", "expected"), [(100, 50, (150, 75)), (33, 67, (50, 100)), (-10, 0, (-15, 0))])
def test_three_for_two_is_shared_in_proportion(cross: int, other: int, expected: tuple[int, int]) -> None:
    shared = shared_out({CROSS: cross, OTHER: other}, Split(3, 2))
    assert (shared[CROSS], shared[OTHER]) == expected


# The ledger over such entries.


def holding(shares: int, price: str = "168.40", fee: int = 1) -> Ledger:
    ledger = Ledger()
    ledger.apply_fill("f.1.01", CROSS, SPY, Side.BUY if shares > 0 else Side.SELL, abs(shares), Decimal(price), Instant(1))
    ledger.apply_commission("f.1.01", Decimal(fee))
    return ledger


@dataclass(frozen=True)
class Held:
    """A fill (quantity, at the mark), a split (new, old), or cash a share (dividend), in order."""

    kind: str
    a: int
    b: int
    cents: int


happenings = st.lists(
    st.builds(Held, st.sampled_from(["fill", "split", "cash"]), st.integers(1, 9), st.integers(1, 9), st.integers(-300, 300)), max_size=14
)


@given(happenings)
def test_wealth_at_the_mark_changes_only_by_what_events_say(all_: list[Held]) -> None:
    """A fill at the mark costs its commission, a split costs nothing (its mark splits too), cash is what it says."""
    ledger, mark, owed = Ledger(), Fraction(100), Fraction(0)
    for second, each in enumerate(all_):
        at = Instant(second)
        if each.kind == "fill":
            side = Side.BUY if each.cents > 0 else Side.SELL
            ledger.apply_fill(f"x.{second}.01", None, SPY, side, 10 * each.a, Decimal(mark.numerator) / Decimal(mark.denominator), at)
            ledger.apply_commission(f"x.{second}.01", Decimal("1.25"))
            owed -= Fraction(5, 4)
        elif each.kind == "cash":
            amount = Decimal(each.cents) / 100
            ledger.apply_cash(f"c{second}", SPY, amount, at)
            owed += Fraction(amount)
        else:
            mark = mark * each.b / each.a
            fraction = Fraction(ledger.position(SPY) * each.a, each.b)
            left = fraction - int(fraction)
            worth = left * mark
            in_lieu = Decimal(worth.numerator) / Decimal(worth.denominator)
            ledger.apply_split(f"s{second}", SPY, each.a, each.b, at, in_lieu)
        wealth = Fraction(ledger.cash_change) + ledger.position(SPY) * mark
        assert abs(wealth - owed) < Fraction(1, 10**9)
        assert ledger.cash_change + ledger.cost(SPY) == ledger.realised_average() + ledger.income


def test_a_long_position_receives_a_dividend_and_a_short_one_pays_it() -> None:
    ledger = holding(100)
    assert ledger.apply_cash("SPY dividend", SPY, ledger.position_before(SPY, Instant(5)) * Decimal("1.50"), Instant(9))
    assert (ledger.income, ledger.realised_average(), ledger.cash_change) == (150, 0, Decimal("-16691.00"))
    short = holding(-100)
    short.apply_cash("SPY dividend", SPY, short.position_before(SPY, Instant(5)) * Decimal("1.50"), Instant(9))
    assert short.income == -150


def test_an_action_that_is_told_twice_counts_once() -> None:
    ledger = holding(100)
    assert [ledger.apply_split("SPY 2:1", SPY, 2, 1, Instant(5)) for _ in range(2)] == [True, False]
    assert [ledger.apply_cash("fee", SPY, Decimal(-3), Instant(6)) for _ in range(2)] == [True, False]
    assert (ledger.position(SPY), ledger.book_position(CROSS), ledger.income) == (200, 200, -3)


def test_a_split_changes_shares_and_not_profit_and_the_sale_after_it_earns_the_same() -> None:
    ledger = holding(100)
    ledger.apply_split("SPY 2:1", SPY, 2, 1, Instant(5))
    assert ledger.average_cost(SPY) == Decimal("84.205")
    ledger.apply_fill("f.3.01", CROSS, SPY, Side.SELL, 200, Decimal("84.45"), Instant(6))
    ledger.apply_commission("f.3.01", Decimal("1.02"))
    assert (ledger.position(SPY), ledger.realised_average(), ledger.realised_fifo) == (0, Decimal("47.98"), Decimal("47.98"))


def test_a_fraction_without_a_word_on_its_cash_is_refused_with_numbers() -> None:
    ledger = holding(123, "10", fee=0)
    with pytest.raises(DataError, match=r"1:10 split of SPY leaves 3/10 of a share.*in lieu"):
        ledger.apply_split("SPY 1:10", SPY, 1, 10, Instant(5))
    assert ledger.position(SPY) == 123
    ledger.apply_split("SPY 1:10", SPY, 1, 10, Instant(5), Decimal("30.30"))
    assert (ledger.position(SPY), ledger.cost(SPY), ledger.realised_average()) == (12, Decimal(1200), Decimal("0.30"))


def test_what_was_traded_in_another_currency_is_refused_and_the_currency_named() -> None:
    ledger = Ledger()
    with pytest.raises(DataError, match=r"x\.01 of SAP:STK:EUR:14121 is in EUR, and the books are kept in USD only"):
        ledger.apply_fill("x.01", None, Symbol("SAP:STK:EUR:14121"), Side.BUY, 10, Decimal(100))
    with pytest.raises(DataError, match="EUR"):
        ledger.apply_cash("dividend", Symbol("SAP:STK:EUR:14121"), Decimal(1), Instant(1))
    assert (ledger.symbols(), ledger.cash_change, currency_of(SPY), currency_of(Symbol("SPY:OPT:USD:9"))) == ((), 0, "USD", "USD")


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(-60, 60)), max_size=12), st.integers(1, 4))
def test_figures_do_not_depend_on_how_many_of_them_are_kept(arrivals: list[tuple[int, int]], kept: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        frugal, known = Track(), {}
        for second, quantity in arrivals:
            patch.setattr(track_module, "STANDINGS_KEPT_MIN", kept)
            known[second] = bought(second, quantity)
            frugal.put(known[second])
            found, before = frugal.standing(), frugal.standing_before(Instant(second))
            assert len(frugal._standings) < 2 * kept
            patch.setattr(track_module, "STANDINGS_KEPT_MIN", 1000)
            lavish = Track()
            for entry in known.values():
                lavish.put(entry)
            assert (found, before) == (lavish.standing(), lavish.standing_before(Instant(second)))
