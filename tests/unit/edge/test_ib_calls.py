"""What we write, seen as the fields of the frames that the real library encodes."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.desk.effects import Cancel, Place
from robo_trader.edge.ib_calls import Calls, order_fields
from robo_trader.edge.ib_event_loop import loop_for_import
from robo_trader.edge.ib_requests import REQUEST_ID_FLOOR
from robo_trader.orders.order import OrderType, TimeInForce
from robo_trader.values import Instrument, Side, Symbol

with loop_for_import():
    from ib_insync import Client, Contract, ExecutionFilter, Order, Wrapper

SPY = Instrument(Symbol("SPY"), 756733, Decimal("0.01"), primary_exchange="ARCA")
STOP = Place("abc", 12, "rt:s:1:abc", SPY.symbol, Side.SELL, 100, OrderType.STOP, 16575, TimeInForce.GOOD_TILL_CANCELLED, "grp", entry=False)


class Sink:
    """Takes the place of the socket: keeps the fields of each frame."""

    def __init__(self):
        self.frames = []

    def sendMsg(self, frame):  # noqa: N802
        assert int.from_bytes(frame[:4], "big") == len(frame) - 4
        self.frames.append(frame[4:].decode().split("\0")[:-1])


@pytest.fixture
async def wire():
    """The calls over a real client at server version 176, and the frames it writes."""
    client = Client(Wrapper(None))
    client.connState, client._apiReady, client._serverVersion = Client.CONNECTED, True, 176
    client.MaxRequests = 0
    client.conn = Sink()
    client.updateReqId(1500)
    return Calls(client, contract=Contract, order=Order, execution_filter=ExecutionFilter), client.conn.frames


async def test_a_stop_is_one_frame_with_every_fact_stated(wire):
    calls, frames = wire
    calls.place(STOP, SPY, "DU1")
    (frame,) = frames
    assert len(frame) == 115
    assert frame[:5] == ["3", "12", "756733", "SPY", "STK"]
    assert frame[16:29] == ["SELL", "100", "STP", "", "165.75", "GTC", "grp", "DU1", "O", "0", "rt:s:1:abc", "1", "0"]
    assert frame[33] == "0"  # outside regular hours
    assert frame[47] == "2"  # the group reduces with block


@pytest.mark.parametrize(
    ("order_type", "price", "written"), [(OrderType.MARKET, None, ("MKT", "", "")), (OrderType.LIMIT, 16743, ("LMT", "167.43", ""))]
)
async def test_market_and_limit_orders_state_their_price_and_no_other(wire, order_type, price, written):
    calls, frames = wire
    calls.place(replace(STOP, order_type=order_type, price=price, oca_group="", time_in_force=TimeInForce.DAY), SPY, "DU1")
    assert tuple(frames[0][18:21]) == written
    assert (frames[0][21], frames[0][22], frames[0][47]) == ("DAY", "", "0")


@given(st.integers(1, 10**8), st.sampled_from([OrderType.LIMIT, OrderType.STOP]))
def test_a_price_is_written_with_exactly_the_digits_of_its_ticks(ticks, order_type):
    fields = order_fields(replace(STOP, price=ticks, order_type=order_type), SPY, "DU1")
    price = fields["lmtPrice" if order_type is OrderType.LIMIT else "auxPrice"]
    assert Decimal(str(price)) == SPY.money(ticks)


def test_a_limit_without_a_price_is_our_bug():
    with pytest.raises(AssertionError):
        order_fields(replace(STOP, order_type=OrderType.LIMIT, price=None), SPY, "DU1")


async def test_a_cancel_names_the_order_and_no_manual_time(wire):
    calls, frames = wire
    calls.cancel(Cancel("abc", 12))
    assert frames == [["4", "1", "12", ""]]


async def test_the_questions_of_a_sweep_ask_for_everything_of_all_clients(wire):
    calls, frames = wire
    calls.open_orders()
    calls.completed_orders()
    calls.executions(calls.request_id())
    calls.positions()
    assert frames == [["16", "1"], ["99", "0"], ["7", "3", str(REQUEST_ID_FLOOR), "0", "", "", "", "", "", ""], ["61", "1"]]


async def test_market_data_is_asked_for_by_contract_id_in_regular_hours(wire):
    calls, frames = wire
    calls.subscribe_quotes(1, SPY)
    calls.subscribe_bars(2, SPY)
    calls.minute_bars(3, SPY, 2)
    quotes, bars, history = frames
    assert quotes[:6] == ["1", "11", "1", "756733", "SPY", "STK"]
    assert quotes[10:13] == ["SMART", "ARCA", "USD"]
    assert (bars[:3], bars[15:18]) == (["50", "3", "2"], ["5", "TRADES", "1"])
    assert history[14:] == ["0", "", "1 min", "2 D", "1", "TRADES", "2", "0", ""]


async def test_details_account_and_time_are_asked_for(wire):
    calls, frames = wire
    calls.contract_details(9, Symbol("IBM"))
    calls.account_updates("DU1")
    calls.current_time()
    calls.cancel_history(9)
    assert frames[0][:6] == ["9", "8", "9", "0", "IBM", "STK"]
    assert frames[1:] == [["6", "2", "1", "DU1"], ["49", "1"], ["25", "1", "9"]]
