"""Halts: which stand, whom they cover, and that the strongest counts."""

from hypothesis import given
from hypothesis import strategies as st

from robo_trader.risk.halt import Halt, HaltLevel, HaltScope, active, level_for
from robo_trader.values import BookId, Instant, Symbol

BOOK = BookId("cross", Symbol("SPY"))


def halt(name: str = "h", level: HaltLevel = HaltLevel.NO_NEW, scope: HaltScope = HaltScope.ALL, target: str = "", until: int | None = None) -> Halt:
    return Halt(name, level, scope, target, "manual", None if until is None else Instant(until), "me")


halts = st.lists(
    st.builds(
        halt,
        name=st.sampled_from("abcd"),
        level=st.sampled_from(HaltLevel),
        scope=st.sampled_from(HaltScope),
        target=st.sampled_from(["", "SPY", "IBM", "cross"]),
        until=st.none() | st.integers(0, 20),
    ),
    max_size=6,
)


def test_a_halt_covers_everything_its_symbol_or_its_strategy() -> None:
    assert halt().covers(BOOK)
    assert halt(scope=HaltScope.SYMBOL, target="SPY").covers(BOOK)
    assert not halt(scope=HaltScope.SYMBOL, target="IBM").covers(BOOK)
    assert halt(scope=HaltScope.STRATEGY, target="cross").covers(BOOK)
    assert not halt(scope=HaltScope.STRATEGY, target="SPY").covers(BOOK)
    assert halt(scope=HaltScope.ACCOUNT, target="DU1").covers(BOOK), "closed where the account is not known"


def test_a_timed_halt_stands_until_its_very_end() -> None:
    timed = halt(until=10)
    assert active([timed], frozenset(), Instant(9)) == (timed,)
    assert active([timed], frozenset(), Instant(10)) == ()


def test_of_two_overlapping_halts_both_must_end() -> None:
    both = [halt("a", until=10), halt("b")]
    assert [h.id for h in active(both, frozenset({"a"}), Instant(5))] == ["b"]
    assert [h.id for h in active(both, frozenset({"b"}), Instant(5))] == ["a"]
    assert active(both, frozenset({"b"}), Instant(10)) == ()


def test_levels_grow_and_the_strongest_that_covers_a_book_counts() -> None:
    assert sorted(HaltLevel) == [HaltLevel.NO_NEW, HaltLevel.REDUCE_ONLY, HaltLevel.HALT_CANCEL, HaltLevel.HALT_FLATTEN]
    other = halt(level=HaltLevel.HALT_FLATTEN, scope=HaltScope.SYMBOL, target="IBM")
    assert level_for([halt(), halt(level=HaltLevel.REDUCE_ONLY), other], BOOK) is HaltLevel.REDUCE_ONLY
    assert level_for([other], BOOK) is None


@given(halts, st.frozensets(st.sampled_from("abcd")), st.integers(0, 25))
def test_one_more_halt_never_allows_more_and_a_resume_never_touches_another(given_halts: list[Halt], resumed: frozenset[str], wall: int) -> None:
    now = Instant(wall)
    before = level_for(active(given_halts, resumed, now), BOOK) or 0
    more = [*given_halts, halt("new", HaltLevel.REDUCE_ONLY)]
    assert (level_for(active(more, resumed, now), BOOK) or 0) >= max(before, HaltLevel.REDUCE_ONLY)
    assert level_for(active(more, resumed | {"new"}, now), BOOK) == level_for(active(given_halts, resumed, now), BOOK)
