"""What is told of the numbers that clients add to a line: once, and then as it changes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from ib_insync.contract import Stock

from robo_trader.simulated_gateway.generic_ticks import PLENTY, borrowing, statistics
from robo_trader.simulated_gateway.market_scripted import ScriptedMarket
from robo_trader.simulated_gateway.model import TradePrint
from robo_trader.simulated_gateway.venue import Venue
from tests.support.exchange_bench import DAY, MORNING, SELL, SPY, at, exchange, ticket
from tests.support.gateway_bench import Bench, BenchClient, names

CONTRACT = Stock("SPY", "SMART", "USD")


def asked(client: BenchClient, numbers: str) -> list[tuple[str, str, str]]:
    """Message, tick and value of all that a line is told beyond what every line is told."""
    heard = client.say(lambda it: it.reqMktData(5, CONTRACT, numbers, False, False, []))
    plain = client.say(lambda it: it.reqMktData(6, CONTRACT, "", False, False, []))
    return values(heard[len(plain) :])


def values(heard: list[tuple[str, ...]]) -> list[tuple[str, str, str]]:
    return [(name, fields[3], fields[4]) for name, fields in zip(names(heard), heard, strict=True)]


@pytest.mark.parametrize("number", ["221", "232"])
def test_the_mark_is_the_last_price_and_follows_it(tmp_path: Path, number: str) -> None:
    bench = Bench(tmp_path, *MORNING)
    client = bench.client()
    assert asked(client, number) == [("tickPrice", "37", "168.11")]
    client.say(lambda it: it.cancelMktData(6))
    bench.pass_seconds(3)
    assert [price for name, tick, price in values(client.heard()) if tick == "37"] == ["168.13", "168.12"]


def test_a_sample_tells_nothing_of_what_comes_after_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *MORNING)
    client = bench.client()
    asked(client, "221,293,294,295")
    client.say(lambda it: it.cancelMktData(6))
    bench.pass_seconds(3)
    told = [fact for fact in values(client.heard()) if fact[1] in ("4", "37", "54", "55", "56")]
    assert told == [
        ("tickPrice", "4", "168.13"),
        ("tickPrice", "37", "168.13"),
        ("tickGeneric", "54", "4.0"),
        ("tickGeneric", "55", "3.0"),
        ("tickGeneric", "56", "600.0"),
        ("tickPrice", "4", "168.12"),
        ("tickPrice", "37", "168.12"),
        ("tickGeneric", "54", "5.0"),
        ("tickGeneric", "55", "4.0"),
        ("tickGeneric", "56", "650.0"),
    ]


def test_trades_are_counted_of_the_day_and_of_the_last_minute(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *MORNING)
    client = bench.client()
    assert asked(client, "293,294,295") == [("tickGeneric", "54", "3.0"), ("tickGeneric", "55", "2.0"), ("tickGeneric", "56", "300.0")]
    client.say(lambda it: it.cancelMktData(6))
    bench.pass_seconds(120)
    told = values(client.heard())
    assert [number for _, tick, number in told if tick == "55"][-1] == "0.0"
    assert [number for _, tick, number in told if tick == "54"][-1] == "5.0"


@pytest.mark.parametrize(
    ("venue", "told"),
    [
        (Venue(), (3, PLENTY)),
        (Venue(shares_to_borrow={SPY: 5_000}), (3, 5_000)),
        (Venue(shares_to_borrow={SPY: 999}), (2, 999)),
        (Venue(shares_to_borrow={SPY: 0}), (1, 0)),
        (Venue(locate_seconds={SPY: 60}), (2, PLENTY)),
    ],
)
def test_how_hard_it_is_to_sell_short_follows_from_the_shares_to_borrow(venue: Venue, told: tuple[int, int]) -> None:
    assert [(kind, int(value)) for kind, value in borrowing(exchange(venue=venue), SPY)] == [(46, told[0]), (89, told[1])]


def test_what_is_short_already_is_not_to_be_borrowed_again() -> None:
    bench = exchange(*MORNING, venue=Venue(shares_to_borrow={SPY: 1_050}))
    bench.submit(ticket(1, SELL, 100))
    assert [int(value) for _, value in borrowing(bench, SPY)] == [2, 950]


def test_shares_to_borrow_are_a_number_and_a_size(tmp_path: Path) -> None:
    assert asked(Bench(tmp_path, *MORNING).client(), "236") == [("tickGeneric", "46", "3.0"), ("tickSize", "89", str(PLENTY))]


def test_the_extremes_of_weeks_and_the_average_volume_are_those_of_sessions() -> None:
    days = {date(2012, 12, 3): "150.00", date(2013, 5, 6): "190.00", date(2013, 8, 5): "155.00", date(2013, 10, 4): "167.00", DAY: "168.00"}
    prints = [TradePrint(SPY, Decimal(price), 100 * number, at("10:00:00", day)) for number, (day, price) in enumerate(days.items(), start=1)]
    market = ScriptedMarket((SPY,), DAY, prints)
    market.events_until(at("11:00:00"))
    told = {kind: str(value) for kind, value in statistics(market, SPY, at("11:00:00"))}
    assert told == {15: "155.00", 16: "168.00", 17: "155.00", 18: "190.00", 19: "150.00", 20: "190.00", 21: "400"}
    assert list(statistics(ScriptedMarket((SPY,), DAY, ()), SPY, at("11:00:00"))) == []


def test_statistics_are_prices_and_a_size_and_told_once(tmp_path: Path) -> None:
    before = TradePrint(SPY, Decimal("167.25"), 700, at("15:59:00", date(2013, 10, 4)))
    bench = Bench(tmp_path, before, *MORNING)
    client = bench.client()
    told = asked(client, "165")
    assert [(name, tick) for name, tick, _ in told] == [*(("tickPrice", str(tick)) for tick in range(15, 21)), ("tickSize", "21")]
    assert [value for _, _, value in told[:2]] == ["167.25", "168.11"]
    bench.pass_seconds(3)
    assert not {tick for _, tick, _ in values(client.heard())} & {"15", "21"}


def test_the_numbers_end_with_their_line(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *MORNING)
    client, other = bench.client(7), bench.client(8)
    for one in (client, other):
        asked(one, "221")
    client.say(lambda it: it.cancelMktData(5))
    bench.gateway.dismiss(other.connection)
    assert bench.gateway.lines.generic.lines == {}
    bench.pass_seconds(3)
    assert "37" not in {tick for _, tick, _ in values(client.heard())}
