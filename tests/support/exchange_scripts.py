"""Scripts of random orders for the exchange: what is asked, and when, on one generated market."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from hypothesis import strategies as st

from robo_trader.simulated_gateway.account import DEFAULT_CASH
from robo_trader.simulated_gateway.exchange import Exchange
from robo_trader.simulated_gateway.market_generated import GeneratedMarket
from robo_trader.simulated_gateway.model import CommissionNote, Execution, Happening, OrderReport, Ticket
from robo_trader.simulated_gateway.order_kinds import AT_CLOSE, AT_ONCE, LIMITS, ORDER_TYPES, STOPS, TIMES_IN_FORCE, TRAILING
from robo_trader.simulated_gateway.sequences import Rules
from robo_trader.simulated_gateway.venue import PLAIN_VENUE, Venue
from robo_trader.values import Instant, Side
from tests.support.exchange_bench import DAY, IBM, PLAIN, SPY, at, exchange_on, later


@dataclass(frozen=True)
class Action:
    """Submit or cancel something `after` seconds from the action before."""

    after: float
    do: Callable[[Exchange, int], list[Happening]]


def _submits(made: Ticket) -> Callable[[Exchange, int], list[Happening]]:
    def do(venue: Exchange, order_id: int) -> list[Happening]:
        return [*venue.submit(_named(made, order_id, venue))]

    return do


def _named(made: Ticket, order_id: int, venue: Exchange) -> Ticket:
    """The ticket under its id, prices given in cents from the last trade."""
    last = venue.mark(made.symbol) or Decimal(100)
    near = [None if offset is None else (last + offset / 100).quantize(Decimal("0.01")) for offset in (made.limit_price, made.stop_price)]
    parent = order_id + made.parent_id if made.parent_id else 0
    return replace(made, order_id=order_id, limit_price=near[0], stop_price=near[1], parent_id=max(0, parent))


def _cancels(back: int) -> Callable[[Exchange, int], list[Happening]]:
    def do(venue: Exchange, order_id: int) -> list[Happening]:
        return [*venue.cancel(7, max(1, order_id - back), 7)]

    return do


GROUP_SHARES = 500
KINDS = st.sampled_from(["MKT", "LMT", "STP"])


@st.composite
def tickets(draw: st.DrawFn, *, kinds: st.SearchStrategy[str] = KINDS) -> Ticket:
    kind, offset = draw(kinds), Decimal(draw(st.integers(-5, 5)))
    group = draw(st.sampled_from(["", "", "a", "b"]))
    return Ticket(
        client_id=7,
        order_id=0,
        symbol=draw(st.sampled_from([SPY, IBM])),
        side=draw(st.sampled_from(Side)),
        quantity=draw(st.sampled_from([10, 100, 700, 3000])) if not group else GROUP_SHARES,
        order_type=kind,
        limit_price=offset if kind == "LMT" else None,
        stop_price=offset if kind == "STP" else None,
        time_in_force=draw(st.sampled_from(["DAY", "GTC"])),
        oca_group=group,
        oca_type=draw(st.sampled_from([1, 2])),
        order_ref="",
        account="",
    )


@st.composite
def any_tickets(draw: st.DrawFn) -> Ticket:
    """Orders of every kind, some of them not transmitted, some attached to an order before them."""
    plain = draw(tickets(kinds=st.sampled_from(sorted(ORDER_TYPES))))
    kind, percent = plain.order_type, draw(st.booleans())
    times = sorted(TIMES_IN_FORCE) if kind in AT_ONCE else ["DAY"] if kind in AT_CLOSE else ["DAY", "GTC", "GTD"]
    tif = draw(st.sampled_from(times))
    return replace(
        plain,
        limit_price=Decimal(draw(st.integers(-5, 5))) if kind in LIMITS and kind not in TRAILING else None,
        stop_price=Decimal(draw(st.integers(-5, 5))) if kind in STOPS and kind not in TRAILING else None,
        time_in_force=tif,
        good_till=at("09:31:30") if tif == "GTD" else None,
        trail_amount=Decimal("0.05") if kind in TRAILING and not percent else None,
        trail_percent=Decimal("0.05") if kind in TRAILING and percent else None,
        limit_offset=Decimal("0.02") if kind == "TRAIL LIMIT" else None,
        parent_id=draw(st.sampled_from([0, 0, -1, -2])),
        transmit=draw(st.sampled_from([True, True, False])),
        outside_rth=draw(st.booleans()),
    )


def actions(made: st.SearchStrategy[Ticket]) -> st.SearchStrategy[list[Action]]:
    what = st.one_of(made.map(_submits), made.map(_submits), st.integers(1, 4).map(_cancels))
    return st.lists(st.builds(Action, st.floats(0, 40), what), min_size=1, max_size=25)


def generated(rules: Rules = PLAIN, *, venue: Venue = PLAIN_VENUE, now: str = "09:29:50") -> Exchange:
    market = GeneratedMarket((SPY, IBM), 11, DAY)
    return exchange_on(market, at(now), rules=rules, venue=venue)


def run(venue: Exchange, script: list[Action], step: float | None = None, *, first: int = 1) -> list[Happening]:
    """Carry out the script, and one more minute; `step` cuts the advances between actions, order ids begin at `first`."""
    heard: list[Happening] = []
    for number, action in enumerate(script, start=first):
        heard += _advanced(venue, later(venue.now, action.after), step)
        heard += action.do(venue, number)
    return heard + _advanced(venue, later(venue.now, 60), step)


def _advanced(venue: Exchange, to: Instant, step: float | None) -> list[Happening]:
    heard: list[Happening] = []
    while step is not None and later(venue.now, step) < to:
        heard += venue.advance(later(venue.now, step))
    return heard + venue.advance(to)


def conserved(it: Exchange, heard: Iterable[Happening]) -> dict[int, int]:
    """Assert that cash and shares are what the executions say, and that none goes beyond its order; the filled shares by order id."""
    cash, shares, filled = DEFAULT_CASH, defaultdict[str, int](int), defaultdict[int, int](int)
    for happening in heard:
        match happening:
            case Execution(ticket=of, quantity=quantity, price=price):
                cash -= of.side.sign * quantity * price
                shares[of.symbol] += of.side.sign * quantity
                filled[of.order_id] += quantity
                assert filled[of.order_id] <= of.quantity
                assert of.limit_price is None or (price - of.limit_price) * of.side.sign <= 0
            case CommissionNote(commission=commission):
                cash -= commission
            case OrderReport(ticket=of):
                assert happening.filled + happening.remaining == of.quantity
    assert it.account.cash == cash
    assert {held.symbol: held.quantity for held in it.positions()} == {symbol: held for symbol, held in shares.items() if held}
    return filled
