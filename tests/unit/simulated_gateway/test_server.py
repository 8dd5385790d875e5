"""The parts of the server that open no socket: the world it builds, and what it refuses before it opens anything."""

from __future__ import annotations

import asyncio
import json
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from robo_trader.errors import AlreadyRunning, ConfigurationError, DataError, ProtocolError
from robo_trader.simulated_gateway import server
from robo_trader.simulated_gateway.actions import COLUMNS, parse
from robo_trader.simulated_gateway.hours import SessionHours, new_york, regular_hours
from robo_trader.simulated_gateway.persistence import StateDirectory
from robo_trader.simulated_gateway.server import Server, build_exchange
from robo_trader.simulated_gateway.settings import DEFAULT_DATE, GatewaySettings
from robo_trader.values import Instant, Symbol
from tests.support.exchange_bench import SELL, at, ticket


def settings(directory: Path, **changes: Any) -> GatewaySettings:
    return GatewaySettings(**({"port": 0, "log_path": directory / "exchange.jsonl", "seed": 3} | changes))


def test_the_clock_starts_half_a_minute_before_the_open(tmp_path: Path) -> None:
    assert build_exchange(settings(tmp_path), regular_hours).now == at("09:29:30", DEFAULT_DATE)


def test_the_clock_may_be_told_where_to_start(tmp_path: Path) -> None:
    noon = at("12:00:00", DEFAULT_DATE)
    assert build_exchange(settings(tmp_path, start=noon), regular_hours).now == noon


def test_a_start_on_another_day_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="outside"):
        build_exchange(settings(tmp_path, start=Instant(0)), regular_hours)


def test_a_day_without_a_session_or_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        build_exchange(settings(tmp_path, date=date(2026, 3, 1)), regular_hours)
    with pytest.raises(DataError):
        build_exchange(settings(tmp_path, date=date(2026, 3, 2), replay_dir=tmp_path / "absent"), regular_hours)


def test_the_account_is_the_one_in_the_settings(tmp_path: Path) -> None:
    exchange = build_exchange(settings(tmp_path, account="DU7654321"), regular_hours)
    assert exchange.account.account_id == "DU7654321"


def test_a_gateway_goes_on_where_its_state_was_saved(tmp_path: Path) -> None:
    first = Server(settings(tmp_path, state_dir=tmp_path / "state"), regular_hours)
    first.gateway.step(Instant(first.gateway.now + 10**9))
    first._leave()
    second = Server(settings(tmp_path, state_dir=tmp_path / "state"), regular_hours)
    assert second.gateway.now == first.gateway.now
    second._leave()


def test_the_state_of_another_market_is_refused(tmp_path: Path) -> None:
    Server(settings(tmp_path, state_dir=tmp_path / "state"), regular_hours)._leave()
    with pytest.raises(DataError, match="is of market"):
        Server(settings(tmp_path, state_dir=tmp_path / "state", seed=4), regular_hours)


def test_two_gateways_cannot_share_a_state(tmp_path: Path) -> None:
    first = Server(settings(tmp_path, state_dir=tmp_path / "state"), regular_hours)
    with pytest.raises(AlreadyRunning):
        Server(settings(tmp_path, state_dir=tmp_path / "state"), regular_hours)
    first._leave()


async def test_an_exception_in_the_gateways_own_code_ends_it_and_anothers_does_not(tmp_path: Path) -> None:
    it = Server(settings(tmp_path), regular_hours)
    told: list[str] = []
    loop = asyncio.get_running_loop()

    class Elder:
        default_exception_handler = staticmethod(lambda context: told.append(context["message"]))

    it._failed(Elder(), {"message": "another's", "exception": ValueError("x")})  # type: ignore[arg-type]
    assert told == ["another's"]
    assert not it._stopped.is_set()
    try:
        it.gateway.admit(None).feed(b"API\0\xff\xff\xff\xff")  # type: ignore[arg-type]
    except AttributeError as broken:
        it._failed(loop, {"message": "ours", "exception": broken})
    assert it._stopped.is_set()
    it._log.close()


async def test_what_a_gateway_did_by_halves_before_it_failed_is_not_saved(tmp_path: Path) -> None:
    first = Server(settings(tmp_path, state_dir=tmp_path / "state"), regular_hours)
    first._save()
    saved_at = first.gateway.now
    first.gateway.step(Instant(saved_at + 10**9))
    try:
        first.gateway.contract(Symbol("NOPE"))
    except AssertionError as broken:
        first._failed(asyncio.get_running_loop(), {"message": "ours", "exception": broken})
    first._leave()
    second = Server(settings(tmp_path, state_dir=tmp_path / "state"), regular_hours)
    assert second.gateway.now == saved_at
    second._leave()


