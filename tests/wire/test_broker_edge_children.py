"""The orders of one decision, counted by the link from what a gateway says over TCP."""

import asyncio
from dataclasses import replace

from robo_trader.desk.effects import Cancel
from robo_trader.edge.children import Children
from robo_trader.orders.evidence import BrokerStatus
from robo_trader.orders.order import OrderType
from tests.wire.test_broker_edge import connected, gateway, order

FAR_BELOW = 100


def child(number, quantity, **changes):
    return replace(order(number, quantity=quantity), parent="s/SPY/1", parent_quantity=100, **changes)


async def test_a_child_that_rests_takes_its_share_until_the_gateway_says_that_it_is_over(tmp_path):
    async with gateway(tmp_path) as (port, _), connected(port) as trader:
        first, number = child(trader.next_id, 70, order_type=OrderType.LIMIT, price=FAR_BELOW), trader.next_id + 1
        assert trader.link.place(first) is None
        await trader.status(first.order_id, BrokerStatus.SUBMITTED)
        assert trader.link.place(child(number, 40)) == "the orders of s/SPY/1 would come to 110 of 100 shares"
        assert trader.link.cancel(Cancel(first.intent, first.order_id)) is None
        await trader.status(first.order_id, BrokerStatus.CANCELLED)
        second = child(number, 60)
        assert trader.link.place(second) is None
        await trader.status(number, BrokerStatus.FILLED)
        assert trader.link.place(child(number + 1, 41)) == "the orders of s/SPY/1 would come to 101 of 100 shares"


async def test_an_end_that_was_not_heard_is_learnt_from_the_sweep(tmp_path):
    async with gateway(tmp_path) as (port, _), connected(port) as trader:
        first, second = child(trader.next_id, 100, order_type=OrderType.LIMIT, price=FAR_BELOW), child(trader.next_id + 1, 100)
        assert trader.link.place(first) is None
        await trader.status(first.order_id, BrokerStatus.SUBMITTED)
        assert trader.link.cancel(Cancel(first.intent, first.order_id)) is None
        await trader.status(first.order_id, BrokerStatus.CANCELLED)
        trader.line.children = Children()
        trader.line.children.sent(first, 0)  # as if its answers had been lost with a connection
        assert trader.link.place(second) == "the orders of s/SPY/1 would come to 200 of 100 shares"
        async with asyncio.timeout(10):
            await trader.link.sweep(1)
        assert trader.link.place(second) is None
