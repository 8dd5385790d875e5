"""All checkers are asked, in one order, and the first that finds something speaks."""

from __future__ import annotations

from robo_trader.simulation.checkers import CHECKERS, check
from robo_trader.simulation.look import Live, Look


def test_each_invariant_has_one_checker():
    ids = [name for name, _ in CHECKERS]
    assert len(set(ids)) == len(ids) == 27


def test_every_checker_says_which_invariant_it_stands_for():
    for name, checker in CHECKERS:
        assert name in str(checker.__doc__).split(":")[0], f"{checker.__name__} says nothing of {name}"


def test_an_empty_world_is_sound():
    assert check(Look(0, quiet=True, settled=True)) is None


def test_the_first_violation_speaks():
    both = Look(0, caps={"SPY": 100}, messages_last_second=51, live=(Live("a", 1, 1, 1, "enter", "SPY", 1, 200, "MKT", ""),))
    found = check(both)
    assert found is not None and found.id == "I11"
