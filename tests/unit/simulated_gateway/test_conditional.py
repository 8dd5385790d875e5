"""Orders that wait for their conditions, or are cancelled by them."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from robo_trader.simulated_gateway import conditional
from robo_trader.simulated_gateway.conditions import Condition
from robo_trader.simulated_gateway.exchange import Exchange
from robo_trader.simulated_gateway.expiry import is_early
from robo_trader.simulated_gateway.market_generated import GeneratedMarket
from robo_trader.simulated_gateway.model import Happening, Ticket
from robo_trader.values import Symbol
from tests.support.exchange_bench import IBM, SELL, SPY, at, exchange, exchange_on, later, quote, ticket, told, trade

EVENTS = (
    quote("09:30:30", "168.10", "168.12"),
    trade("09:30:40", "168.11"),
    quote("09:30:41", "180.00", "180.10", symbol=IBM),
    trade("09:31:10", "180.05", symbol=IBM),
    trade("09:31:20", "180.55", symbol=IBM),
    trade("09:31:40", "168.60"),
    trade("16:00:10", "181.00", symbol=IBM),
)


def ibm_at(price: str, *, more: bool = True, joined: str = "a") -> Condition:
    return Condition(1, joined, is_more=more, price=Decimal(price), con_id=8314)


def from_time(wall: str, day: date = date(2013, 10, 7), *, joined: str = "a") -> Condition:
    return Condition(3, joined, is_more=True, at=at(wall, day))


def placed(*conditions: Condition, **more: Any) -> tuple[Exchange, list[str]]:
    it = exchange(*EVENTS, now=more.pop("now", "09:31:00"))
    return it, told(it.submit(ticket(1, conditions=conditions, **more)))


def words(happened: list[Happening]) -> list[str]:
    return [word for word in told(happened) if word.startswith("1 ")]


def test_an_order_waits_for_the_price_of_another_contract() -> None:
    it, heard = placed(ibm_at("180.50"))
    assert heard == ["1 PreSubmitted 0/100"]
    assert told(it.advance(at("09:31:19"))) == []
    assert words(it.advance(at("09:31:20")))[:2] == ["1 PreSubmitted 0/100", "1 exec 100 @ 168.12"]


def test_an_order_waits_for_a_time() -> None:
    it, _ = placed(from_time("09:31:30.5"))
    assert told(it.advance(at("09:31:30"))) == []
    assert words(it.advance(at("09:31:31")))[:2] == ["1 PreSubmitted 0/100", "1 exec 100 @ 168.12"]


def test_what_was_met_when_it_came_is_carried_out_at_once() -> None:
    assert placed(ibm_at("180.00"), now="09:31:15")[1][:2] == ["1 PreSubmitted 0/100", "1 exec 100 @ 168.12"]


def test_conditions_that_cannot_be_judged_hold_an_order_for_ever_unless_another_suffices() -> None:
    it, _ = placed(Condition(4, "a", is_more=True, percent=1))
    assert words(it.advance(at("15:59:59"))) == []
    assert words(it.advance(at("16:00:00"))) == ["1 Cancelled 0/100", "1 error 202"]
    it, _ = placed(Condition(4, "o", is_more=True, percent=1), from_time("09:31:30"))
    assert "1 exec 100 @ 168.12" in words(it.advance(at("09:31:30")))


def test_a_stop_waits_for_its_trigger_after_its_conditions() -> None:
    it, _ = placed(from_time("09:31:30"), stop="168.50")
    assert words(it.advance(at("09:31:30"))) == ["1 PreSubmitted 0/100 trigger"]
    assert "1 exec 100 @ 168.12" in words(it.advance(at("09:31:40")))


def test_a_trailing_stop_begins_when_its_conditions_are_met() -> None:
    it, _ = placed(from_time("09:31:50"), side=SELL, kind="TRAIL", trail_amount=Decimal("0.50"))
    it.advance(at("09:31:50"))
    assert it.open_orders()[0].stop_now == Decimal("168.10")


def test_conditions_may_cancel_an_order_that_works() -> None:
    it, heard = placed(ibm_at("180.50"), limit="160.00", conditions_cancel=True)
    assert heard == ["1 PreSubmitted 0/100", "1 Submitted 0/100"]
    assert words(it.advance(at("09:31:20"))) == ["1 Cancelled 0/100", "1 error 202"]


def test_a_held_order_can_be_cancelled_changed_and_freed_of_its_conditions() -> None:
    it, _ = placed(ibm_at("999.00"))
    assert told(it.submit(ticket(1, conditions=(ibm_at("180.50"),)))) == ["1 PreSubmitted 0/100"]
    assert "1 exec 100 @ 168.12" in words(it.advance(at("09:31:20")))
    it, _ = placed(ibm_at("999.00"))
    assert "1 exec 100 @ 168.12" in told(it.submit(ticket(1)))
    it, _ = placed(ibm_at("999.00"))
    assert told(it.cancel(7, 1, 7)) == ["1 Cancelled 0/100", "1 error 202"]
    assert words(it.advance(at("09:31:20"))) == []


def test_an_order_that_works_takes_no_other_conditions() -> None:
    it, _ = placed(ibm_at("180.00"), limit="160.00", now="09:31:15")
    assert told(it.submit(ticket(1, limit="160.00", conditions=(ibm_at("999.00"),)))) == ["1 error 105"]


@pytest.mark.parametrize(("ignores", "heard"), [(True, ["1 error 399", "1 PreSubmitted 0/100"]), (False, [])])
def test_outside_regular_hours_nothing_is_met_unless_the_order_ignores_them(ignores: bool, heard: list[str]) -> None:
    it, _ = placed(ibm_at("181.00"), tif="GTC", conditions_ignore_rth=ignores)
    assert words(it.advance(at("16:00:30"))) == heard


def test_what_came_true_over_night_is_met_at_the_open() -> None:
    market = GeneratedMarket((Symbol("SPY"),), 3, date(2026, 3, 2), days=2)
    it = exchange_on(market, market.start)
    it.submit(ticket(1, tif="GTC", conditions=(from_time("03:00:00", date(2026, 3, 3)),)))
    assert words(it.advance(at("09:29:59", date(2026, 3, 3)))) == []
    assert "1 Filled 100/0" in words(it.advance(at("09:31:00", date(2026, 3, 3))))


def test_a_restored_exchange_watches_on() -> None:
    it, _ = placed(ibm_at("180.50"))
    other = exchange(*EVENTS, now="09:31:00")
    other.restore(json.loads(json.dumps(it.state())))
    assert "1 exec 100 @ 168.12" in words(other.advance(at("09:31:20")))


def test_a_child_waits_for_its_parent_and_then_for_its_conditions() -> None:
    it = exchange(*EVENTS)
    it.submit(ticket(1, transmit=False, limit="160.00"))
    it.submit(ticket(2, SELL, limit="170.00", parent_id=1, conditions=(ibm_at("180.50"),)))
    it.submit(ticket(1, limit="169.00"))
    assert [report.why_held for report in it.open_orders()] == [""]
    assert it.open_orders()[0].status == "PreSubmitted"
    assert told(it.advance(later(at("09:31:20"), 1)))[0] == "2 PreSubmitted 0/100"
    assert it.open_orders()[0].status == "Submitted"


def test_spy_itself_may_be_what_is_watched() -> None:
    it, _ = placed(Condition(1, "a", is_more=True, price=Decimal("168.60"), con_id=756733), symbol=SPY)
    assert "1 exec 100 @ 168.12" in words(it.advance(at("09:31:40")))


def test_what_came_true_before_the_open_is_met_at_it_though_nothing_trades() -> None:
    it = exchange(quote("09:30:30", "168.10", "168.12"), now="09:00:00")
    it.submit(ticket(1, conditions=(from_time("09:10:00"),)))
    assert words(it.advance(at("09:29:59"))) == []
    assert words(it.advance(at("09:30:00"))) == ["1 PreSubmitted 0/100", "1 Submitted 0/100"]


GOOD_AFTER = {"good_after_text": "20131007-13:31:30"}


def test_an_order_does_nothing_before_the_time_that_it_is_good_after() -> None:
    it, heard = placed(good_after=at("09:31:30"), **GOOD_AFTER)
    assert heard == ["1 PreSubmitted 0/100"]
    assert told(it.advance(at("09:31:29"))) == []
    assert words(it.advance(at("09:31:30")))[:2] == ["1 PreSubmitted 0/100", "1 exec 100 @ 168.12"]


def test_an_order_that_is_good_after_a_time_that_has_passed_is_carried_out_at_once() -> None:
    assert placed(good_after=at("09:30:00"), **GOOD_AFTER)[1][:2] == ["1 PreSubmitted 0/100", "1 exec 100 @ 168.12"]


def test_conditions_that_are_met_before_the_time_do_not_start_an_order_and_those_that_are_not_hold_it_on() -> None:
    it, _ = placed(ibm_at("180.00"), good_after=at("09:31:30"), **GOOD_AFTER)
    assert words(it.advance(at("09:31:29"))) == []
    assert "1 exec 100 @ 168.12" in words(it.advance(at("09:31:30")))
    it, _ = placed(ibm_at("180.50"), good_after=at("09:31:15"), **GOOD_AFTER)
    assert words(it.advance(at("09:31:19"))) == []
    assert "1 exec 100 @ 168.12" in words(it.advance(at("09:31:20")))


def test_conditions_may_cancel_an_order_before_its_time_and_after_it() -> None:
    it, _ = placed(ibm_at("180.50"), limit="160.00", conditions_cancel=True, good_after=at("09:40:00"), **GOOD_AFTER)
    assert words(it.advance(at("09:31:20"))) == ["1 Cancelled 0/100", "1 error 202"]
    it, heard = placed(ibm_at("180.50"), limit="160.00", conditions_cancel=True, good_after=at("09:31:15"), **GOOD_AFTER)
    assert heard == ["1 PreSubmitted 0/100"]
    assert words(it.advance(at("09:31:15"))) == ["1 PreSubmitted 0/100", "1 Submitted 0/100"]
    assert words(it.advance(at("09:31:20"))) == ["1 Cancelled 0/100", "1 error 202"]


def test_the_time_may_be_changed_while_the_order_waits_for_it_and_not_afterwards() -> None:
    it, _ = placed(limit="160.00", good_after=at("09:40:00"), **GOOD_AFTER)
    assert told(it.submit(ticket(1, limit="160.00", good_after=at("09:31:30"), **GOOD_AFTER))) == ["1 PreSubmitted 0/100"]
    assert words(it.advance(at("09:31:30"))) == ["1 PreSubmitted 0/100", "1 Submitted 0/100"]
    assert told(it.submit(ticket(1, limit="161.00", good_after=at("09:31:30"), **GOOD_AFTER))) == ["1 Submitted 0/100"]
    assert told(it.submit(ticket(1, limit="161.00", good_after=at("09:40:00"), **GOOD_AFTER))) == ["1 error 105"]
    it, _ = placed(good_after=at("09:40:00"), **GOOD_AFTER)
    assert "1 exec 100 @ 168.12" in told(it.submit(ticket(1)))


def test_a_child_waits_for_its_parent_and_then_for_its_time() -> None:
    it = exchange(*EVENTS)
    it.submit(ticket(1, transmit=False))
    it.submit(ticket(2, SELL, limit="170.00", parent_id=1, good_after=at("09:31:30"), **GOOD_AFTER))
    assert [(report.ticket.order_id, report.status, report.why_held) for report in it.open_orders()] == [(2, "PreSubmitted", "")]
    assert told(it.advance(at("09:31:30"))) == ["2 PreSubmitted 0/100", "2 Submitted 0/100"]


@pytest.mark.parametrize(("outside_rth", "end"), [(False, "16:00:00"), (True, "20:00:00")])
def test_a_day_order_outlives_the_days_before_its_time_and_ends_with_its_own(outside_rth: bool, end: str) -> None:
    market = GeneratedMarket((Symbol("SPY"),), 3, date(2026, 3, 2), days=2)
    it, tuesday = exchange_on(market, market.start), date(2026, 3, 3)
    it.submit(ticket(1, limit="1.00", outside_rth=outside_rth, good_after=at("10:00:00", tuesday), **GOOD_AFTER))
    assert words(it.advance(at("09:59:59", tuesday))) == []
    assert words(it.advance(at("10:00:00", tuesday))) == ["1 PreSubmitted 0/100", "1 Submitted 0/100"]
    assert words(it.advance(later(at(end, tuesday), -1))) == []
    assert words(it.advance(at(end, tuesday)))[-2:] == ["1 Cancelled 0/100", "1 error 202"]


def test_an_order_may_be_good_after_a_time_that_no_calendar_reaches() -> None:
    it, heard = placed(limit="160.00", outside_rth=True, good_after=at("12:00:00", date(2099, 12, 31)), **GOOD_AFTER)
    assert heard == ["1 PreSubmitted 0/100"]
    assert told(it.cancel(7, 1, 7)) == ["1 Cancelled 0/100", "1 error 202"]


def test_a_restored_exchange_knows_the_time() -> None:
    it, _ = placed(good_after=at("09:31:30"), **GOOD_AFTER)
    other = exchange(*EVENTS, now="09:31:00")
    other.restore(json.loads(json.dumps(it.state())))
    assert "1 exec 100 @ 168.12" in words(other.advance(at("09:31:30")))


def test_a_waiting_order_is_on_the_agenda_once_however_often_it_is_changed() -> None:
    it, _ = placed(from_time("09:40:00"), limit="160.00", tif="GTD", good_till=at("12:00:00"), good_after=at("09:35:00"), **GOOD_AFTER)
    before = len(it.state()["agenda"]["entries"])
    for cents in range(10, 60):
        waits = {"conditions": (from_time("09:40:00"),), "tif": "GTD", "good_till": at("12:00:00"), "good_after": at("09:35:00"), **GOOD_AFTER}
        assert told(it.submit(ticket(1, limit=f"160.{cents}", **waits))) == ["1 PreSubmitted 0/100"]
    assert len(it.state()["agenda"]["entries"]) == before == 3


def test_trades_are_no_reason_to_look_at_orders_that_wait_for_their_time_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    it, _ = placed(limit="160.00", good_after=at("09:40:00"), **GOOD_AFTER)
    looked_at: list[Ticket] = []
    monkeypatch.setattr(conditional, "is_early", lambda some, now: looked_at.append(some) or is_early(some, now))
    it.advance(at("09:39:59"))
    assert looked_at == []
    assert words(it.advance(at("09:40:00"))) == ["1 PreSubmitted 0/100", "1 Submitted 0/100"]
    assert looked_at
