"""An order intent in 200 bytes: what the fence's reserve keeps of a reducing order while the journal cannot keep its row.

A record is the whole `Intended` event, so that the next start knows the order as if the journal had taken it. It fits one place for the longest
legal values (system and symbol 12 bytes each, strategy 40 and halt id 36 as the fence bounds them, six digits for the numbers in slice and group:
198 in all) because it does not repeat itself: the orderRef is built from system, epoch and intent, the group's name begins with its slice's, and
the cause of a stop is its slice. There is one form for each event and one event for each form: what is read must be what would be written again.

Only `Intended` is kept. Every other event of such a time is the broker's word, or is computed from it, and the first sweep of the next life hears it
again; a cancel that was asked for shows there as an order that ended, or is asked for anew.
"""

from __future__ import annotations

import re
import struct
from typing import Final

from robo_trader.edge.fence_reserve import RECORD_BYTES_MAX
from robo_trader.errors import StateUnreadable
from robo_trader.orders.events import Intended
from robo_trader.orders.intent import order_ref
from robo_trader.orders.order import OrderType, Purpose
from robo_trader.values import BookId, Instant, Side, Symbol, Ticks

_FORMAT: Final = 1
# format, code, order id, shares, k, epoch, price, ends of the decision's and the signal's bar, instant, intent; then the six texts' lengths
_FIXED: Final = struct.Struct("<BBIIIQqqqq8s6B")
_PURPOSES: Final = (Purpose.ENTER, Purpose.EXIT, Purpose.PROTECT, Purpose.FLATTEN)  # by their numbers in the record
_SIDES: Final = (Side.BUY, Side.SELL)
_TYPES: Final = (OrderType.MARKET, OrderType.LIMIT, OrderType.STOP)
_PRICED: Final = 32
_INTENT: Final = re.compile("[0-9a-f]{16}")
_REMEDY: Final = "run `robo-trader doctor`"


def encode(event: Intended) -> bytes | None:
    """The record of `event`; None if it does not fit or would not read back the same, which no intent of the desk does."""
    try:
        record = _pack(event)
        fits = len(record) <= RECORD_BYTES_MAX and _unpack(record) == event
    except (ValueError, struct.error):
        return None
    return record if fits else None


def decode(record: bytes) -> Intended:
    """The event of a record; raises `StateUnreadable` for bytes that `encode` never wrote: they may have been an order."""
    try:
        event = _unpack(record)
        canonical = _pack(event) == record
    except (ValueError, IndexError, struct.error):
        canonical = False
    if not canonical:
        raise StateUnreadable("a reserve record of the fence holds no order intent that this program knows", _REMEDY)
    return event


def _pack(event: Intended) -> bytes:
    """The bytes; ValueError or struct.error where a field has no place in them."""
    _, system, epoch, _ = event.order_ref.split(":")
    if not _INTENT.fullmatch(event.intent):
        raise ValueError(event.intent)
    code = _PURPOSES.index(event.purpose) | _SIDES.index(event.side) << 2 | _TYPES.index(OrderType(event.order_type)) << 3
    code |= 0 if event.price is None else _PRICED
    group = event.oca_group.removeprefix(event.slice)
    cause = "" if event.cause == event.slice else event.cause
    texts = [text.encode() for text in (system, event.book.strategy, event.book.symbol, cause, event.slice, group)]
    numbers = (event.order_id, event.quantity, event.k, int(epoch), event.price or 0, event.decision_bar_end, event.signal_bar_end, event.at)
    return _FIXED.pack(_FORMAT, code, *numbers, bytes.fromhex(event.intent), *map(len, texts)) + b"".join(texts)


def _unpack(record: bytes) -> Intended:
    """The event; any ValueError, IndexError or struct.error for bytes that are none."""
    form, code, order_id, quantity, k, epoch, price, decision, signal, at, intent, *lengths = _FIXED.unpack_from(record)
    texts, start = [], _FIXED.size
    for length in lengths:
        texts.append(record[start : start + length].decode())
        start += length
    if form != _FORMAT or code >= 2 * _PRICED or start != len(record):
        raise ValueError(form)
    system, strategy, symbol, cause, slice_, group = texts
    return Intended(
        intent=intent.hex(),
        book=BookId(strategy, Symbol(symbol)),
        purpose=_PURPOSES[code & 3],
        cause=cause or slice_,
        slice=slice_,
        k=k,
        order_id=order_id,
        order_ref=order_ref(system, epoch, intent.hex()),
        side=_SIDES[code >> 2 & 1],
        quantity=quantity,
        order_type=_TYPES[code >> 3 & 3],
        price=Ticks(price) if code & _PRICED else None,
        oca_group=slice_ + group,
        decision_bar_end=Instant(decision),
        signal_bar_end=Instant(signal),
        at=Instant(at),
    )
