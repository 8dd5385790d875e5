"""The desk's shell: effects carried out in order, and what is left when the journal is not there."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from actors import risk_desk
from actors.alert_log import AlertLog
from actors.messages import Considered, Mark
from actors.risk_desk import RiskDesk
from actors.signal_places import SignalPlaces
from robo_trader.desk.desk import Desk
from robo_trader.desk.effects import Cancel, Place
from robo_trader.desk.news import Connected, Disconnected, DrainAsked, InstrumentKnown, OrderSeen, QuoteSeen, Signal
from robo_trader.edge.decisions import DecisionFile
from robo_trader.edge.fence import Fence
from robo_trader.edge.journal_store import Journal
from robo_trader.edge.recorder import Recorder
from robo_trader.errors import JournalFailed
from robo_trader.orders.evidence import BrokerStatus, ExecutionSeen, StatusSeen, Sweep
from robo_trader.orders.order import OrderType, Stage
from robo_trader.values import NS_PER_MINUTE, NS_PER_SECOND, Instant, Instrument, Now, Quote, Ticks
from tests.support.desk_bench import BOOK, CLIENT, OPEN, SPY, settings

T0 = Instant(OPEN + 30 * NS_PER_MINUTE)
SECOND = NS_PER_SECOND


class Shell:
    """A shell on real files, which is its own outlets: what is passed on is kept in order; `deaf` takes nothing."""

    def __init__(self, folder: Path) -> None:
        self.fence = Fence.open(folder / "fence", create=True)
        self.journal = Journal.open(folder / "journal.sqlite")
        self.recorder = Recorder(folder / "recordings")
        self.out: list[tuple[str, Any, int]] = []
        self.deaf = False
        self.market, self.process = T0, 1_000 * SECOND
        self.alerts = AlertLog(lambda: 0, lambda _: None)
        self.places = SignalPlaces(30 * SECOND)
        desk = Desk.resume((), settings())
        decisions = DecisionFile(None)
        self.shell = RiskDesk(desk, self.journal, self.fence, self.recorder, decisions, self.alerts, self.places, 1, self.now, lambda: 7, self)
        self.shell.begin()

    def now(self) -> Now:
        return Now(self.market, self.process)

    def close(self) -> None:
        self.recorder.close()
        self.journal.close()
        self.fence.close()

    # Outlets.

    def place(self, command: Place, journal_seq: int) -> bool:
        self.out.append(("place", command, journal_seq))
        return not self.deaf

    def cancel(self, command: Cancel, journal_seq: int) -> bool:
        self.out.append(("cancel", command, journal_seq))
        return not self.deaf

    def ask_sweep(self, reason: str) -> None:
        self.out.append(("sweep", reason, 0))

    def settled(self, intent: str) -> None:
        self.out.append(("settled", intent, 0))

    def overrun(self, reason: str) -> None:
        self.out.append(("overrun", reason, 0))

    # What the test says.

    def hear(self, *news: Any) -> None:
        for piece in news:
            self.shell.tell(piece)
        self.shell.pump()

    def ready(self) -> Shell:
        self.hear(InstrumentKnown(Instrument(SPY, 1, Decimal("0.01"))), Connected("DU1", 1))
        self.hear(Sweep(1, self.process, (), (), (), (), ()))
        self.market = Instant(T0 + NS_PER_MINUTE)
        self.hear(QuoteSeen(Quote(SPY, Ticks(16_790), Ticks(16_792), 500, 500, self.market)))
        self.out.clear()
        return self

    def signal(self, stance: int = 1) -> Signal:
        return Signal(BOOK, stance, self.market, Instant(self.market + 65 * SECOND))

    def enter(self) -> Place:
        self.hear(self.signal())
        return self.placed[-1]

    @property
    def placed(self) -> list[Place]:
        return [command for kind, command, _ in self.out if kind == "place"]

    def stage(self, order: Place) -> Stage:
        return self.shell.desk.state.orders.by_intent[order.intent].stage

    def filled(self, order: Place) -> None:
        self.hear(StatusSeen(order.order_id, CLIENT, 900, BrokerStatus.SUBMITTED, 0, 100))
        self.hear(ExecutionSeen("e1", SPY, order.side, 100, Decimal("167.92"), self.market, order.order_id, CLIENT, 900, order.order_ref))


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    made = Shell(tmp_path)
    yield made
    made.close()


@pytest.fixture
def broken(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shell whose journal fails from now on."""

    def fail(*_: object, **__: object) -> int:
        raise JournalFailed("the disk is full", "make room")

    shell.ready()
    monkeypatch.setattr(shell.journal, "append", fail)
    return shell


def test_an_order_leaves_after_its_intent_is_durable_and_names_the_row(shell: Shell):
    order = shell.ready().enter()
    ((_, _, journal_seq),) = [out for out in shell.out if out[0] == "place"]
    assert journal_seq == shell.journal.durable_seq
    assert order.intent in [getattr(event, "intent", "") for _, event in shell.journal.read()]


