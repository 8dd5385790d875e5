"""Whole worlds."""

import os
import subprocess
import sys

import pytest

from robo_trader.desk.events import HaltLifted
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.simulation.world import World, run
from robo_trader.values import NS_PER_SECOND, Instant
from tests.support.world_bench import CALM, begun


def test_a_calm_world_trades_comes_to_rest_and_keeps_every_promise():
    result = World(CALM).run()
    assert result.violation is None and result.orders > 10 and not result.faults and result.looks > result.orders


@pytest.mark.parametrize("seed", [3, 11])
def test_the_same_seed_is_the_same_history_in_this_process(seed: int):
    assert run(seed).hash == run(seed, explain=True).hash


def test_the_same_seed_is_the_same_history_in_other_processes_whatever_their_hash_seed():
    told = [_hash_in_a_process(hash_seed) for hash_seed in ("1", "2")]
    assert told[0] == told[1] == run(5).hash


def _hash_in_a_process(hash_seed: str) -> str:
    code = "from robo_trader.simulation.world import run; import sys; sys.stdout.write(run(5).hash)"
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=60).stdout


def test_an_explained_world_tells_its_lines_and_others_keep_none():
    assert any("exchange" in line and "fills" in line for line in run(3, explain=True).lines)
    assert run(3).lines == []


def test_a_world_that_breaks_ends_with_a_violation_and_not_with_an_error(monkeypatch: pytest.MonkeyPatch):
    made = World(CALM)
    monkeypatch.setattr(made.lineage.keeper, "begin", lambda: (_ for _ in ()).throw(AssertionError("told to")))
    result = made.run()
    assert result.violation is not None and str(result.violation) == "crash: AssertionError: told to"


def test_a_halt_that_is_over_for_the_desk_before_its_time_is_seen():
    made = begun()
    halt = Halt("h", HaltLevel.NO_NEW, HaltScope.ALL, "", "test", Instant(made.agenda.wall + 9 * NS_PER_SECOND), "person")
    made.halts.raised(halt, 1)
    made.halts.confirmed(1)
    made._happened(HaltLifted("h", Instant(0)))
    assert str(made.witness.violation) == "I02: halt h is over for the desk; nobody lifted it, and its time is still to come"
