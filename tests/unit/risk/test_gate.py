"""The gate, at each limit and one beyond it."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.market.calendar import Session
from robo_trader.orders.order import OrderType
from robo_trader.risk.exposure import Working, largest_exposure
from robo_trader.risk.gate import CONTROLS, Proposed, Refusal, View, refuse, session_refusal
from robo_trader.risk.limits import Limits
from robo_trader.values import NS_PER_SECOND, Instant, Instrument, Quote, Side, Symbol, Ticks

SPY = Symbol("SPY")
OPEN, CLOSE, TOMORROW = Instant(1_000 * NS_PER_SECOND), Instant(2_000 * NS_PER_SECOND), Instant(9_000 * NS_PER_SECOND)
NOON = Instant(1_500 * NS_PER_SECOND)
LIMITS = Limits(
    max_quantity=100,
    max_notional=Decimal("100100.00"),  # 100 shares at the ask
    max_position=100,
    collar_percent=Decimal(3),
    sessions=(Session(OPEN, CLOSE), Session(TOMORROW, Instant(TOMORROW + 1))),
)
QUOTE = Quote(SPY, bid=Ticks(99_900), ask=Ticks(100_100), bid_size=1, ask_size=1, at=NOON)
VIEW = View(position=0, working=(), quote=QUOTE, now=NOON, instrument=Instrument(SPY, 1, Decimal("0.01")))
BUY = Proposed(SPY, Side.BUY, 100, OrderType.MARKET, None)


def refused_by(order: Proposed, view: View = VIEW, limits: Limits = LIMITS) -> tuple[str, bool] | None:
    refusal = refuse(order, view, limits)
    return None if refusal is None else (refusal.control, refusal.order_shaped)


def working(side: Side, remaining: int, group: str = "") -> Working:
    return Working(f"{side}{remaining}", SPY, side, remaining, group)


def asleep(remaining: int) -> Working:
    """A stop that sells, and has not triggered."""
    return replace(working(Side.SELL, remaining), dormant=True)


def test_an_order_at_every_limit_passes() -> None:
    assert refused_by(BUY) is None
    assert refused_by(replace(BUY, side=Side.SELL)) is None


def test_one_share_more_than_allowed_is_refused_with_value_and_limit() -> None:
    roomy = replace(LIMITS, max_notional=Decimal(10**9), max_position=10**6)
    assert refuse(replace(BUY, quantity=101), VIEW, roomy) == Refusal("C01", "quantity too large", "101", "100", order_shaped=True)


def test_a_notional_one_cent_above_its_limit_is_refused() -> None:
    refusal = refuse(BUY, VIEW, replace(LIMITS, max_notional=Decimal("100099.99")))
    assert refusal == Refusal("C02", "notional too large", "100100.00", "100099.99", order_shaped=True)


def test_a_sale_is_valued_at_the_ask_too_and_a_limit_price_counts_where_it_is_higher() -> None:
    tight = replace(LIMITS, max_notional=Decimal("100099.99"))
    assert refused_by(replace(BUY, side=Side.SELL), limits=tight) == ("C02", True)
    dear = replace(BUY, order_type=OrderType.LIMIT, price=Ticks(100_101))
    assert refused_by(dear) == ("C02", True)


@pytest.mark.parametrize(
    ("price", "passes"),
    [(103_000, True), (103_001, False), (97_000, True), (96_999, False)],
)
@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("order_type", [OrderType.LIMIT, OrderType.STOP])
def test_a_price_at_the_collar_passes_and_one_tick_beyond_does_not(price: int, passes: bool, side: Side, order_type: OrderType) -> None:
    order = Proposed(SPY, side, 1, order_type, Ticks(price))
    assert refused_by(order) == (None if passes else ("C03", True))


@pytest.mark.parametrize(("side", "bid", "ask"), [(Side.BUY, 96_999, 103_001), (Side.SELL, 96_999, 103_001)])
def test_a_market_order_is_held_to_the_collar_at_the_far_touch(side: Side, bid: int, ask: int) -> None:
    wide = replace(VIEW, quote=replace(QUOTE, bid=Ticks(bid), ask=Ticks(ask)))
    assert refused_by(replace(BUY, side=side, quantity=1), wide) == ("C03", True)
    edge = replace(VIEW, quote=replace(QUOTE, bid=Ticks(bid + 1), ask=Ticks(ask - 1)))
    assert refused_by(replace(BUY, side=side, quantity=1), edge) is None


def test_a_quote_of_five_seconds_is_fresh_and_older_is_stale_which_is_no_fault_of_the_order() -> None:
    age = LIMITS.quote_age_seconds_max * NS_PER_SECOND
    assert refused_by(BUY, replace(VIEW, quote=replace(QUOTE, at=Instant(NOON - age)))) is None
    assert refused_by(BUY, replace(VIEW, quote=replace(QUOTE, at=Instant(NOON - age - 1)))) == ("C03", False)


def test_a_stale_quote_never_makes_an_order_shaped_refusal() -> None:
    stale = replace(VIEW, quote=replace(QUOTE, at=Instant(0)))
    assert refused_by(replace(BUY, quantity=10**6), stale) == ("C03", False)


def test_no_quote_no_order() -> None:
    assert refused_by(BUY, replace(VIEW, quote=None)) == ("C03", False)


@pytest.mark.parametrize(
    ("now", "passes"),
    [(OPEN - 1, False), (OPEN, True), (CLOSE - 1, True), (CLOSE, False), (TOMORROW - 1, False), (TOMORROW, True), (TOMORROW + 1, False), (0, False)],
)
def test_orders_go_out_from_the_opening_until_before_the_close(now: int, passes: bool) -> None:
    view = replace(VIEW, now=Instant(now), quote=replace(QUOTE, at=Instant(now)))
    assert refused_by(BUY, view) == (None if passes else ("C15", False))
    assert (session_refusal(Instant(now), LIMITS) is None) is passes


def test_a_session_refusal_says_when_the_next_one_opens() -> None:
    refusals = [session_refusal(Instant(now), LIMITS) for now in (OPEN - 1, CLOSE, TOMORROW + 1)]
    assert [refusal and refusal.limit for refusal in refusals] == [f"opens at {OPEN}", f"opens at {TOMORROW}", "no later session"]


@pytest.mark.parametrize(
    ("position", "others", "passes"),
    [
        (0, (), True),
        (1, (), False),
        (-1, (), True),
        (0, (working(Side.BUY, 1),), False),
        (0, (asleep(100),), True),
        (0, (asleep(101),), False),  # the other end counts as well
        (-100, (working(Side.BUY, 100, "g"),), True),
        (-99, (working(Side.BUY, 100, "g"),), False),
        (-100, (working(Side.BUY, 100, "g"), working(Side.BUY, 60, "g")), True),  # a group counts once
    ],
)
def test_the_position_counts_with_all_that_works(position: int, others: tuple[Working, ...], passes: bool) -> None:
    assert refused_by(BUY, replace(VIEW, position=position, working=others)) == (None if passes else ("C05", True))


@pytest.mark.parametrize(
    ("name", "control"),
    [("max_quantity", "C01"), ("max_notional", "C02"), ("collar_percent", "C03"), ("max_position", "C05"), ("sessions", "C15")],
)
def test_a_limit_that_is_not_configured_refuses_entries_by_its_name(name: str, control: str) -> None:
    refusal = refuse(BUY, VIEW, replace(LIMITS, **{name: () if name == "sessions" else None}))
    assert refusal == Refusal(control, f"{name} is not configured", "none", "none", order_shaped=False)


NOTHING_ALLOWED = replace(LIMITS, max_quantity=None, max_notional=None, max_position=None, collar_percent=None)
EXIT = Proposed(SPY, Side.SELL, 500, OrderType.MARKET, None, reducing=True)


def test_an_exit_passes_every_cap_but_waits_for_the_session() -> None:
    held = replace(VIEW, position=500, quote=None)
    assert refused_by(EXIT, held, NOTHING_ALLOWED) is None
    assert refused_by(EXIT, replace(held, now=CLOSE), NOTHING_ALLOWED) == ("C15", False)


def test_an_order_that_only_claims_to_reduce_is_held_to_every_limit() -> None:
    assert refused_by(EXIT, replace(VIEW, position=499), LIMITS) == ("C01", True)
    assert refused_by(EXIT, replace(VIEW, position=500, working=(working(Side.SELL, 1),)), LIMITS) == ("C01", True)
    assert refused_by(replace(EXIT, side=Side.BUY), replace(VIEW, position=500), LIMITS) == ("C01", True)


def test_a_protective_stop_passes_always_and_only_within_what_is_held() -> None:
    stop = Proposed(SPY, Side.SELL, 500, OrderType.STOP, Ticks(1), protective=True, oca_group="g")
    dark = replace(VIEW, position=500, quote=None, now=Instant(0))
    assert refused_by(stop, dark, Limits()) is None
    assert refused_by(stop, replace(dark, position=499), Limits()) == ("C15", False)


def test_an_order_for_nothing_is_a_bug() -> None:
    with pytest.raises(AssertionError):
        refuse(replace(BUY, quantity=0), VIEW, LIMITS)


def test_the_six_controls_bear_the_ids_of_the_list() -> None:
    assert {control.id for control in CONTROLS} == {"C01", "C02", "C03", "C05", "C15", "C16"}


@pytest.mark.parametrize(
    ("price", "other", "passes"),
    [
        (None, replace(working(Side.SELL, 1), price=Ticks(100_200)), False),  # any price is enough
        (Ticks(100_000), replace(working(Side.SELL, 1), price=Ticks(100_000)), False),
        (Ticks(100_000), replace(working(Side.SELL, 1), price=Ticks(100_001)), True),
        (Ticks(100_000), working(Side.SELL, 1), False),
        (None, asleep(1), True),
        (None, replace(working(Side.BUY, 0), price=Ticks(100_000)), True),
    ],
)
def test_an_entry_never_meets_an_own_order_of_the_other_side(price: Ticks | None, other: Working, passes: bool) -> None:
    order = replace(BUY, order_type=OrderType.MARKET if price is None else OrderType.LIMIT, price=price, quantity=99)
    roomy = replace(LIMITS, max_position=10**6)
    assert refused_by(order, replace(VIEW, working=(other,)), roomy) == (None if passes else ("C16", False))


def test_an_exit_keeps_its_path_beside_an_own_entry() -> None:
    resting = replace(working(Side.BUY, 1), price=Ticks(99_900))
    assert refused_by(EXIT, replace(VIEW, position=500, working=(resting,)), NOTHING_ALLOWED) is None


@given(
    st.integers(-150, 150),
    st.lists(st.builds(working, st.sampled_from(Side), st.integers(0, 120), st.sampled_from(["", "a"])), max_size=3),
    st.sampled_from(Side),
    st.integers(1, 150),
    st.booleans(),
)
def test_whatever_passes_keeps_the_position_within_its_cap_or_reduces_it(
    position: int, others: list[Working], side: Side, quantity: int, claims: bool
) -> None:
    view = replace(VIEW, position=position, working=others)
    order = replace(BUY, side=side, quantity=quantity, reducing=claims)
    if refuse(order, view, LIMITS) is None and largest_exposure(position, [*others, order.working]) > 100:
        assert claims
        assert side.sign * position < 0
        assert quantity <= abs(position)


NEXT = f"opens at {TOMORROW}"


@pytest.mark.parametrize(
    ("order", "view", "limits", "refusal"),
    [
        (BUY, replace(VIEW, now=CLOSE), LIMITS, Refusal("C15", "outside the regular session", str(CLOSE), NEXT, order_shaped=False)),
        (BUY, replace(VIEW, quote=None), LIMITS, Refusal("C03", "no quote", "none", "5 s", order_shaped=False)),
        (
            BUY,
            replace(VIEW, quote=replace(QUOTE, at=Instant(NOON - 5_250 * 1_000_000))),
            LIMITS,
            Refusal("C03", "stale quote", "5.250 s", "5 s", order_shaped=False),
        ),
        (
            replace(BUY, order_type=OrderType.LIMIT, price=Ticks(104_000)),
            VIEW,
            LIMITS,
            Refusal("C03", "price too far from the mid", "4.0000 %", "3 %", order_shaped=True),
        ),
        (
            BUY,
            replace(VIEW, working=(working(Side.SELL, 1),)),
            LIMITS,
            Refusal("C16", "would trade with an own order", "SELL1", "none", order_shaped=False),
        ),
        (BUY, VIEW, replace(LIMITS, max_position=99), Refusal("C05", "position could grow too large", "100", "99", order_shaped=True)),
    ],
)
def test_a_refusal_names_its_control_what_was_wrong_the_value_and_the_limit(order: Proposed, view: View, limits: Limits, refusal: Refusal) -> None:
    assert refuse(order, view, limits) == refusal


def test_where_no_quote_was_asked_for_before_the_notional_still_wants_one() -> None:
    notional = next(control for control in CONTROLS if control.id == "C02")
    said = notional.judge(BUY, replace(VIEW, quote=None), LIMITS)
    assert said == Refusal("C02", "no price to value it at", "none", "100100.00", order_shaped=False)


def test_the_worst_of_bid_and_ask_values_an_order_even_where_the_bid_is_the_higher_one() -> None:
    crossed = replace(VIEW, quote=replace(QUOTE, bid=Ticks(100_200), ask=Ticks(100_100)))
    assert refused_by(BUY, crossed) == ("C02", True)


def test_an_exit_that_passes_one_cap_is_still_asked_for_its_session_at_the_end() -> None:
    later = (*(control for control in CONTROLS if control.reducing_passes), *(control for control in CONTROLS if not control.reducing_passes))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("robo_trader.risk.gate.CONTROLS", later)
        assert refused_by(EXIT, replace(VIEW, position=500, now=CLOSE), NOTHING_ALLOWED) == ("C15", False)


def test_a_bug_of_the_caller_says_what_it_is() -> None:
    with pytest.raises(AssertionError, match=r"^an order is for at least one share"):
        refuse(replace(BUY, quantity=0), VIEW, LIMITS)
    with pytest.raises(AssertionError, match=r"^nothing less than nothing remains"):
        largest_exposure(0, [working(Side.BUY, -1)])
