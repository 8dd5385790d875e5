"""Halts across systems: all on record before anybody waits, told place by place, lifted wherever they stand."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from robo_trader.edge.fence_halts import UNREADABLE_ID
from robo_trader.edge.root_fence import root_fence_path
from robo_trader.edge.state_directory import StateDirectory
from robo_trader.errors import NotConfirmed
from robo_trader.production.halting import (
    ALL_SYSTEMS,
    CONFIRMED,
    FOR_LATER_STARTS,
    FOR_NEXT_START,
    NOT_RECORDED,
    UNCONFIRMED,
    Place,
    halt_places,
    in_order,
    lift,
)
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope

System = Callable[..., StateDirectory]
Confirming = Callable[[StateDirectory], AbstractContextManager[None]]
HALT = Halt("halt-1", HaltLevel.REDUCE_ONLY, HaltScope.ALL, "", "storm", None, "ann")


def standing(place: Place) -> list[str]:
    return [halt.id for halt in place.standing()]


def test_what_trades_is_halted_before_the_root_and_the_root_before_what_rests(system: System) -> None:
    places = in_order([system("a-rest"), system("b-runs", running=True)], with_root=True)
    assert [place.name for place in places] == ["b-runs", ALL_SYSTEMS, "a-rest"]


def test_every_place_has_its_record_before_anybody_waits(system: System) -> None:
    places = in_order([system("silent", running=True), system("idle")], with_root=True)
    seen: list[list[list[str]]] = []
    halt_places(places, HALT, 0.01, sleep=lambda _: seen.append([standing(place) for place in places]))
    assert seen[0] == [["halt-1"]] * 3


def test_each_place_says_what_became_of_the_halt(system: System, confirming: Confirming) -> None:
    quick, silent, idle = system("quick", running=True), system("silent", running=True), system("idle")
    with confirming(quick):
        answers = {a.system: a for a in halt_places(in_order([quick, silent, idle], with_root=True), HALT, 0.2)}
    assert {name: answer.outcome for name, answer in answers.items()} == {
        "quick": CONFIRMED,
        "silent": UNCONFIRMED,
        "idle": FOR_NEXT_START,
        ALL_SYSTEMS: FOR_LATER_STARTS,
    }
    assert answers["quick"].milliseconds is not None
    assert "by epoch 1 after" in answers["quick"].line()


def test_a_place_that_cannot_record_is_told_and_spares_no_other(system: System) -> None:
    lost, sound = system("lost"), system("sound")
    lost.journal.write_bytes(b"a journal, so its fence must have been lost")
    lost.fence.unlink()
    answers = halt_places([Place(lost), Place(sound)], HALT, 0.0)
    assert [answer.outcome for answer in answers] == [NOT_RECORDED, FOR_NEXT_START]
    assert "fence" in answers[0].problem
    assert standing(Place(sound)) == ["halt-1"]


def test_a_lost_or_broken_fence_reads_as_halted_and_a_place_that_never_began_does_not(system: System) -> None:
    lost, broken = system("lost"), system("broken")
    lost.journal.write_bytes(b"x")
    lost.fence.unlink()
    broken.fence.write_bytes(b"\xff" * 65_536)
    assert standing(Place(lost)) == [UNREADABLE_ID]
    assert standing(Place(broken)) == [UNREADABLE_ID]
    assert standing(Place()) == []
    assert not root_fence_path().exists(), "looking makes nothing"


def test_a_halt_is_lifted_wherever_it_stands_and_no_other_is(system: System) -> None:
    places = in_order([system("one"), system("two")], with_root=True)
    halt_places(places, HALT, 0.0)
    halt_places(places[1:2], Halt("other", HaltLevel.NO_NEW, HaltScope.ALL, "", "drift", None, "desk"), 0.0)
    assert lift(places, ["halt-1", "nowhere"], "ann") == ["halt-1"]
    assert [standing(place) for place in places] == [[], ["other"], []]


def test_an_unreadable_fence_cannot_be_lifted_and_the_others_are(system: System) -> None:
    broken, sound = system("broken"), system("sound")
    halt_places([Place(sound)], HALT, 0.0)
    broken.fence.write_bytes(b"")
    with pytest.raises(NotConfirmed, match="broken"):
        lift([Place(broken), Place(sound)], ["halt-1", UNREADABLE_ID], "ann")
    assert standing(Place(sound)) == []


def test_a_fence_that_stays_halted_comes_with_the_command_that_makes_it_whole(system: System) -> None:
    broken = Place(system("broken"))
    assert broken.directory is not None
    broken.directory.fence.write_bytes(b"")
    with pytest.raises(NotConfirmed) as refused:
        lift([broken], [UNREADABLE_ID], "ann")
    assert "`robo-trader doctor --system broken --repair-fence`" in refused.value.remedy
    assert Place().open(create=True).halts() == ()
    root_fence_path().write_bytes(b"")
    with pytest.raises(NotConfirmed) as refused:
        lift([Place(), broken], [UNREADABLE_ID], "ann")
    assert "`robo-trader doctor --repair-fence` and `robo-trader doctor --system broken --repair-fence`" in refused.value.remedy
