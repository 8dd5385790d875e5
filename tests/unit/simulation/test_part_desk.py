"""The desk of a world, from outside."""

from robo_trader.orders.events import Intended
from robo_trader.simulation.kit import DESK
from tests.support.world_bench import SPY, always, begun, run_until, signal


def test_a_signal_becomes_a_row_an_order_a_position_and_a_stop():
    made = begun()
    signal(made, 1)
    assert made.kit.broker.position(SPY) > 0
    assert {row.purpose for row in made.kit.rows.intents.values()} >= {"enter", "protect"}


def test_a_desk_that_dies_after_the_commit_never_resends_and_its_successor_knows_the_intent():
    made = begun(always("F01", crashes=(("K3", 1),)))
    signal(made, 1)
    run_until(made.agenda, 60)
    intents = [row.intent for row in made.kit.rows.events if isinstance(row, Intended)]
    sent = [received.intent for received in made.kit.ledger.received]
    assert made.timeline.points == {"K3": 1} and len(set(intents)) == len(intents) and len(set(sent)) == len(sent)
    assert intents[0] not in sent


def test_a_journal_that_fails_stops_entries_and_lets_a_stop_live_on_the_reserve():
    made = begun()
    signal(made, 1)
    made.kit.disk_full = True
    before = len(made.kit.ledger.received)
    signal(made, -1)
    later = made.kit.ledger.received[before:]
    assert made.lineage.desk is not None and made.lineage.desk.journal_failure
    assert later and all(order.purpose != "enter" and order.durable for order in later)


def test_a_commit_that_takes_seconds_holds_the_process_up_and_changes_nothing_else():
    made = begun(always("F26"))
    signal(made, 1)
    run_until(made.agenda, 30)
    assert made.kit.broker.position(SPY) > 0


def test_a_restarted_desk_says_of_the_books_what_the_old_one_said():
    made = begun()
    signal(made, 1)
    held = made.lineage.desk.desk.state.own(SPY)
    made.lineage.keeper.kill(DESK, made.kit.desk_life.epoch, "test")
    run_until(made.agenda, 5)
    assert made.lineage.desk.epoch == 2 and made.lineage.desk.desk.state.own(SPY) == held != 0
