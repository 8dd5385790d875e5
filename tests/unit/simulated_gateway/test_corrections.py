"""Executions that are corrected afterwards, as clients hear of them, and as an independent reading of the log judges them."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ib_insync.client import Client
from ib_insync.contract import Stock
from ib_insync.objects import ExecutionFilter
from ib_insync.order import MarketOrder

from robo_trader.errors import DataError
from robo_trader.simulated_gateway.verify import Report, verify
from tests.support.exchange_bench import IBM, SPY, exchange, executions, quote, ticket, told
from tests.support.gateway_bench import Bench, names

EVENTS = (quote("09:30:30", "168.10", "168.12", 500, 500), quote("09:30:31", "180.00", "180.02", 500, 500, IBM))


def order(order_id: int, side: str, shares: int = 100) -> Any:
    made = MarketOrder(side, shares, tif="DAY", orderRef=f"rt:t:1:i{order_id}")

    def placed(client: Client) -> None:
        client.placeOrder(order_id, Stock("SPY", "SMART", "USD"), made)

    return placed


def judged(it: Bench) -> Report:
    it.log.close()
    return verify(it.log.path.read_text().splitlines())


def test_a_correction_is_the_next_version_of_its_execution_with_its_commission_and_the_position() -> None:
    it = exchange(*EVENTS)
    made = executions(it.submit(ticket(1)))[0]
    happened = it.correct(made.exec_id, quantity=100, price=Decimal("168.02"))
    assert told(happened) == ["1 exec 100 @ 168.02", "fee 1.00", "position 100"]
    assert [executed.exec_id for executed in it.executions()] == [f"{made.exec_id.removesuffix('.01')}.02"]
    assert it.account.report(SPY).average_cost == Decimal("168.03")
    assert executions(it.correct(f"{made.exec_id.removesuffix('.01')}.02", quantity=100, price=Decimal(168)))[0].exec_id.endswith(".03")


def test_a_bust_leaves_the_books_as_if_it_had_never_been() -> None:
    it, clean = exchange(*EVENTS), exchange(*EVENTS)
    wrong = executions(it.submit(ticket(1)))[0]
    for one in (it, clean):
        one.submit(ticket(2, quantity=70))
    assert told(it.correct(wrong.exec_id, quantity=0, price=wrong.price)) == ["1 exec 0 @ 168.12", "fee 0", "position 70"]
    assert it.account.positions() == clean.account.positions()
    assert (it.account.cash, it.account.realised, it.account.commissions) == (
        clean.account.cash,
        clean.account.realised,
        clean.account.commissions,
    )


def test_what_was_closed_since_realises_what_the_corrected_price_makes_of_it() -> None:
    it = exchange(*EVENTS)
    bought = executions(it.submit(ticket(1)))[0]
    sold = executions(it.submit(ticket(2, side=ticket(1).side.opposite)))[0]
    before = it.account.realised
    it.correct(bought.exec_id, quantity=100, price=bought.price - 1)
    assert it.account.realised == before + 100
    it.correct(sold.exec_id, quantity=100, price=sold.price + 1)
    assert it.account.realised == before + 200
    assert it.account.positions() == []


def test_what_does_not_count_cannot_be_corrected() -> None:
    it = exchange(*EVENTS)
    made = executions(it.submit(ticket(1)))[0]
    it.correct(made.exec_id, quantity=100, price=Decimal(168))
    with pytest.raises(DataError, match="is not known"):
        it.correct(made.exec_id, quantity=100, price=Decimal(167))


def test_a_restored_exchange_corrects_what_it_did_before() -> None:
    it, other = exchange(*EVENTS), exchange(*EVENTS)
    made = executions(it.submit(ticket(1)))[0]
    other.restore(json.loads(json.dumps(it.state())))
    assert told(other.correct(made.exec_id, quantity=0, price=made.price)) == ["1 exec 0 @ 168.12", "fee 0", "position 0"]
    assert other.account.cash == other.account.initial_cash


@pytest.mark.parametrize(("terms", "average"), [({"price_off": -0.1}, "168.03"), ({"bust": True}, "0.0")])
def test_a_scripted_correction_is_told_with_its_commission_and_asked_for_is_all_there_is(tmp_path: Path, terms: dict[str, Any], average: str) -> None:
    it = Bench(tmp_path, *EVENTS, scenario=[{"fault": "correct_execution", "when": {"fill": 1}, "symbol": "SPY", **terms}])
    client = it.client()
    client.say(lambda c: c.reqPositions())
    heard = client.say(order(1, "BUY"))
    assert [names([fields])[0] for fields in heard if fields[0] in {"11", "59"}] == ["execDetails", "commissionReport"] * 2
    assert [fields[14] for fields in heard if fields[0] == "11"][1].endswith(".02")
    assert [fields[15] for fields in heard if fields[0] == "61"][-1] == average
    asked = client.say(lambda c: c.reqExecutions(5, ExecutionFilter()))
    assert [fields[14][-3:] for fields in asked if fields[0] == "11"] == [".02"]
    report = judged(it)
    assert report.clean, report.violations
    assert report.cash == f"{it.gateway.exchange.account.cash.normalize():f}"
    assert report.positions == ({} if "bust" in terms else {"SPY": 100})


def test_a_correction_of_nothing_is_only_in_the_log_and_one_of_another_symbol_leaves_this_one(tmp_path: Path) -> None:
    wanted = [{"fault": "correct_execution", "when": {"order": 1}}, {"fault": "correct_execution", "when": {"fill": 1}, "symbol": "IBM"}]
    it = Bench(tmp_path, *EVENTS, scenario=wanted)
    it.client().say(order(1, "BUY"))
    assert [line["step"] for line in it.lines() if line["k"] == "fault"] == ["begins", "begins"]
    assert [line["exec_id"][-3:] for line in it.lines() if line["k"] == "corrected"] in ([], [".02"])


def test_the_verdict_sees_a_commission_kept_for_a_bust_and_a_correction_of_what_does_not_count(tmp_path: Path) -> None:
    it = Bench(tmp_path, *EVENTS)
    it.client().say(order(1, "BUY"))
    made = next(line for line in it.lines() if line["k"] == "match")
    facts = {"qty": 0, "price": made["price"], "commission": made["commission"]}
    it.log.record("corrected", made["c"], exec_id=f"{made['exec_id'][:-2]}02", of=made["exec_id"], **facts)
    it.log.record("corrected", made["c"], exec_id=f"{made['exec_id'][:-2]}02", of=made["exec_id"], **facts)
    wrong = judged(it).violations
    assert len(wrong) == 2
    assert "1.00 was charged, 0 is due" in wrong[0] and "which does not count" in wrong[1]