def test_an_order_that_the_gateway_cannot_be_told_was_never_sent(shell: Shell):
    shell.ready().deaf = True
    assert shell.stage(shell.enter()) is Stage.NEVER_SENT
    assert len(shell.placed) == 1, "a new bar may ask again, this one does not"


def test_the_end_of_an_order_is_told_before_what_follows_from_it(shell: Shell):
    order = shell.ready().enter()
    shell.out.clear()
    shell.hear(StatusSeen(order.order_id, CLIENT, 900, BrokerStatus.CANCELLED, 0, 100))
    assert shell.out[0] == ("settled", order.intent, 0)


def test_a_cancel_needs_no_journal(broken: Shell, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as whole:
        whole.setattr(broken.journal, "append", lambda *_, **__: 0)
        order = broken.enter()
    broken.hear(OrderSeen(SPY, order.side, 100, "MKT", BrokerStatus.SUBMITTED, order.order_id, CLIENT, 900, order.order_ref, ""))
    broken.hear(DrainAsked())
    assert [command.intent for kind, command, _ in broken.out if kind == "cancel"] == [order.intent]


def test_without_a_journal_no_entry_leaves_and_somebody_is_called_once(broken: Shell):
    broken.hear(broken.signal())
    assert broken.placed == []
    assert broken.shell.journal_failure
    broken.hear(Disconnected("test"), Connected("DU1", 1))
    assert len([alert for alert in broken.alerts.after(0) if alert["key"] == "journal"]) == 1


def test_without_a_journal_a_stop_leaves_on_the_reserve(shell: Shell, monkeypatch: pytest.MonkeyPatch):
    order = shell.ready().enter()

    def fail(*_: object, **__: object) -> int:
        raise JournalFailed("the disk is full", "make room")

    monkeypatch.setattr(shell.journal, "append", fail)
    shell.filled(order)
    assert [(command.order_type, seq) for kind, command, seq in shell.out if kind == "place"][-1] == (OrderType.STOP, 0)
    assert len(shell.fence.reserved()) == 1


def test_without_journal_and_reserve_nothing_leaves(shell: Shell, monkeypatch: pytest.MonkeyPatch):
    order = shell.ready().enter()

    def fail(*_: object, **__: object) -> int:
        raise JournalFailed("the disk is full", "make room")

    monkeypatch.setattr(shell.journal, "append", fail)
    monkeypatch.setattr(shell.fence, "reserve", lambda _: False)
    shell.filled(order)
    assert [command.order_type for command in shell.placed] == [OrderType.MARKET]


def mark(shell: Shell, number: int) -> Mark:
    return Mark(number, shell.market, shell.process, SPY, number)


def test_one_piece_a_turn_and_a_waiting_mark_holds_up_the_rest(shell: Shell):
    shell.ready()
    shell.places.begin(1, ())
    shell.shell.tell(mark(shell, 1), seq=4)
    shell.shell.tell(DrainAsked(), seq=5)
    shell.shell.pump()
    assert (shell.shell.handled_seq, shell.shell.pending) == (0, 2)
    shell.places.answered(Considered(1, BOOK, 1, shell.signal()))
    shell.shell.pump()
    assert (shell.shell.handled_seq, shell.shell.pending) == (5, 0)
    assert len(shell.placed) == 1, "the signal stood before the drain"


def test_a_mark_is_given_up_after_a_while(shell: Shell):
    shell.ready()
    shell.places.begin(1, ())
    shell.shell.tell(mark(shell, 1), seq=4)
    shell.process += 30 * SECOND
    shell.shell.pump()
    assert shell.shell.handled_seq == 4


def test_another_log_makes_marks_void_and_keeps_news(shell: Shell):
    shell.places.begin(1, ())
    shell.shell.tell(mark(shell, 1), seq=4)
    shell.shell.tell(Disconnected("test"), seq=5)
    shell.shell.log_begins(90)
    shell.shell.pump()
    assert (shell.shell.handled_seq, shell.shell.pending) == (90, 0)


def test_news_that_nobody_reads_is_dropped_and_the_connection_doubted(shell: Shell, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(risk_desk, "INBOX_NEWS_MAX", 3)
    for _ in range(4):
        shell.shell.tell(Disconnected("test"))
    assert [out for out in shell.out if out[0] == "overrun"] == [("overrun", "3 pieces of news wait unread", 0)]
    assert shell.shell.pending == 1


def test_what_a_person_said_outlives_an_inbox_that_is_cleared(shell: Shell, monkeypatch: pytest.MonkeyPatch):
    shell.ready()
    shell.shell.pump()
    shell.shell.tell(DrainAsked())
    monkeypatch.setattr(risk_desk, "INBOX_NEWS_MAX", 3)
    for _ in range(3):
        shell.shell.tell(Disconnected("test"))
    shell.shell.pump()
    assert shell.shell.desk._watch.draining  # a drain is not shown otherwise


def test_what_an_effect_adds_to_the_inbox_has_its_turn_after_it(shell: Shell):
    """A refusal by the gateway comes back while the desk is still at work."""
    shell.ready().deaf = True
    shell.enter()
    assert shell.shell.pending == 0
