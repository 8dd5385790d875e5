"""Each world is judged: break one thing, and it is seen."""

from dataclasses import replace

from robo_trader.desk.settings import Execution
from robo_trader.simulation.broker import _ticket
from tests.support.world_bench import INSTRUMENT, SPY, begun, calm, order, run_until, signal, world


def violation(made) -> str:
    made.witness.look()
    return "" if made.witness.violation is None else made.witness.violation.id


def test_a_sound_world_has_no_violation_at_rest():
    made = begun()
    signal(made, 1)
    run_until(made.agenda, 12.5)
    assert made.witness.unrest() == ""
    made.witness.last_look()
    made.witness.look_twice()
    assert made.witness.violation is None


def test_a_frame_that_left_before_its_row_was_durable_is_seen():
    made = begun()
    signal(made, 1)
    assert violation(made) == ""
    received = made.kit.ledger.received
    received.append(replace(received[-1], intent="f" * 16, order_id=999, durable=False, at=made.agenda.now))
    assert violation(made) == "I06"


def test_an_order_beyond_the_cap_is_seen_while_it_is_on_the_wire():
    made = begun()
    signal(made, 1)
    assert violation(made) == ""
    made.kit.ledger.left(_ticket(order(500, quantity=1_000), 7, INSTRUMENT, "DU1"))
    assert violation(made) == "I11"


def test_an_entry_is_heard_once_a_message_that_names_it_was_delivered_whatever_the_desk_says():
    made = begun(calm(execution=Execution.LIMIT))
    signal(made, 1, seconds=0.5)
    (entry,) = [live for live in made.witness._live() if live.purpose == "enter"]
    assert entry.heard and made.kit.ledger.named
    made.kit.ledger.named.clear()
    assert not any(live.heard for live in made.witness._live() if live.purpose == "enter")


def test_a_second_frame_of_one_intent_is_seen():
    made = begun()
    signal(made, 1)
    assert violation(made) == ""
    first = made.kit.ledger.received[0]
    made.kit.ledger.received.append(replace(first, order_id=first.order_id + 500, at=made.agenda.now))
    assert violation(made) == "I05"


def test_books_that_miss_a_fill_are_seen_at_the_last_look():
    made = begun()
    signal(made, 1)
    made.kit.ledger.own[SPY] += 5
    made.kit.ledger.fills[-1] = replace(made.kit.ledger.fills[-1], shares=made.kit.ledger.fills[-1].shares + 5)
    made.witness.last_look()
    assert made.witness.violation is not None and made.witness.violation.id in {"C40", "I10", "I11", "crossing", "external"}


def test_what_still_moves_is_named():
    made = world()
    assert made.witness.unrest() == "a part is down"
    made = begun()
    made.kit.ledger.left(_ticket(order(500), 7, INSTRUMENT, "DU1"))
    assert made.witness.unrest() == "messages are on their way"


def test_a_desk_resumed_from_another_journal_is_seen():
    made = begun()
    signal(made, 1)
    run_until(made.agenda, 12.5)
    made.kit.rows.events[:] = [event for event in made.kit.rows.events if type(event).__name__ != "Fill"]
    assert made.witness._resumes() is not None