def test_process_time_goes_forward() -> None:
    assert server.process_ns() <= server.process_ns()


def test_an_exception_that_was_never_raised_passed_nowhere() -> None:
    assert not server._passed_here(ProtocolError("x"))


def test_a_market_of_days_ends_after_the_last_of_them_and_actions_name_trading_days(tmp_path: Path) -> None:
    exchange = build_exchange(settings(tmp_path, date=date(2026, 3, 6), days=2), regular_hours)
    assert exchange.market.end == at("16:05:00", date(2026, 3, 9))
    with pytest.raises(ConfigurationError, match="names 2026-03-07, and there is no session"):
        build_exchange(settings(tmp_path, actions=parse([COLUMNS, "2026-03-07,SPY,split,2:1,"])), regular_hours)


def test_an_account_goes_on_in_a_market_that_follows_and_its_nights_pass_on_the_way(tmp_path: Path) -> None:
    first = build_exchange(settings(tmp_path, date=date(2026, 3, 6)), short_hours)
    first.submit(ticket(1, symbol=Symbol("SPY")))
    first.submit(ticket(2, SELL, stop="1.00", tif="GTC", symbol=Symbol("SPY")))
    first.advance(first.market.end)
    kept = json.loads(json.dumps(first.state()))
    directory = StateDirectory(tmp_path / "state")
    directory.save(kept)
    directory.close()
    actions = parse([COLUMNS, "2026-03-09,SPY,dividend,0.50,2026-03-10"])
    later = settings(tmp_path, date=date(2026, 3, 16), actions=actions, state_dir=tmp_path / "state")
    server = Server(later, short_hours)
    exchange = server.gateway.exchange
    assert exchange.now == at("09:29:30", date(2026, 3, 16))
    assert (exchange.account.position(Symbol("SPY")), [order.ticket.order_id for order in exchange.open_orders()]) == (100, [2])
    assert exchange.account.cash - Decimal(kept["account"]["cash"]) == 50
    close, opened = kept["market"]["prices"]["SPY"], exchange.mark(Symbol("SPY"))
    assert opened is not None
    assert abs(opened * 100_000 / close - 1) < Decimal("0.03")
    exchange.advance(at("09:31:00", date(2026, 3, 16)))
    again = build_exchange(later, short_hours, json.loads(json.dumps(exchange.state())))
    assert again.advance(again.market.end) == exchange.advance(exchange.market.end)


@pytest.mark.parametrize("split", ["2026-03-16", "2026-03-09"], ids=["on its first day", "before it"])
def test_a_split_on_the_way_to_a_market_that_follows_is_in_its_prices_before_anything_fills_there(tmp_path: Path, split: str) -> None:
    first = build_exchange(settings(tmp_path, date=date(2026, 3, 6)), short_hours)
    first.submit(ticket(1, symbol=Symbol("SPY")))
    first.advance(first.market.end)
    close = Decimal(first.state()["market"]["prices"]["SPY"]) / 100_000
    limit = str((close * 3 / 4).quantize(Decimal("0.01")))
    first.submit(ticket(2, limit=limit, tif="GTC", outside_rth=True, symbol=Symbol("SPY")))
    directory = StateDirectory(tmp_path / "state")
    directory.save(first.state())
    directory.close()
    later = settings(tmp_path, date=date(2026, 3, 16), actions=parse([COLUMNS, f"{split},SPY,split,2:1,"]), state_dir=tmp_path / "state")
    exchange = Server(later, short_hours).gateway.exchange
    assert (exchange.account.position(Symbol("SPY")), exchange.open_orders(), exchange.executions()) == (200, [], [])
    opened = exchange.mark(Symbol("SPY"))
    assert opened is not None
    assert abs(opened * 2 / close - 1) < Decimal("0.03")
    again = build_exchange(later, short_hours, json.loads(json.dumps(exchange.state())))
    assert again.advance(again.market.end) == exchange.advance(exchange.market.end)


def test_a_market_that_was_not_over_is_not_followed_by_another(tmp_path: Path) -> None:
    first = build_exchange(settings(tmp_path, date=date(2026, 3, 6)), short_hours)
    first.advance(at("09:31:00", date(2026, 3, 6)))
    with pytest.raises(DataError, match="saved state"):
        build_exchange(settings(tmp_path, date=date(2026, 3, 9)), short_hours, first.state())


def short_hours(day: date) -> SessionHours | None:
    return None if day.weekday() > 4 else SessionHours(new_york(day, time(9, 30)), new_york(day, time(9, 32)))
