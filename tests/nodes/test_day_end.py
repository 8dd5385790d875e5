"""The end of a day that was traded for real: whose books equal whose."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from actors.day_end import Books, conclude, positions_agree
from robo_trader.edge.clock import process_ns
from robo_trader.orders.evidence import PositionSeen
from tests.nodes.test_resynchronisation import SPY, rising
from tests.nodes.world import running


async def ended(tmp_path: Path) -> Books:
    """The books of a day that ends long of 100 shares, its stop at the broker."""
    async with running(rising().write(tmp_path / "day"), tmp_path, 1) as world:
        await world.until(lambda: world.stops._cover.covered(SPY) == 100)
        return await world.books()


def stop_fills(books: Books) -> None:
    """What the exchange writes when our stop fills now: a match, and the end of the order."""
    assert books.exchange_log is not None
    lines = [json.loads(line) for line in books.exchange_log.read_text().splitlines()]
    stop = next(line for line in lines if line["k"] == "order" and line["type"] == "STP")
    entry = next(line for line in lines if line["k"] == "match")
    match = {**entry, "exec_id": "0001.01.01", "perm_id": stop["perm_id"], "ref": stop["ref"], "side": stop["side"]}
    over = {**stop, "status": "Filled", "filled": stop["total"], "remaining": 0}
    with books.exchange_log.open("a") as log:
        log.writelines(json.dumps({**told, "t": process_ns()}, separators=(",", ":")) + "\n" for told in (match, over))


@pytest.fixture
async def books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Books:
    monkeypatch.setenv("ROBO_TRADER_STATE_DIR", str(tmp_path / "state"))
    return await ended(tmp_path)


async def test_a_stop_that_fills_after_the_last_look_is_of_no_run_that_ended(books: Books):
    """Found by a stopped job on a gateway of its own: the market went on, and the end said that the books differ by what it did afterwards."""
    stop_fills(books)
    end = conclude(books, "day", "")
    assert (end["reconciled"], end["position"]) == (True, {"SPY": 100}), end["violations"]


async def test_a_fill_before_the_last_look_that_nobody_told_us_of_is_a_difference(books: Books):
    stop_fills(books)
    end = conclude(replace(books, look=replace(books.look, at_ns=process_ns())), "day", "")
    assert not end["reconciled"] and "position SPY: ours 100, exchange log 0" in end["violations"]


async def test_positions_agree_only_if_every_symbol_s_do(books: Books):
    sweep = books.look.sweep
    assert positions_agree(books.snapshot, sweep)
    assert not positions_agree(books.snapshot, replace(sweep, positions=()))
    assert not positions_agree(books.snapshot, replace(sweep, positions=(*(sweep.positions or ()), PositionSeen(SPY, 99))))
    assert not positions_agree(books.snapshot, replace(sweep, positions=None)), "unknown is not equal"
