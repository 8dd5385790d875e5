"""Orders on their way out: each in its turn, and none lost without a word."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors.outbox import COMMANDS_MAX, OVERTAKEN, RESERVED_PLACES, Outbox
from robo_trader.desk.effects import Cancel, Place
from robo_trader.desk.news import CancelNotSent, NotSent
from robo_trader.edge.interactive_brokers import Link
from robo_trader.edge.last_line import ENTRY_TTL_NS, LastLine, kind_of
from robo_trader.edge.rate_budget import WINDOW_NS
from robo_trader.values import NS_PER_SECOND
from tests.nodes.bench import entry, stop


class Desk:
    """An outbox before a real link without a broker; `free` opens the socket to a list of what would be written."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_ns = 1_000 * NS_PER_SECOND
        self.told: list[Any] = []
        self.changes = 0
        self.written: list[str] = []
        self.line = LastLine(lease_valid=lambda _: True, may_enter=lambda _: None, journaled=lambda _: True, reconciled=lambda _: True)
        self.link = Link(
            host="127.0.0.1",
            port=1,
            client_id=7,
            account=None,
            on_news=lambda _: None,
            on_bar=lambda _: None,
            last_line=self.line,
            process_ns=lambda: self.now_ns,
        )
        self._patch = monkeypatch
        self.outbox = Outbox(self.link, self.told.append, self._changed, lambda: self.now_ns)

    def _changed(self) -> None:
        self.changes += 1

    def connect(self) -> None:
        """As if the socket took everything; the last line still judges."""
        self.line.socket_clear = lambda: True
        self._patch.setattr(Link, "connected", property(lambda _: True))

        def write(link: Link, command: Place | Cancel, issued_ns: int | None, _write: object) -> str | None:
            del link
            if (refusal := self.line.refusal(command, self.now_ns, issued_ns or self.now_ns)) is None:
                self.line.sent(command, self.now_ns)
                self.line.acknowledged(command.order_id)
                self.written.append(command.intent)
            return refusal

        self._patch.setattr(Link, "_write", write)
        self._patch.setattr(self.link, "_instruments", {"SPY": object()})

    def send(self, *commands: Place | Cancel) -> None:
        for command in commands:
            self.outbox.send(command, self.now_ns)

    def spend(self, messages: int) -> None:
        """Use up the message budget."""
        for number in range(messages):
            self.line.budget.spend(kind_of(stop(f"x{number}")), self.now_ns)


@pytest.fixture
async def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(monkeypatch)


async def test_without_a_broker_nothing_waits_and_everything_is_told_as_not_sent(desk: Desk):
    desk.send(entry("e"), stop("s"), Cancel("c", 3))
    assert [(type(news), news.intent) for news in desk.told] == [(NotSent, "e"), (NotSent, "s"), (CancelNotSent, "c")]
    assert desk.outbox.waiting == 0


async def test_with_budget_everything_leaves_at_once_in_order(desk: Desk):
    desk.connect()
    desk.send(entry("e1"), stop("s1"), Cancel("s1", 2))
    assert desk.written == ["e1", "s1", "s1"]
    assert desk.told == []


async def test_without_budget_commands_wait_and_leave_when_it_is_there(desk: Desk):
    desk.connect()
    desk.spend(40)
    desk.send(stop("s1"), stop("s2"))
    assert (desk.written, desk.outbox.waiting) == ([], 2)
    desk.now_ns += 2 * NS_PER_SECOND
    desk.outbox.flush()
    assert (desk.written, desk.outbox.waiting) == (["s1", "s2"], 0)


async def test_it_comes_back_by_itself(desk: Desk):
    desk.connect()
    desk.spend(40)
    desk.send(stop("s1"))
    timer = desk.outbox._timer
    assert timer is not None
    assert 0 < timer.when() - asyncio.get_running_loop().time() <= 1.1
    timer.cancel()


async def test_a_waiting_entry_does_not_hold_up_what_reduces(desk: Desk):
    desk.connect()
    for number in range(30):  # the share that entries may use
        desk.line.budget.spend(kind_of(entry(f"x{number}")), desk.now_ns)
    desk.send(entry("e1"), stop("s1"), Cancel("c1", 5))
    assert desk.written == ["s1", "c1"]


