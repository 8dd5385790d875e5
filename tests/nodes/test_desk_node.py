"""The desk's process between its journal, the gateway's log and the hosts."""

from __future__ import annotations

from decimal import Decimal

from actors.messages import Attached, Command, DeskState, Follow, Line, SweepWanted
from actors.plan import Plan
from robo_trader.desk.effects import Place
from robo_trader.desk.news import Connected, HaltSeen, InstrumentKnown
from robo_trader.orders.evidence import ExecutionSeen
from robo_trader.orders.order import Stage
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.values import Instrument
from tests.nodes.bench import IBM, SPY, DeskBench, quote
from tests.nodes.desk_log import MINUTE, TEN, Log, answered, attached, enter, host, ready, stage, state

# Attaching.


def test_a_new_desk_asks_for_the_log_and_says_what_its_journal_holds(desk: DeskBench):
    assert desk.join().sent == [Follow(0, 0, baseline_taken=False, halts_known=())]


def test_it_says_nothing_of_itself_before_the_gateway_answered(desk: DeskBench):
    wire = desk.join()
    wire.take()
    desk.node.pump()
    assert wire.take() == []
    desk.hear(wire, Attached(7, fresh=True, marks=()))
    (said,) = wire.take()
    assert (said.handled_seq, said.commands, said.busy, said.reconciled) == (7, 0, True, ())


def test_a_desk_that_comes_back_asks_for_what_it_has_not_heard(desk: DeskBench):
    log = attached(desk)
    log.say(quote(), quote())
    log.wire.close("broke")
    assert desk.join().sent[0] == Follow(1, 2, baseline_taken=False, halts_known=())


def test_lines_that_wait_behind_a_mark_are_not_asked_for_again(desk: DeskBench):
    """Read twice, the mark would wait for an answer that the first reading took."""
    log = ready(desk)
    desk.hear(log.wire, log.mark(), log.line(quote(at=TEN)))
    heard = log.seq
    log.wire.close("broke")
    again = desk.join()
    assert again.sent[0].after_seq == heard
    assert state(log.wire).handled_seq == heard - 2


def test_the_desk_knows_that_it_knows_nothing_once_its_channel_broke(desk: DeskBench):
    log = ready(desk)
    assert state(log.wire).reconciled == (IBM, SPY)
    assert not state(log.wire).busy
    log.wire.close("broke")
    wire = desk.join()
    desk.hear(wire, Attached(log.seq, fresh=False, marks=()))
    assert (state(wire).reconciled, state(wire).busy) == ((), True)
    after = Log(desk, wire, log.seq)
    after.say(Connected("DU1", 1))
    assert wire.of(SweepWanted)
    after.say(after.sweep())
    assert (state(wire).reconciled, state(wire).busy) == ((IBM, SPY), False)


def test_the_state_is_said_when_it_changed_and_only_then(desk: DeskBench):
    log = ready(desk)
    log.wire.take()
    desk.node.pump()
    assert log.wire.take() == []
    log.say(quote(bid=1))
    assert [m.handled_seq for m in log.wire.of(DeskState)] == [log.seq]


def test_positions_are_vouched_for_only_once_a_sweep_showed_what_was_missed(desk: DeskBench):
    log = attached(desk)
    log.say(InstrumentKnown(Instrument(SPY, 1, Decimal("0.01"))), Connected("DU1", 1))
    assert state(log.wire).positions == ()
    log.say(log.sweep())
    assert dict(state(log.wire).positions) == {SPY: 0, IBM: 0}


def test_halts_of_the_journal_are_named_to_the_gateway(desk: DeskBench):
    halt = Halt("h1", HaltLevel.NO_NEW, HaltScope.ALL, "", "test", None, "a person")
    log = attached(desk)
    log.say(HaltSeen(halt))
    log.wire.close("broke")
    assert desk.join().sent[0].halts_known == ("h1",)


# Who may say what.


def test_a_line_of_a_gateway_that_is_not_followed_ends_its_channel(desk: DeskBench):
    wire = desk.join()
    desk.hear(wire, Line(1, TEN, 0, quote()))
    assert wire.closed_for is not None


def test_a_host_says_answers_and_nothing_else(desk: DeskBench):
    attached(desk)
    wire = host(desk)
    desk.hear(wire, Line(1, TEN, 0, quote()))
    assert wire.closed_for is not None
    assert desk.node.shell.handled_seq == 0


# A successor.


def test_a_desk_from_its_journal_knows_its_orders_and_resends_nothing(desk: DeskBench, plan: Plan):
    log = ready(desk)
    order = enter(desk, log)
    desk.close()
    successor = DeskBench(plan)
    try:
        after = ready(successor, epoch=1)
        assert stage(successor, order) is Stage.INTENDED
        assert after.wire.of(Command) == []
        assert state(after.wire).busy, "only sweeps can tell what became of it"
        assert SPY not in state(after.wire).reconciled
    finally:
        successor.close()


def test_a_desk_from_its_journal_protects_shares_that_a_sweep_proves(desk: DeskBench, plan: Plan):
    log = ready(desk)
    order = enter(desk, log)
    desk.close()
    successor = DeskBench(plan)
    try:
        after = attached(successor)
        after.say(Connected("DU1", 5))
        fill = ExecutionSeen("e1", SPY, order.side, 100, Decimal("160.01"), TEN, order.order_id, 7, 900, order.order_ref)
        after.say(after.sweep(executions=(fill,)))
        assert [c.command.entry for c in after.wire.of(Command) if isinstance(c.command, Place)] == [False]
        assert dict(state(after.wire).positions)[SPY] == 100
    finally:
        successor.close()


# Answers of the hosts.


def test_answers_that_come_before_the_new_gateway_is_followed_count_when_it_is(desk: DeskBench):
    log = ready(desk)
    answered(desk, number=MINUTE, epoch=2)
    log.wire.close("died")
    new = attached(desk, epoch=2, marks=((SPY, MINUTE),))
    assert dict(state(new.wire).considered) == {SPY: MINUTE}


def test_a_mark_holds_up_what_stands_behind_it_until_its_answer_comes(desk: DeskBench):
    log = ready(desk)
    before = log.seq
    desk.hear(log.wire, log.mark(), log.line(quote(at=TEN)))
    assert state(log.wire).handled_seq == before
    assert state(log.wire).busy
    answered(desk)
    assert state(log.wire).handled_seq == log.seq


def test_marks_of_a_gateway_that_is_gone_hold_up_nothing(desk: DeskBench):
    log = ready(desk)
    desk.hear(log.wire, log.mark(), log.line(quote(at=TEN)))
    log.wire.close("died")
    new = attached(desk, epoch=2, seq=40)
    assert state(new.wire).handled_seq == 40
    assert desk.node.shell.pending == 0
