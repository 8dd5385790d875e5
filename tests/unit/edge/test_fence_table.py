"""Raising and lifting, in any order and by any number of processes: nothing that was acknowledged is lost."""

from __future__ import annotations

import itertools
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from robo_trader.edge import clock, fence_file
from robo_trader.edge.fence import Fence
from robo_trader.edge.fence_file import FenceFile, LockByte
from robo_trader.edge.fence_table import HaltTable
from robo_trader.errors import NotConfirmed
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope, active, level_for
from robo_trader.values import BookId, Instant, Symbol

WALL = Instant(1_700_000_000_000_000_000)
SPY = BookId("cross", Symbol("SPY"))
IBM = BookId("cross", Symbol("IBM"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fence"


@pytest.fixture
def fence(path: Path) -> Fence:
    return Fence.open(path, create=True)


@pytest.fixture
def _short_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fence_file, "LOCK_WAIT_MILLISECONDS", 2)


def everything(halt_id: str, until: Instant | None = None) -> Halt:
    return Halt(halt_id, HaltLevel.REDUCE_ONLY, HaltScope.ALL, "", "operator", until, "me", "by hand")


def symbol_halt(halt_id: str, symbol: str = "SPY", until: Instant | None = None) -> Halt:
    return Halt(halt_id, HaltLevel.NO_NEW, HaltScope.SYMBOL, symbol, "drift", until, "desk")


def blocked(fence: Fence, book: BookId, wall: Instant = WALL) -> bool:
    return fence.blocks(book.symbol, book.strategy, wall, clock.process_ns()) is not None


def ids(fence: Fence) -> set[str]:
    return {halt.id for halt in fence.halts()}


def test_resuming_one_of_several_halts_of_everything_frees_nothing(fence: Fence):
    for halt_id in ("a", "b", "c"):
        fence.raise_halt(everything(halt_id))
    for halt_id, left in (("c", {"a", "b"}), ("a", {"b"}), ("b", set())):
        fence.resume(halt_id, "me", WALL)
        assert ids(fence) == left
        assert blocked(fence, SPY) == bool(left)


def test_a_halt_that_is_raised_again_after_its_resume_stands_again(fence: Fence):
    for halt in (everything("a"), symbol_halt("b")):
        for _ in range(2):
            fence.raise_halt(halt)
            fence.raise_halt(halt)
            assert ids(fence) == {halt.id}
            assert halt.id not in fence.resumed()
            fence.resume(halt.id, "me", WALL)
            assert ids(fence) == set()
            assert halt.id in fence.resumed()


def test_an_id_that_stands_nowhere_can_be_resumed_for_journals_that_remember_it(fence: Fence):
    fence.resume("from the journal", "me", WALL)
    assert fence.resumed() == {"from the journal"}


class Halting(RuleBasedStateMachine):
    """Any sequence of halts and resumes, by two processes, against the fold that the desk uses."""

    folder: Path
    numbers = itertools.count()

    @initialize()
    def begin(self) -> None:
        """A blank fence, seen twice."""
        path = self.folder / f"fence-{next(self.numbers)}"
        self.views = [Fence.open(path, create=True), Fence.open(path, create=False)]
        self.standing: dict[str, Halt] = {}
        self.resumed: set[str] = set()

    @rule(
        by=st.integers(0, 1),
        number=st.integers(0, 9),
        level=st.sampled_from(HaltLevel),
        scope=st.sampled_from(HaltScope),
        whom=st.sampled_from(["SPY", "IBM", "cross"]),
        until=st.sampled_from([None, WALL - 1, WALL + 1]),
    )
    def halt(self, by: int, number: int, level: HaltLevel, scope: HaltScope, whom: str, until: int | None) -> None:
        """Somebody halts something."""
        end = None if until is None else Instant(until)
        halt = Halt(f"h{number}", level, scope, "" if scope is HaltScope.ALL else whom, "reason", end, "me")
        before = self.views[by].sequence()
        assert self.views[by].raise_halt(halt) > before
        self.standing[halt.id] = halt
        self.resumed.discard(halt.id)

    @rule(by=st.integers(0, 1), number=st.integers(0, 9))
    def resume(self, by: int, number: int) -> None:
        """Somebody resumes something, or nothing."""
        self.views[by].resume(f"h{number}", "me", WALL)
        self.standing.pop(f"h{number}", None)
        self.resumed.add(f"h{number}")

    @invariant()
    def both_see_what_stands(self) -> None:
        """Each view agrees with the model, by lists and by the question that matters."""
        for view in self.views:
            assert {halt.id: halt for halt in view.halts()} == self.standing
            assert view.resumed() == self.resumed
            for book in (SPY, IBM):
                stands = active(self.standing.values(), frozenset(self.resumed), WALL)
                assert blocked(view, book) == (level_for(stands, book) is not None)

    def teardown(self) -> None:
        """Close the files."""
        for view in getattr(self, "views", ()):
            view.close()


def test_any_sequence_of_halts_and_resumes_means_what_the_desk_computes(tmp_path: Path):
    class Here(Halting):
        folder = tmp_path

    run_state_machine_as_test(Here, settings=settings(max_examples=15, stateful_step_count=12, deadline=None))


def fill_table(fence: Fence) -> None:
    for number in range(64):
        fence.raise_halt(symbol_halt(f"h{number}", f"S{number}"))


def test_a_full_table_halts_everything_under_one_id_that_ends_by_its_own_resume(fence: Fence):
    fill_table(fence)
    assert not blocked(fence, SPY)
    fence.raise_halt(symbol_halt("one too many"))
    fence.raise_halt(everything("and another"))
    [overflow] = [halt for halt in fence.halts() if halt.id.startswith("overflow-")]
    assert (overflow.scope, overflow.level) == (HaltScope.ALL, HaltLevel.REDUCE_ONLY)
    assert blocked(fence, SPY)
    fence.resume("h0", "me", WALL)
    fence.resume("and another", "me", WALL)
    assert blocked(fence, SPY)
    fence.resume(overflow.id, "me", WALL)
    assert overflow.id in fence.resumed()
    assert not blocked(fence, SPY)
    assert blocked(fence, BookId("cross", Symbol("S1")))


def test_a_full_table_takes_a_new_halt_after_a_resume(fence: Fence):
    fill_table(fence)
    fence.resume("h5", "me", WALL)
    fence.raise_halt(symbol_halt("new"))
    assert "new" in ids(fence)
    assert len(ids(fence)) == 64


def test_a_full_table_refuses_to_bury_what_it_does_not_know(fence: Fence):
    fill_table(fence)
    with pytest.raises(NotConfirmed, match="full"):
        fence.resume("unknown", "me", WALL)


@pytest.mark.usefixtures("_short_locks")
def test_beside_a_hung_lock_holder_every_halt_still_works_and_no_resume_does(fence: Fence, path: Path):
    hung = FenceFile.open(path, create=False)
    assert hung.try_lock(LockByte.TABLE)
    fence.raise_halt(everything("a"))
    assert "a" in ids(fence)
    assert blocked(fence, SPY)
    fence.raise_halt(symbol_halt("b", "XYZ"))
    with pytest.raises(NotConfirmed, match="another process holds"):
        fence.resume("a", "me", WALL)
    hung.close()
    for halt_id in ids(fence):
        assert blocked(fence, SPY)
        fence.resume(halt_id, "me", WALL)
    assert not blocked(fence, SPY)


@pytest.mark.usefixtures("_short_locks")
def test_a_resume_that_was_frozen_half_way_lifts_nothing_that_was_raised_meanwhile(fence: Fence, path: Path, monkeypatch: pytest.MonkeyPatch):
    other = Fence.open(path, create=False)
    fill_table(fence)
    fence.raise_halt(symbol_halt("first"))
    [overflow] = [halt.id for halt in fence.halts() if halt.id.startswith("overflow-")]
    bury = HaltTable._bury

    def frozen(*arguments: object) -> object:
        lifted = bury(*arguments)  # type: ignore[arg-type]
        other.raise_halt(symbol_halt("meanwhile"))
        return lifted

    monkeypatch.setattr(HaltTable, "_bury", frozen)
    fence.resume(overflow, "me", WALL)
    assert blocked(fence, SPY)


def test_a_halt_that_the_table_cannot_spell_halts_everything(fence: Fence):
    fence.raise_halt(replace(symbol_halt("a"), target="strategy " * 9))
    assert blocked(fence, IBM)


@pytest.mark.usefixtures("_short_locks")
@pytest.mark.parametrize("stop_at", range(9))
def test_a_halt_in_the_middle_of_another_loses_neither(fence: Fence, path: Path, monkeypatch: pytest.MonkeyPatch, stop_at: int):
    other = Fence.open(path, create=False)
    real, writes = os.pwrite, []

    def interrupted(descriptor: int, raw: bytes, place: int) -> int:
        writes.append(place)
        if len(writes) == stop_at + 1:
            monkeypatch.setattr(fence_file.os, "pwrite", real)
            other.raise_halt(everything("two"))
        return real(descriptor, raw, place)

    monkeypatch.setattr(fence_file.os, "pwrite", interrupted)
    fence.raise_halt(everything("one"))
    assert len(writes) == stop_at + 1, "the other halt never came"
    overflow = {halt_id for halt_id in ids(fence) if halt_id.startswith("overflow-")}
    assert "one" in ids(fence)
    assert "two" in ids(fence) or overflow
    for halt_id in sorted(ids(fence)):
        assert blocked(fence, SPY)
        fence.resume(halt_id, "me", WALL)
    assert not blocked(fence, SPY)


def test_a_halt_of_everything_whose_process_died_after_its_first_write_stands(fence: Fence, path: Path, monkeypatch: pytest.MonkeyPatch):
    fence.raise_halt(everything("old"))
    fence.resume("old", "me", WALL)

    def dies(*_: object) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(HaltTable, "_enter", dies)
    with pytest.raises(KeyboardInterrupt):
        Fence.open(path, create=False).raise_halt(everything("a"))
    assert ids(fence) == {"a"}
    assert blocked(fence, SPY)
    fence.resume("a", "me", WALL)
    assert not blocked(fence, SPY)
    assert fence.resumed() == {"old", "a"}


def test_an_id_that_no_halt_can_have_is_not_lifted(fence: Fence):
    with pytest.raises(NotConfirmed, match="no halt has such an id"):
        fence.resume("x" * 37, "me", WALL)