async def test_a_cancel_that_overtakes_its_waiting_entry_keeps_it_from_being_sent(desk: Desk):
    desk.connect()
    for number in range(30):
        desk.line.budget.spend(kind_of(entry(f"x{number}")), desk.now_ns)
    desk.send(entry("e1"), Cancel("e1", 1))
    desk.now_ns += int(1.5 * NS_PER_SECOND)
    desk.outbox.flush()
    assert [(type(news), news.reason) for news in desk.told] == [(NotSent, "the intent was cancelled before it was sent")]


async def test_an_entry_that_would_be_too_old_when_its_turn_comes_is_refused_at_once(desk: Desk):
    desk.connect()
    desk.spend(40)
    desk.outbox.send(entry("e1"), desk.now_ns - ENTRY_TTL_NS + 1)
    assert [news.intent for news in desk.told] == ["e1"]
    assert desk.outbox.waiting == 0


async def test_a_stop_is_never_too_old(desk: Desk):
    desk.connect()
    desk.spend(40)
    desk.outbox.send(stop("s1"), desk.now_ns - 60 * NS_PER_SECOND)
    assert (desk.told, desk.outbox.waiting) == ([], 1)


async def test_a_full_box_refuses_entries_first_and_keeps_places_for_what_reduces(desk: Desk):
    desk.connect()
    desk.spend(40)
    for number in range(COMMANDS_MAX - RESERVED_PLACES):
        desk.outbox._commands.append((stop(f"s{number}"), desk.now_ns))
    desk.send(entry("e1"))
    assert [(news.intent, news.reason) for news in desk.told] == [("e1", "the command queue is full")]
    desk.send(stop("last"))
    assert desk.outbox.waiting == COMMANDS_MAX - RESERVED_PLACES + 1
    while len(desk.outbox._commands) < COMMANDS_MAX:
        desk.outbox._commands.append((stop("more"), desk.now_ns))
    desk.send(Cancel("c1", 9))
    assert isinstance(desk.told[-1], CancelNotSent)


async def test_every_change_is_told(desk: Desk):
    desk.send(stop("s1"))
    assert desk.changes == 1


async def test_an_entry_that_waited_is_given_up_when_a_later_order_went_first_because_numbers_must_grow(desk: Desk):
    desk.connect()
    desk.spend(40)
    desk.send(entry("e1", 1), stop("s1", 2), entry("e2", 3))
    desk.now_ns += int(1.5 * NS_PER_SECOND)
    desk.outbox.flush()
    assert desk.written == ["s1", "e2"]
    assert [(news.intent, news.reason) for news in desk.told] == [("e1", OVERTAKEN)]


async def test_the_cancel_of_an_order_that_still_waits_here_is_told_to_nobody_else(desk: Desk):
    desk.connect()
    desk.spend(40)
    desk.send(entry("e1", 1), Cancel("e1", 1))
    assert [(type(news), news.intent) for news in desk.told] == [(NotSent, "e1")]
    desk.now_ns += int(1.5 * NS_PER_SECOND)
    desk.outbox.flush()
    assert (desk.written, desk.outbox.waiting) == ([], 0)


async def test_room_that_comes_up_while_the_queue_is_looked_through_is_not_an_entry_s(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    desk.connect()
    desk.spend(40)
    desk.send(*(stop(f"x{number}", order_id=number) for number in range(1, 4)), entry("e", order_id=9))
    free, looks = desk.link.free_ns, 0

    def free_later(command: Place | Cancel, now_ns: int) -> int:
        nonlocal looks
        looks += 1
        desk.now_ns += WINDOW_NS // 3 if looks <= 4 else 0  # the whole budget is free again before the entry's turn
        return free(command, now_ns)

    monkeypatch.setattr(desk.link, "free_ns", free_later)
    desk.outbox.flush()
    assert desk.written == [] and looks == 4
    desk.outbox.flush()
    assert desk.written == ["x1", "x2", "x3", "e"]
    assert desk.told == []
