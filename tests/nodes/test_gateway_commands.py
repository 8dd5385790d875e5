"""What the desk commands and vouches for at the gateway, and when a lockstep market may go on."""

from __future__ import annotations

from typing import Any

import pytest

from actors.messages import (
    DESK,
    Command,
    Line,
    Settled,
)
from robo_trader.desk.news import Connected, Disconnected, NotSent, Sweep
from robo_trader.edge.clock import process_ns
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from tests.nodes.bench import IBM, SPY, GatewayBench, entry, stop

HALT = Halt("h1", HaltLevel.REDUCE_ONLY, HaltScope.ALL, "", "test", None, "a person")


def command(seq: int, what: object | None = None) -> Command:
    return Command(seq, process_ns(), 1, what or entry())  # type: ignore[arg-type]


# Commands.


def test_commands_are_taken_in_the_order_of_their_numbers(gateway: GatewayBench):
    desk = gateway.follow()
    gateway.node.received(desk, command(1, entry("a")))
    gateway.node.received(desk, command(2, entry("b")))
    assert [line.news.intent for line in desk.of(Line)] == ["a", "b"], "there is no broker here, so both were not sent"
    assert desk.closed_for is None


@pytest.mark.parametrize("number", [0, 2, 7])
def test_a_command_out_of_order_ends_the_channel_and_is_not_carried_out(gateway: GatewayBench, number: int):
    desk = gateway.follow()
    gateway.node.received(desk, command(number))
    assert desk.closed_for == f"command {number} came after 0"
    assert desk.of(Line) == []


def test_a_command_before_follow_ends_the_channel(gateway: GatewayBench):
    desk = gateway.join(DESK)
    gateway.node.received(desk, command(1))
    assert desk.closed_for is not None


def test_a_desk_that_was_replaced_commands_nothing_any_more(gateway: GatewayBench):
    old = gateway.follow()
    gateway.node.received(old, command(1, entry("a")))
    new = gateway.follow(epoch=2)
    gateway.node.received(old, command(2, entry("b")))
    assert old.closed_for is not None
    gateway.node.received(new, command(1, entry("c")))
    assert [line.news.intent for line in new.of(Line)] == ["c"]


def test_a_desk_that_comes_back_hears_how_many_of_its_commands_were_taken_and_goes_on_from_there(gateway: GatewayBench):
    first = gateway.follow()
    gateway.node.received(first, command(1, entry("a")))
    gateway.node.received(first, command(2, entry("b")))
    first.close("broke")
    gateway.join(DESK).close("broke before anything was said")
    again = gateway.follow(gateway_epoch=gateway.node.epoch, after_seq=gateway.node.log.seq)
    assert again.sent[0].commands == 2
    gateway.node.received(again, command(3, entry("c")))
    assert again.closed_for is None


def test_the_commands_of_a_new_desk_are_numbered_from_one(gateway: GatewayBench):
    gateway.node.received(gateway.follow(), command(1, entry("a")))
    new = gateway.follow(epoch=2)
    assert new.sent[0].commands == 0
    gateway.node.received(new, command(1, entry("b")))
    assert new.closed_for is None


def test_the_end_of_a_replaced_desks_channel_takes_nothing_from_its_successor(gateway: GatewayBench):
    old, new = gateway.follow(), gateway.follow()
    gateway.say(new)
    old.close("at last")
    assert gateway.node.followers == [DESK]
    assert gateway.node.settled


# What is vouched for.


def test_no_entry_passes_the_last_line_without_a_desk(gateway: GatewayBench):
    gateway.node._known_intents.add("e1")
    assert gateway.refusal(entry()) == "SPY is not reconciled"
    desk = gateway.follow()
    assert gateway.refusal(entry()) == "SPY is not reconciled", "it came, and said nothing yet"
    gateway.say(desk)
    assert gateway.refusal(entry()) is None
    desk.close("gone")
    assert gateway.refusal(entry()) == "SPY is not reconciled"


def test_a_stop_passes_the_last_line_without_a_desk(gateway: GatewayBench):
    gateway.node._known_intents.add("s1")
    assert gateway.refusal(stop()) is None


def test_an_entry_passes_only_in_a_symbol_that_the_desk_reconciled(gateway: GatewayBench):
    for intent in ("e1", "e2"):
        gateway.node._known_intents.add(intent)
    gateway.say(gateway.follow(), reconciled=(SPY,))
    assert gateway.refusal(entry("e1", symbol=SPY)) is None
    assert gateway.refusal(entry("e2", symbol=IBM)) == "IBM is not reconciled"


def test_a_desk_that_comes_anew_vouches_for_nothing_that_its_predecessor_said(gateway: GatewayBench):
    gateway.node._known_intents.add("e1")
    gateway.say(gateway.follow())
    gateway.join(DESK)
    assert gateway.refusal(entry()) == "SPY is not reconciled"


