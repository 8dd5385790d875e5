"""Who hears what becomes of an order."""

from __future__ import annotations

from dataclasses import replace

from robo_trader.simulated_gateway.audience import Audience
from robo_trader.simulated_gateway.model import CommissionNote, Execution, OrderError, OrderReport
from tests.support.exchange_bench import exchange, quote, ticket


def news() -> tuple[OrderReport, Execution, CommissionNote, OrderError]:
    """Client 7's order 1, filled; and an error about it."""
    happened = exchange(quote("09:30:30", "10.00", "10.02")).submit(ticket(1))
    report, execution, note = (next(one for one in happened if isinstance(one, kind)) for kind in (OrderReport, Execution, CommissionNote))
    return report, execution, note, OrderError(7, 1, 202, "")


def test_an_order_is_its_owners_business_alone() -> None:
    assert [list(Audience().of(one)) for one in news()] == [[7]] * 4


def test_the_master_client_hears_of_orders_executions_and_commissions_once_and_of_no_errors() -> None:
    assert [list(Audience(3).of(one)) for one in news()] == [[7, 3], [7, 3], [7, 3], [7]]
    assert [list(Audience(7).of(one)) for one in news()] == [[7]] * 4


def test_who_cancels_anothers_order_hears_how_that_ends_and_nothing_else_of_it() -> None:
    report, execution, note, error = news()
    audience = Audience()
    audience.cancelled(7, 1, by_client=0)
    assert [list(audience.of(one)) for one in (report, execution, note)] == [[7]] * 3
    assert list(audience.of(replace(report, ticket=ticket(2), status="Cancelled"))) == [7]
    for status in ("PendingCancel", "Cancelled"):
        assert list(audience.of(replace(report, status=status))) == [7, 0]
    assert list(audience.of(error)) == [7, 0]
    assert list(audience.of(error)) == [7]
    assert list(audience.of(replace(report, status="Cancelled"))) == [7]


def test_who_cancels_its_own_order_is_told_once() -> None:
    audience = Audience()
    audience.cancelled(7, 1, by_client=7)
    assert list(audience.of(news()[3])) == [7]


def test_a_status_is_signed_by_who_cancelled_the_order_if_that_is_the_rule() -> None:
    report = replace(news()[0], status="Cancelled")
    for named, client in ((False, None), (True, 0)):
        audience = Audience(names_canceller=named)
        audience.cancelled(7, 1, by_client=0)
        assert audience.signed(report).told_client == client
        assert audience.signed(replace(report, status="Filled")).told_client is None
