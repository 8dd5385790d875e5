"""A disk that fills up in the middle of a position: no entry, every exit, and a next life that knows what the last one sent."""

from __future__ import annotations

import json
import os
import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from robo_trader.desk.events import Event
from robo_trader.desk.news import Connected
from robo_trader.edge.fence import Fence
from robo_trader.edge.fence_record import FILE_SIZE
from robo_trader.edge.journal_store import Journal
from robo_trader.edge.reserve_merge import merge
from robo_trader.edge.reserve_record import decode, encode
from robo_trader.orders.events import Intended
from robo_trader.orders.evidence import BrokerStatus
from robo_trader.orders.order import OrderType, Purpose, Stage
from tests.support.days import DATE, Day, path
from tests.support.desk_bench import Bench, settings
from tests.support.running import Product, held

SYSTEM = "full"
HILLS = ((0, 16_000), (12, 16_060), (24, 16_000), (44, 16_080), (210, 15_700))
"""Long, short, long again, and after minute 44 the long position must go."""


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_full_disk_stops_entries_and_keeps_exits_and_the_next_start_knows_them(product: Product, tmp_path: Path):
    root = Day(path(*HILLS), seconds=210 * 60).write(tmp_path / "day")
    arguments = ("run", "--system", SYSTEM, "--replay", str(root), "--symbols", "SPY", "--date", DATE, "--fast", "3", "--slow", "9")
    trader = product.start(*arguments, "--quantity", "100", "--speed", "120", "--json")
    written = product.state / SYSTEM / "journal.sqlite-wal"
    product.wait_for(SYSTEM, lambda s: held(s) == 100 == s["books"][0]["covered"] and written.stat().st_size >= FILE_SIZE)
    resource.prlimit(trader.pid, resource.RLIMIT_FSIZE, (FILE_SIZE, resource.RLIM_INFINITY))  # no file grows; the fence has its size already
    status = product.wait_for(SYSTEM, lambda s: held(s) == 0 and s["books"][0]["target"] == -100)
    assert "IOERR" in status["journal"]
    bars = status["books"][0]["signal_bar_end"]
    status = product.wait_for(SYSTEM, lambda s: s["books"][0]["signal_bar_end"] > bars and s["books"][0]["working"] == 0)
    assert held(status) == 0, "an entry without a journal"
    os.kill(trader.pid, signal.SIGKILL)
    trader.communicate()

    sent = reserved(product.state / SYSTEM)
    assert Purpose.EXIT in {intended.purpose for intended in sent}
    assert not {intended.intent for intended in sent} & journaled(product.state / SYSTEM)

    again = product.start(*arguments, "--quantity", "100", "--speed", "120", "--json")
    product.wait_for(SYSTEM, lambda s: s["state"] == "trading")
    assert reserved(product.state / SYSTEM) == []
    again.send_signal(signal.SIGINT)
    out, err = again.communicate(timeout=20)
    end = json.loads(out)
    assert end["reconciled"], (end["violations"], err[-1000:])
    assert {intended.intent for intended in sent} <= journaled(product.state / SYSTEM)
    assert end["verify"]["orders_per_intent_max"] <= 1
    assert end["verify"]["symbols"]["SPY"]["crossing"] == 0
    assert end["verify"]["symbols"]["SPY"]["largest_ours"] <= 100


def reserved(directory: Path) -> list[Intended]:
    """What the system's reserve holds."""
    fence = Fence.open(directory / "fence", create=False)
    try:
        return [decode(record) for record in fence.reserved()]
    finally:
        fence.close()


def journaled(directory: Path) -> set[str]:
    """Intents in the system's journal."""
    journal = Journal.open(directory / "journal.sqlite", create=False, read_only=True)
    try:
        return {event.intent for _, event in journal.read() if isinstance(event, Intended)}
    finally:
        journal.close()


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal.open(tmp_path / "journal.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def fence(tmp_path: Path) -> Iterator[Fence]:
    opened = Fence.open(tmp_path / "fence", create=True)
    yield opened
    opened.close()


def last_intent(events: list[Event]) -> Intended:
    return [event for event in events if isinstance(event, Intended)][-1]


@pytest.mark.parametrize("fate", ["works", "is filled", "never arrived"])
def test_whatever_became_of_an_exit_on_the_reserve_the_position_is_exited_once(journal: Journal, fence: Fence, fate: str):
    first = Bench().connect()
    stop = first.enter()
    journal.append(first.journal, epoch=1, at_ns=1)
    first.signal(0)
    sent = first.last(OrderType.MARKET)
    record = encode(last_intent(first.journal))  # the journal fails now; the process dies before it hears of the exit
    assert record is not None
    assert fence.reserve(record)

    assert merge(fence, journal, 2, 2) == 1
    second = Bench(settings(epoch=2), [event for _, event in journal.read()])
    second.market, second.process = first.market, first.process + 60 * 10**9
    second.executions = first.executions
    assert second.desk.state.orders.by_intent[sent.intent].stage is Stage.INTENDED
    second.feed(Connected("DU1", 1))
    stop_works = second.open_order(stop, BrokerStatus.PRE_SUBMITTED)
    if fate == "works":
        second.sweep(position=100, open_orders=(stop_works, second.open_order(sent)))
        assert second.desk.state.orders.by_intent[sent.intent].stage is Stage.WORKING
    elif fate == "is filled":
        second.execution(sent, 100)
        second.sweep(position=0, completed=(second.open_order(sent, BrokerStatus.FILLED, 100),), open_orders=())
        assert second.position == 0
    else:
        second.sweep(position=100, open_orders=(stop_works,))
        second.wait(11)
        second.sweep(position=100, open_orders=(stop_works,))
        assert second.desk.state.orders.by_intent[sent.intent].stage is Stage.NEVER_SENT
        second.wait(2)
    second.signal(0)
    exits = [place for place in second.sent if place.order_type is OrderType.MARKET]
    assert len(exits) == (1 if fate == "never arrived" else 0)
    assert all(place.intent != sent.intent and place.oca_group == stop.oca_group for place in exits)
    assert second.position == (0 if fate == "is filled" else 100)
