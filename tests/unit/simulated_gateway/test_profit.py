"""Profit of the day: by hand in one case, and as one account whatever happens."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from robo_trader.simulated_gateway.market_generated import GeneratedMarket
from robo_trader.simulated_gateway.profit import Profits, SymbolProfit
from robo_trader.values import NS_PER_SECOND, Instant
from tests.support.exchange_bench import BUY, IBM, SELL, SPY, at, exchange, exchange_on, executions, later, quote, ticket, trade

EVENTS = (
    quote("09:30:30", "168.10", "168.12"),
    trade("09:30:40", "168.11"),
    quote("09:30:41", "180.00", "180.10", symbol=IBM),
    trade("09:31:05", "169.00"),
    quote("09:31:06", "168.98", "169.02"),
)


def test_a_round_trip_realises_what_it_earned_less_its_fees() -> None:
    world = exchange(*EVENTS)
    profits = Profits(world)
    world.submit(ticket(1, BUY, 100))
    world.advance(at("09:31:10"))
    assert profits.of(SPY) == SymbolProfit(100, Decimal("87.00"), Decimal("87.00"), Decimal(0), Decimal("16900.00"))
    world.submit(ticket(2, SELL, 100))
    closed = profits.of(SPY)
    assert (closed.shares, closed.unrealised, closed.value) == (0, None, 0)
    assert closed.daily == closed.realised == profits.account()[0] == profits.account()[2]


def test_a_gateway_that_starts_again_counts_from_there() -> None:
    world = exchange(*EVENTS)
    world.submit(ticket(1, BUY, 100))
    profits = Profits(world)
    assert (profits.account()[0], profits.of(SPY).daily) == (0, 0)
    world.advance(at("09:31:10"))
    assert (profits.account()[0], profits.of(SPY).daily) == (89, 89)


@given(st.lists(st.tuples(st.sampled_from([BUY, SELL]), st.integers(1, 50), st.sampled_from([SPY, IBM]), st.integers(1, 40)), max_size=8))
def test_what_the_symbols_earned_is_what_the_account_did(trades: list[tuple[object, int, object, int]]) -> None:
    world = exchange(*EVENTS)
    profits = Profits(world)
    for number, (side, quantity, symbol, seconds) in enumerate(trades, start=1):
        world.submit(ticket(number, side, quantity, symbol=symbol))  # type: ignore[arg-type]
        world.advance(later(world.now, seconds))
    daily, unrealised, realised = profits.account()
    both = [profits.of(SPY), profits.of(IBM)]
    assert daily == sum(one.daily for one in both)
    assert realised == sum(one.realised for one in both)
    assert unrealised == sum(one.unrealised or 0 for one in both)


def test_another_day_begins_with_the_marks_of_the_last_close() -> None:
    market = GeneratedMarket((SPY,), 3, date(2026, 3, 2), days=2)
    world = exchange_on(market, Instant(market.start + 1200 * NS_PER_SECOND))
    profits = Profits(world)
    world.submit(ticket(1, BUY, 100))
    world.advance(at("16:05:00", date(2026, 3, 2)))
    evening, first_day = world.now, profits.account()
    morning = market.awake(later(evening, 3600))
    world.advance(morning)
    profits.passed(evening, morning)
    assert first_day[0] == first_day[1] != 0
    assert profits.account() == (0, first_day[1], 0)
    assert profits.of(SPY).daily == 0
    world.advance(later(morning, 3600))
    assert profits.account()[0] == profits.of(SPY).daily != 0


def test_a_correction_changes_what_was_realised_in_its_symbol_as_in_the_account() -> None:
    world = exchange(*EVENTS)
    profits = Profits(world)
    bought = executions(world.submit(ticket(1, BUY, 100)))[0]
    world.submit(ticket(2, SELL, 100))
    world.correct(bought.exec_id, quantity=100, price=bought.price - 1)
    assert profits.of(SPY).realised == profits.of(SPY).daily == profits.account()[2] == profits.account()[0]
