"""Behaviour of `snapshot`, said in sentences."""

from __future__ import annotations

from tests.support.desk_bench import Bench


def test_the_snapshot_shows_what_the_desk_acts_on():
    bench = Bench().connect()
    stop = bench.enter(1)
    view = bench.desk.snapshot()
    assert (view.orders, view.stops, view.fills, view.unknown) == (1, 1, 1, 0)
    assert (view.books[0].position, view.books[0].target, view.books[0].covered) == (100, 100, 100)
    assert view.books[0].stops == (stop.price,)
    assert dict(view.net) == {"SPY": 100}
    assert view.missing_commissions == 1
