"""What is due is done in the order of time, and a saved agenda goes on."""

from __future__ import annotations

import json

from robo_trader.simulated_gateway.agenda import NEVER, Agenda, Due, Entry
from robo_trader.values import Instant


def filled() -> Agenda:
    agenda = Agenda()
    agenda.add(Instant(9), Due.EXPIRE, (7, 1))
    agenda.add(Instant(5), Due.ARRIVE, (7, 2))
    agenda.add(Instant(5), Due.CANCEL, (7, 2))
    return agenda


def test_the_earliest_comes_first_and_at_one_instant_the_one_noted_first() -> None:
    agenda = filled()
    assert agenda.next == 5
    assert [agenda.pop().due for _ in range(3)] == [Due.ARRIVE, Due.CANCEL, Due.EXPIRE]
    assert agenda.next == NEVER


def test_an_entry_names_its_order() -> None:
    assert filled().pop() == Entry(Instant(5), 2, Due.ARRIVE, 7, 2)


def test_a_restored_agenda_is_the_same_agenda() -> None:
    agenda, twin = filled(), Agenda()
    twin.restore(json.loads(json.dumps(agenda.state())))
    assert twin.state() == agenda.state()
    assert twin.next == agenda.next
    twin.add(Instant(5), Due.LOCATE, (7, 3))
    assert [twin.pop().due for _ in range(4)] == [Due.ARRIVE, Due.CANCEL, Due.LOCATE, Due.EXPIRE]


def test_what_is_noted_again_is_done_once_and_may_be_noted_anew_once_it_is_done() -> None:
    agenda = Agenda()
    for _ in range(2):
        for at in (9, 5):
            agenda.note(Instant(at), Due.CONDITION, (7, 1))
        agenda.note(Instant(5), Due.EXPIRE, (7, 1))
    twin = Agenda()
    twin.restore(json.loads(json.dumps(agenda.state())))
    twin.note(Instant(9), Due.CONDITION, (7, 1))
    assert [(entry.at, entry.due) for entry in (twin.pop() for _ in range(3))] == [(5, Due.CONDITION), (5, Due.EXPIRE), (9, Due.CONDITION)]
    assert twin.next == NEVER
    twin.note(Instant(9), Due.CONDITION, (7, 1))
    assert twin.next == 9
