"""What hostile clients send: the real library's requests, whole, and bent in the ways in which bytes and fields can be bent.

Every mutation is a function of bytes and a source of chance, so a failing example is told by its numbers alone. The same mutations feed the short
fuzz of every test run, the long one, and the scripts that must give the same log twice.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from random import Random

from ib_insync.client import Client
from ib_insync.contract import Contract, Stock
from ib_insync.objects import ExecutionFilter
from ib_insync.order import LimitOrder, MarketOrder, Order, StopOrder

from robo_trader.simulated_gateway.frames import FrameReader, decode
from tests.support.real_client import sent

SPY, IBM = Stock("SPY", "SMART", "USD"), Stock("IBM", "SMART", "USD")
NUMBERS = (
    *("0", "-1", "-0", "1", "00000", "1.5", "-1.5", "99999999", "1e15", "1e30", "1e308", "-1e308", "1e-308", "1e999", "-1e999", "NaN", "nan"),
    *("Infinity", "-Infinity", "Infinite", "1.7976931348623157E308", "2147483647", "2147483648", "-2147483648", "-2147483649"),
    *("9223372036854775807", "0x10", "1_000", "\uff11\uff12"),
)
WORDS = ["True", "False", "None", "BUY", "STP", "LMT", "SMART", "BAG", "DAY", "x"]
JUNK = (
    *("", *NUMBERS, *WORDS, "9" * 40, "9" * 5000, "x" * 3000, "\n", "\\u0000", "'; --", "\U0001f4a5"),
    *(
        "00010101 00:00:00",
        "99991231-23:59:59",
        "86400 W",
        "400 D",
        "86400 S",
        "1 secs",
        "1 day",
        "20260302 10:00:00 US/Eastern",
        "20261302-25:61:61",
        "99999999 00:00:00 ../etc",
    ),
)
_PREFIX = 4


def _order(order: Order, **facts: object) -> Order:
    order.tif = "DAY"
    for name, value in facts.items():
        setattr(order, name, value)
    return order


CALLS: tuple[Callable[[Client], object], ...] = (
    lambda c: c.reqCurrentTime(),
    lambda c: c.reqIds(1),
    lambda c: c.reqManagedAccts(),
    lambda c: c.placeOrder(1, SPY, _order(MarketOrder("BUY", 100))),
    lambda c: c.placeOrder(2, SPY, _order(LimitOrder("BUY", 100, 160.0), orderRef="rt:t:1:a")),
    lambda c: c.placeOrder(2, SPY, _order(LimitOrder("BUY", 50, 161.0))),
    lambda c: c.placeOrder(3, IBM, _order(StopOrder("SELL", 10, 150.0), ocaGroup="g", ocaType=3)),
    lambda c: c.placeOrder(4, IBM, _order(LimitOrder("SELL", 10, 250.0), ocaGroup="g", ocaType=3)),
    lambda c: c.placeOrder(5, SPY, _order(LimitOrder("BUY", 10, 168.0), whatIf=True)),
    lambda c: c.cancelOrder(2, ""),
    lambda c: c.cancelOrder(77, ""),
    lambda c: c.reqGlobalCancel(),
    lambda c: c.reqOpenOrders(),
    lambda c: c.reqAllOpenOrders(),
    lambda c: c.reqAutoOpenOrders(True),
    lambda c: c.reqCompletedOrders(False),
    lambda c: c.reqExecutions(20, ExecutionFilter()),
    lambda c: c.reqPositions(),
    lambda c: c.cancelPositions(),
    lambda c: c.reqAccountUpdates(True, ""),
    lambda c: c.reqAccountSummary(21, "All", "NetLiquidation,$LEDGER"),
    lambda c: c.cancelAccountSummary(21),
    lambda c: c.reqAccountUpdatesMulti(22, "", "", True),
    lambda c: c.reqMktData(23, SPY, "", False, False, []),
    lambda c: c.reqMktData(24, IBM, "233", True, False, []),
    lambda c: c.cancelMktData(23),
    lambda c: c.reqRealTimeBars(25, SPY, 5, "TRADES", True, []),
    lambda c: c.cancelRealTimeBars(25),
    lambda c: c.reqHistoricalData(26, SPY, "", "60 S", "5 secs", "TRADES", 1, 1, False, []),
    lambda c: c.reqHistoricalData(27, SPY, "20131007 09:31:00 US/Eastern", "1 D", "1 min", "TRADES", 0, 2, False, []),
    lambda c: c.cancelHistoricalData(26),
    lambda c: c.reqContractDetails(28, SPY),
    lambda c: c.reqContractDetails(29, Contract(conId=5)),
    lambda c: c.reqMktDepth(30, SPY, 5, False, []),
    lambda c: c.reqTickByTickData(31, SPY, "Last", 0, False),
    lambda c: c.reqHeadTimeStamp(32, SPY, "TRADES", 1, 1),
    lambda c: c.reqMatchingSymbols(33, "SP"),
    lambda c: c.reqPnL(34, "DU1000001", ""),
    lambda c: c.reqScannerParameters(),
    lambda c: c.startApi(),
)


@cache
def frames() -> tuple[bytes, ...]:
    """The real library's frame for each of the calls."""
    return tuple(sent(call) for call in CALLS)


def framed(payload: bytes) -> bytes:
    return len(payload).to_bytes(_PREFIX, "big") + payload


def bad_field(frame: bytes, chance: Random) -> bytes:
    """One field is junk."""
    fields = list(decode(FrameReader().feed(frame)[0]))
    fields[chance.randrange(len(fields))] = chance.choice(JUNK)
    return framed("".join(f"{field}\0" for field in fields).encode())


def field_more_or_less(frame: bytes, chance: Random) -> bytes:
    """A field is missing, or there is one too many."""
    fields = list(decode(FrameReader().feed(frame)[0]))
    at = chance.randrange(len(fields))
    if chance.random() < 1 / 2:
        fields.insert(at, chance.choice(JUNK))
    else:
        del fields[at]
    return framed("".join(f"{field}\0" for field in fields).encode())


def flipped(frame: bytes, chance: Random) -> bytes:
    """Some bits of the payload are another."""
    data = bytearray(frame)
    for _ in range(chance.randint(1, 8)):
        data[chance.randrange(_PREFIX, len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def wrong_length(frame: bytes, chance: Random) -> bytes:
    """The length is not the payload's."""
    size = chance.choice((0, 1, len(frame) - _PREFIX - 1, len(frame) - _PREFIX + 1, 2**16, 2**20, 2**20 + 1, 2**31 - 1, 2**32 - 1))
    return size.to_bytes(_PREFIX, "big") + frame[_PREFIX:]


def cut_short(frame: bytes, chance: Random) -> bytes:
    """The end never comes."""
    return frame[: chance.randrange(len(frame))]


def noise(_frame: bytes, chance: Random) -> bytes:
    """Bytes."""
    return chance.randbytes(chance.randint(1, 400))


def framed_noise(_frame: bytes, chance: Random) -> bytes:
    """A frame of bytes."""
    return framed(chance.randbytes(chance.randint(0, 400)))


def as_it_is(frame: bytes, _chance: Random) -> bytes:
    return frame


MUTATIONS = (as_it_is, bad_field, bad_field, bad_field, field_more_or_less, flipped, wrong_length, cut_short, noise, framed_noise)


def hostile(which: int, how: int, seed: int) -> bytes:
    """One frame by three numbers: which request, bent how, by which line of chance."""
    return MUTATIONS[how % len(MUTATIONS)](frames()[which % len(CALLS)], Random(seed))
