"""The way out for orders."""

from robo_trader.desk.effects import Cancel
from robo_trader.desk.news import CancelNotSent, NotSent
from robo_trader.edge.last_line import LastLine
from robo_trader.simulation.part_outbox import PartOutbox
from tests.support.world_bench import agenda, life, order, run_until


def outbox(*, up: bool = True, lease: bool = True):
    clock, told, written = agenda(), [], []
    line = LastLine(
        lease_valid=lambda _: lease, may_enter=lambda _: None, journaled=lambda _: True, reconciled=lambda _: True, socket_clear=lambda: True
    )
    made = PartOutbox(clock, life(), line, tell=told.append, write=written.append, up=lambda: up)
    return clock, made, told, written


def test_a_burst_keeps_the_budget_and_what_reduces_goes_first():
    clock, made, _, written = outbox()
    for number in range(1, 60):
        made.send(order(number, entry=False, group="g"), clock.now)
    assert len(written) == 40 and made.waiting
    made.send(Cancel("c", 99), clock.now)
    run_until(clock, 3)
    assert len(written) == 60 and not made.waiting


def test_an_entry_that_a_later_order_overtook_is_never_sent():
    clock, made, told, written = outbox()
    made.send(order(5, entry=False), clock.now)
    made.send(order(4), clock.now)
    assert [command.order_id for command in written] == [5] and isinstance(told[0], NotSent)


def test_an_entry_that_is_too_old_or_without_a_wire_is_never_sent():
    clock, made, told, written = outbox()
    made.send(order(1), clock.now - 3_000_000_000)
    _, down, told_down, _ = outbox(up=False)
    down.send(order(1), clock.now)
    assert not written and "older" in told[0].reason and "not connected" in told_down[0].reason


def test_a_reducing_command_that_the_last_line_refused_is_shown_to_who_looks():
    clock, made, told, _ = outbox(lease=False)
    made.send(Cancel("c", 9), clock.now)
    assert isinstance(told[0], CancelNotSent) and made.refused[0][1] == "the lease is not valid"
