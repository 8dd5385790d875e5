"""Behaviour of `placing`, said in sentences."""

from __future__ import annotations

from robo_trader.orders.events import Intended
from robo_trader.orders.intent import intent_of
from tests.support.desk_bench import BOOK, Bench


def test_what_is_sent_is_what_is_on_record():
    bench = Bench().connect()
    bench.enter(1)
    recorded = {e.intent: e for e in bench.journal if isinstance(e, Intended)}
    for sent in bench.sent:
        row = recorded[sent.intent]
        assert (row.order_id, row.side, row.quantity, row.price, row.order_ref) == (
            sent.order_id,
            sent.side,
            sent.quantity,
            sent.price,
            sent.order_ref,
        )
        assert intent_of(sent.order_ref, "test") == sent.intent


def test_order_ids_grow_and_are_never_used_twice():
    bench = Bench().connect()
    for stance in (1, -1, 1):
        bench.enter(stance) if stance == 1 and not bench.sent else bench.signal(stance)
    ids = [p.order_id for p in bench.sent]
    assert ids == sorted(set(ids))


def test_an_entry_names_the_decision_that_it_carries_out_and_nothing_else_names_one():
    bench = Bench().connect()
    stop = bench.enter(1)
    entry = bench.sent[0]
    assert (entry.parent, entry.parent_quantity, entry.parent_used) == (f"{BOOK}/{bench.market}", 100, 0)
    bench.signal(0)
    assert {stop.parent, bench.last().parent} == {""}
