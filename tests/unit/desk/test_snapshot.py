"""Behaviour of `snapshot`, said in sentences."""

from __future__ import annotations

from robo_trader.desk.news import Disconnected
from robo_trader.values import Side
from tests.support.desk_bench import SPY, Bench


def test_the_snapshot_shows_what_the_desk_acts_on():
    bench = Bench().connect()
    stop = bench.enter(1)
    view = bench.desk.snapshot()
    assert (view.orders, view.stops, view.fills, view.unknown) == (1, 1, 1, 0)
    assert (view.books[0].position, view.books[0].target, view.books[0].covered) == (100, 100, 100)
    assert view.books[0].stops == (stop.price,)
    assert dict(view.net) == {"SPY": 100}
    assert view.missing_commissions == 1


def test_three_counts_of_the_shares_are_told_side_by_side():
    bench = Bench().connect()
    bench.enter(1)
    bench.foreign(Side.BUY, 30)
    bench.sweep(position=125)
    (drift,) = bench.desk.snapshot().drifts
    assert (drift.symbol, drift.ledger, drift.broker, drift.books, drift.shares) == (SPY, 130, 125, 130, 5)
    bench.feed(Disconnected("test"))
    (drift,) = bench.desk.snapshot().drifts
    assert (drift.broker, drift.shares) == (None, 0)
