"""The gateway of a world, seen from outside: what the broker, the desk and the fence see of it."""

from dataclasses import replace

from robo_trader.desk.news import Connected, InstrumentKnown, Sweep
from robo_trader.simulation.kit import GATEWAY
from tests.support.world_bench import SPY, order, run_until, signal, world
from tests.support.world_bench import begun as a_world_in_service


def begun():
    made = world()
    lines = []
    made._start()
    made.kit.signalled = lambda _: None
    made.kit.heard = lines.append
    run_until(made.agenda, 3)
    return made, lines


def test_it_takes_the_lease_logs_on_and_tells_contracts_session_and_a_whole_look():
    made, lines = begun()
    kinds = [type(line.news) for line in lines]
    assert kinds.index(InstrumentKnown) < kinds.index(Connected) < kinds.index(Sweep)
    gateway = made.lineage.gateway
    assert gateway is not None and gateway.epoch == 1 and gateway.fence.lease_valid(made.agenda.now)
    assert [line.seq for line in lines] == sorted({line.seq for line in lines})


def test_its_last_line_hears_the_broker_and_counts_a_decision_by_what_it_filled():
    made = a_world_in_service()
    signal(made, 1)
    line, (sent,) = made.lineage.gateway.line, [r for r in made.kit.ledger.received if r.purpose == "enter"]
    assert line.unacknowledged == 0 and line.children.over(sent.intent)
    parent = f"{made.kit.books[0]}/{sent.decision}"
    again = replace(order(900, quantity=1), entry=True, parent=parent, parent_quantity=100)
    assert line.children.refusal(again) == f"the orders of {parent} would come to 101 of 100 shares"


def test_a_killed_gateway_has_a_successor_with_a_higher_epoch_and_the_desk_reads_on():
    made, _ = begun()
    made.lineage.keeper.kill(GATEWAY, made.kit.gateway_life.epoch, "test")
    run_until(made.agenda, 20)
    gateway, desk = made.lineage.gateway, made.lineage.desk
    assert gateway is not None and desk is not None and gateway.epoch == 2 and desk.desk.reconciled(SPY)


def test_one_that_stands_still_beyond_its_heartbeat_is_killed_and_replaced():
    made, _ = begun()
    made.kit.gateway_life.frozen_until = made.agenda.now + 120_000_000_000
    run_until(made.agenda, 40)
    assert made.lineage.gateway is not None and made.lineage.gateway.epoch == 2
