"""What the desk commands: numbered, on record first, and never twice, whatever becomes of the channel."""

from __future__ import annotations

from actors.messages import Command, ConnectionDoubted, Settled
from robo_trader.desk.effects import Cancel
from robo_trader.desk.news import Connected
from robo_trader.orders.evidence import BrokerStatus, OrderSeen, StatusSeen
from robo_trader.orders.order import Stage
from tests.nodes.bench import SPY, DeskBench, quote
from tests.nodes.desk_log import TEN, again, answered, attached, enter, ready, stage, state

# Commands.


def test_commands_are_numbered_from_one_and_their_intents_are_on_record_first(desk: DeskBench):
    log = ready(desk)
    order = enter(desk, log)
    (command,) = log.wire.of(Command)
    assert command.seq == 1
    assert command.journal_seq == desk.journal.durable_seq
    assert stage(desk, order) is Stage.INTENDED


def test_an_order_that_a_full_channel_does_not_take_was_never_sent(desk: DeskBench):
    log = ready(desk)
    desk.hear(log.wire, log.mark(), log.line(quote(at=TEN)))
    log.wire.full = True
    answered(desk)
    (order,) = desk.node.desk.state.orders.by_intent.values()
    assert order.stage is Stage.NEVER_SENT
    log.wire.full = False
    assert log.wire.of(Command) == []


def test_an_order_decided_before_the_gateway_answered_was_never_sent(desk: DeskBench):
    """A mark may wait while the channel breaks; its answer finds a channel that is not ready for commands."""
    log = ready(desk)
    desk.hear(log.wire, log.mark(), log.line(quote(at=TEN)))
    log.wire.close("broke")
    wire = desk.join()
    answered(desk)
    assert wire.of(Command) == []
    (order,) = desk.node.desk.state.orders.by_intent.values()
    assert order.stage is Stage.NEVER_SENT


def test_a_command_that_the_same_gateway_never_took_was_never_sent(desk: DeskBench):
    log = ready(desk)
    order = enter(desk, log)
    log = again(desk, log, commands=0)
    assert stage(desk, order) is Stage.NEVER_SENT
    assert state(log.wire).commands == 0


def test_a_command_that_the_same_gateway_took_is_awaited(desk: DeskBench):
    log = ready(desk)
    order = enter(desk, log)
    log = again(desk, log, commands=1)
    assert stage(desk, order) is Stage.INTENDED
    assert state(log.wire).commands == 1


def test_a_command_to_a_gateway_that_was_succeeded_may_have_been_sent_and_is_not_sent_again(desk: DeskBench):
    log = ready(desk)
    order = enter(desk, log)
    log.wire.close("died")
    new = attached(desk, epoch=2)
    assert stage(desk, order) is Stage.INTENDED
    new.say(Connected("DU1", 5), new.sweep())
    assert new.wire.of(Command) == []
    assert state(new.wire).busy


def test_a_cancel_that_was_lost_is_asked_again_once_the_broker_was_seen(desk: DeskBench):
    log = ready(desk)
    order = enter(desk, log)
    seen = OrderSeen(SPY, order.side, 100, "MKT", BrokerStatus.SUBMITTED, order.order_id, 7, 900, order.order_ref, "")
    log.say(seen)
    desk.node.drain()
    assert isinstance(log.wire.of(Command)[-1].command, Cancel)
    log = again(desk, log, commands=1)
    assert stage(desk, order) is Stage.WORKING
    log.say(Connected("DU1", 5), log.sweep(open_orders=(seen,)))
    (command,) = log.wire.of(Command)
    assert (command.seq, command.command) == (2, Cancel(order.intent, order.order_id))


def test_the_gateway_hears_that_an_entry_ended(desk: DeskBench):
    log = ready(desk)
    order = enter(desk, log)
    log.say(StatusSeen(order.order_id, 7, 900, BrokerStatus.CANCELLED, 0, 100))
    assert log.wire.of(Settled) == [Settled(order.intent)]


def test_what_the_gateway_still_holds_for_in_flight_is_settled_when_it_ended(desk: DeskBench):
    log = ready(desk)
    order = enter(desk, log)
    log = again(desk, log, commands=1, in_flight=(order.intent, "unknown"))
    assert log.wire.of(Settled) == [], "one is live, and of the other nobody knows"
    log.say(StatusSeen(order.order_id, 7, 900, BrokerStatus.CANCELLED, 0, 100))
    log = again(desk, log, commands=1, in_flight=(order.intent,))
    assert log.wire.of(Settled) == [Settled(order.intent)]


def test_a_desk_that_lost_the_market_gives_the_connection_up(desk: DeskBench):
    log = attached(desk)
    desk.node.overrun("too much")
    assert log.wire.of(ConnectionDoubted) == [ConnectionDoubted("too much")]
