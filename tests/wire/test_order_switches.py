"""What real gateways are seen to do in more than one way, switched to the other one: in which sequence the real client library hears it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from robo_trader.simulated_gateway.sequences import LateModify, Rules
from tests.support.exchange_bench import PLAIN
from tests.wire.trader import CANCELLED, COMMISSION, FILL, Open, Trader, buy, error, filled, limit, opened, opener, pair


@pytest.fixture
def trading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """See `opener`."""
    return opener(tmp_path, monkeypatch)


def switched(**rules: Any) -> Rules:
    return replace(PLAIN, **rules)


async def test_a_refused_order_ends_cancelled(trading: Open) -> None:
    async with trading(rules=switched(rejects_end_cancelled=True)) as trader:
        assert await trader.place(buy(500_000)) == [error(201), *pair("Cancelled")]


@pytest.mark.parametrize("ends_cancelled", [False, True])
async def test_a_refused_order_is_completed_as_cancelled_by_the_system(trading: Open, ends_cancelled: bool) -> None:
    async with trading(rules=switched(rejects_end_cancelled=ends_cancelled)) as trader:
        await trader.place(buy(500_000), limit(99.0))
        await trader.cancel(trader.client.ib.openOrders()[-1])
        told: list[tuple[str, str]] = []
        trader.client.ib.wrapper.completedOrder = lambda _contract, _order, state: told.append((state.status, state.completedStatus))
        await trader.client.ib.reqCompletedOrdersAsync(False)
        (status, reason), cancelled = told
        assert (status, reason[:19]) == ("Cancelled", "Rejected by System:")
        assert reason[19:].startswith("The order would raise the gross position value")
        assert cancelled == ("Cancelled", "Cancelled by Trader")


@pytest.mark.parametrize(("answer", "heard"), [("104", [error(104)]), ("201", [error(201)]), ("silence", [])])
async def test_a_change_that_comes_too_late(trading: Open, answer: str, heard: list[Any]) -> None:
    async with trading(rules=switched(modify_of_filled=LateModify(answer))) as trader:
        order = limit(101.0)
        await trader.place(order)
        order.lmtPrice = 102.0
        assert await trader.change(order) == heard


async def test_a_cancel_of_an_unknown_order(trading: Open) -> None:
    async with trading(rules=switched(unknown_cancel_is_135=True)) as trader:
        order = limit(99.0)
        order.orderId = 4711
        assert await trader.cancel(order) == [error(135)]


async def test_a_fast_fill_without_a_status(trading: Open) -> None:
    async with trading(rules=switched(fast_fills_without_status=True)) as trader:
        assert await trader.place(buy()) == [opened("PreSubmitted"), filled(100), opened("Filled"), opened("Filled"), COMMISSION]
        assert await trader.place(limit(99.0)) == [*pair("PreSubmitted"), *pair("Submitted")]


async def test_a_first_state_of_submitted(trading: Open) -> None:
    async with trading(rules=switched(submitted_at_once=True)) as trader:
        assert await trader.place(limit(99.0)) == pair("Submitted")
        assert await trader.place(buy()) == [*pair("Submitted"), *FILL]


async def other_client(trader: Trader) -> Trader:
    return Trader(await trader.gateway.client(8, lockstep=False), trader.gateway)


async def test_any_client_may_cancel_anothers_order(trading: Open) -> None:
    async with trading(rules=switched(any_client_cancels=True)) as trader:
        other = await other_client(trader)
        order = limit(99.0)
        await trader.place(order)
        assert await other.cancel(order) == CANCELLED
        await trader.client.ib.reqCurrentTimeAsync()
        assert trader.heard[-2:] == CANCELLED
        assert await other.cancel(order) == [error(10147)]


@pytest.mark.parametrize(("named", "client_id"), [(False, 7), (True, 8)])
async def test_the_status_of_a_cancelled_order_may_carry_who_cancelled_it(trading: Open, named: bool, client_id: int) -> None:
    async with trading(rules=switched(any_client_cancels=True, status_names_canceller=named)) as trader:
        other = await other_client(trader)
        order = limit(99.0)
        await trader.place(order)
        told: list[int] = []
        trader.client.ib.wrapper.orderStatus = lambda *facts: told.append(facts[8])
        await other.cancel(order)
        await trader.client.ib.reqCurrentTimeAsync()
        assert told == [client_id]


@pytest.mark.parametrize("tells", [False, True])
async def test_a_global_cancel_may_tell_of_orders_that_were_cancelled_before(trading: Open, tells: bool) -> None:
    async with trading(rules=switched(global_cancel_tells_161=tells)) as trader:
        other = await other_client(trader)
        first, second, third = limit(99.0), limit(98.0), limit(97.0)
        await trader.place(first, second, third)
        for order in (first, second):
            await trader.cancel(order)
        await trader.place(buy())
        refused: list[tuple[int, int, str]] = []
        trader.client.ib.wrapper.error = lambda own_id, code, text, *_: refused.append((own_id, code, text))
        await other.after(other.client.ib.client.reqGlobalCancel)
        await trader.client.ib.reqCurrentTimeAsync()
        ids = [trade.order.permId for trade in trader.client.ib.trades()[:2]]
        assert other.heard == []
        assert [told[:2] for told in refused] == [(third.orderId, 202), *([(second.orderId, 161), (first.orderId, 161)] if tells else [])]
        assert [told[2].rpartition("=")[2] for told in refused[1:]] == ([str(ids[1]), str(ids[0])] if tells else [])
        assert all(text.startswith("Cancel attempted when order is not in a cancellable state.  Order permId =") for _, _, text in refused[1:])
