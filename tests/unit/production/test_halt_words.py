"""The same words mean the same halt on every road, and a word that nobody knows is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from robo_trader.edge import clock
from robo_trader.edge.state_directory import StateDirectory
from robo_trader.errors import ConfigurationError, NotFound
from robo_trader.production import stopping
from robo_trader.production.halt_words import halt_of, lift_in
from robo_trader.production.halting import Place, in_order
from robo_trader.risk.halt import HaltLevel, HaltScope
from robo_trader.values import NS_PER_MINUTE

System = Callable[..., StateDirectory]
WORDS: dict[str, Any] = {"level": "reduce_only", "scope": "all", "target": "", "reason": "storm", "by": "ann"}


def test_words_become_a_halt_under_a_new_id():
    halt, notes = halt_of(**WORDS, text="more of it")
    assert (halt.level, halt.scope, halt.target, halt.reason) == (HaltLevel.REDUCE_ONLY, HaltScope.ALL, "", "storm")
    assert (halt.by, halt.text, halt.until, notes) == ("ann", "more of it", None, [])
    assert halt.id.startswith("halt-")
    assert halt.id != halt_of(**WORDS)[0].id


@pytest.mark.parametrize(
    ("scope", "target", "meant"), [("symbol", " spy ", "SPY"), ("strategy", "Momentum", "Momentum"), ("account", "DU1234567", "DU1234567")]
)
def test_a_halt_reaches_what_it_names(scope: str, target: str, meant: str):
    halt, _ = halt_of(**WORDS | {"scope": scope, "target": target})
    assert (halt.scope, halt.target) == (HaltScope(scope), meant)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ({"level": "total"}, r"--level is 'total'; choose one of: no_new, reduce_only"),
        ({"scope": "planet"}, r"--scope is 'planet'; choose one of: all, symbol"),
        ({"scope": "symbol"}, "--target is empty; name the symbol to halt"),
        ({"target": "SPY"}, "--target is 'SPY' and --scope is 'all'"),
        ({"scope": "strategy", "target": "x" * 41}, "--target has more than 40 bytes"),
        ({"until_minutes": 0.0}, "--until_minutes is 0"),
        ({"until_minutes": float("nan")}, "--until_minutes is nan"),
        ({"until_minutes": 1e9}, "--until_minutes is 1000000000"),
    ],
)
def test_words_that_make_no_halt_are_named(words: dict[str, Any], complaint: str):
    with pytest.raises(ConfigurationError, match=complaint):
        halt_of(**WORDS | words, prefix="--")


def test_a_halt_ends_after_the_minutes_that_were_said():
    before = clock.wall()
    halt, _ = halt_of(**WORDS, until_minutes=1.5)
    assert halt.until is not None
    assert 0 <= halt.until - before - int(1.5 * NS_PER_MINUTE) < NS_PER_MINUTE


def test_a_halt_for_a_loss_stands_without_the_end_it_was_given_and_says_so():
    halt, notes = halt_of(**WORDS | {"reason": "max_loss"}, until_minutes=5)
    assert (halt.until, notes) == (None, ["a halt for max_loss never ends by itself: a person must lift it"])


def test_a_halt_is_lifted_by_its_id_and_no_other_with_it(system: System):
    place = Place(system("one"))
    first, second = halt_of(**WORDS)[0], halt_of(**WORDS)[0]
    for halt in (first, second):
        stopping.stop([place], halt, 0.0)
    assert lift_in(place, first.id, "ann", "calm") == [first.id]
    assert [halt.id for halt in place.standing()] == [second.id]
    with pytest.raises(NotFound, match=f"no halt '{first.id}' stands in one; choose one of: {second.id}"):
        lift_in(place, first.id, "ann", "calm")


def test_a_halt_of_every_system_is_lifted_in_every_system(system: System):
    one, two = Place(system("one")), Place(system("two"))
    halt, _ = halt_of(**WORDS)
    stopping.stop(in_order([p.directory for p in (one, two) if p.directory], with_root=True), halt, 0.0)
    assert lift_in(one, None, "ann", "calm") == [halt.id]
    assert [place.standing() for place in (one, two, Place())] == [(), (), ()]