def test_what_a_desk_vouched_for_is_void_in_a_new_session_until_it_has_read_of_it(gateway: GatewayBench):
    """Found by a seeded world: a desk that read the log late sent an entry into a session of which it knew nothing."""
    gateway.node._known_intents.add("e1")
    desk = gateway.follow()
    gateway.say(desk)
    assert gateway.refusal(entry()) is None
    read = gateway.node.log.seq
    gateway.hear(Disconnected("reset"), Connected("DU1", 1))
    assert gateway.refusal(entry()) == "SPY is not reconciled"
    gateway.say(desk, handled_seq=read)
    assert gateway.refusal(entry()) == "SPY is not reconciled", "it still speaks of the session before"
    gateway.say(desk)
    assert gateway.refusal(entry()) is None


def test_an_entry_in_flight_holds_up_the_next_one_until_desk_and_broker_say_that_it_ended(gateway: GatewayBench):
    for intent in ("e1", "e2"):
        gateway.node._known_intents.add(intent)
    desk = gateway.follow()
    gateway.say(desk)
    gateway.node.line.sent(entry("e1"), process_ns())
    assert gateway.refusal(entry("e2", 3)) == "an entry in SPY is not acknowledged yet"
    gateway.node.received(desk, Settled("e1"))
    assert gateway.refusal(entry("e2", 3)) is not None, "the desk alone proves nothing"
    gateway.node.line.heard(Sweep(1, process_ns(), (), (), (), (), ()), 7)
    assert gateway.refusal(entry("e2", 3)) is None


def test_a_desk_that_attaches_is_asked_about_every_entry_in_flight(gateway: GatewayBench):
    """What it said of one on a channel that broke may have been lost with it."""
    gateway.node.line.sent(entry("e1"), process_ns())
    assert gateway.follow().sent[0].in_flight == ("e1",)
    assert gateway.follow(gateway_epoch=gateway.node.epoch, after_seq=0).sent[0].in_flight == ("e1",)


def test_a_halt_in_the_fence_stops_an_entry_whatever_the_desk_says(gateway: GatewayBench):
    gateway.node._known_intents.add("e1")
    gateway.say(gateway.follow())
    gateway.fence.raise_halt(HALT)
    assert str(gateway.refusal(entry())).startswith("halted")


def test_a_command_that_cannot_leave_is_told_as_never_sent(gateway: GatewayBench):
    desk = gateway.follow()
    gateway.node.received(desk, command(1))
    (line,) = desk.of(Line)
    assert isinstance(line.news, NotSent)


# Lockstep.


def holds(**changes: Any) -> Any:
    return pytest.param(changes, id=", ".join(changes) or "nothing")


@pytest.mark.parametrize(
    "owes",
    [holds(busy=True), holds(handled_seq=1), holds(commands=0), holds(considered=((SPY, 0), (IBM, 0))), holds(considered=())],
)
def test_the_market_waits_while_the_desk_or_a_host_owes_something(gateway: GatewayBench, owes: dict[str, Any]):
    desk = gateway.follow()
    gateway.node.received(desk, command(1))
    gateway.close_minute()
    whole = {"handled_seq": 2, "commands": 1}
    gateway.say(desk, **(whole | owes))
    assert not gateway.node.settled
    gateway.say(desk, **whole)
    assert gateway.node.settled


def test_the_market_waits_while_no_desk_is_attached(gateway: GatewayBench):
    desk = gateway.follow()
    gateway.say(desk)
    assert gateway.node.settled
    desk.close("gone")
    assert not gateway.node.settled
    gateway.follow()
    assert not gateway.node.settled, "it said nothing yet"


def test_the_market_waits_while_a_question_or_history_is_under_way(gateway: GatewayBench):
    gateway.say(gateway.follow())
    gateway.node.gateway.questions_open = 1
    assert not gateway.node.settled
    gateway.node.gateway.questions_open = 0
    gateway.node.minutes[SPY].reconnected()
    assert not gateway.node.settled
    gateway.node.minutes[SPY].waiting_for_history = False
    gateway.node.gateway.ask_sweep("test")
    assert not gateway.node.settled


def test_the_market_is_told_at_once_that_the_desk_left(gateway: GatewayBench, monkeypatch: pytest.MonkeyPatch):
    said: list[bool] = []
    monkeypatch.setattr(gateway.node, "report_progress", lambda: said.append(gateway.node.settled))
    desk = gateway.follow()
    gateway.say(desk)
    gateway.node.batch_done(desk)
    desk.close("gone")
    assert said == [True, False]


def test_an_entry_without_a_row_in_the_journal_is_refused_and_an_exit_on_the_reserve_is_not(gateway: GatewayBench):
    desk = gateway.follow()
    now = process_ns()
    gateway.node.received(desk, Command(1, now, 0, entry("a")))
    gateway.node.received(desk, Command(2, now, 0, stop("b")))
    gateway.node.received(desk, Command(3, now, 7, entry("c")))
    refusals = [gateway.node.line.refusal(what, now, now) for what in (entry("a"), stop("b"), entry("c"))]
    assert [refusal == "the intent is not journaled" for refusal in refusals] == [True, False, False]
