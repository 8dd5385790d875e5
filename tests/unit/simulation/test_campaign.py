"""Many worlds."""

import json
from collections import Counter
from pathlib import Path

import pytest

from robo_trader.errors import DataError
from robo_trader.simulation import campaign
from robo_trader.simulation.campaign import Tally, live_through, of_this_build
from robo_trader.simulation.look import Violation
from robo_trader.simulation.world import Result


def result(seed: int, *, broken: bool = False) -> Result:
    violation = Violation("I05", "twice") if broken else None
    return Result(seed, violation, "h", 60, 20, 100, 300.0, Counter(F16=9), Counter(K3=1), Counter(a=1), Counter(unknown=1))


@pytest.fixture
def lived(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    seeds: list[int] = []

    def run(seed: int) -> Result:
        seeds.append(seed)
        return result(seed, broken=seed == 66)

    monkeypatch.setattr(campaign, "run", run)
    return seeds


def test_worlds_are_added_up_and_a_run_that_was_stopped_goes_on(lived: list[int], tmp_path: Path):
    file = tmp_path / "deep" / "worlds.jsonl"
    tally = live_through(0, 30, jobs=1, results=file, progress=lambda _: None)
    assert (tally.seeds, tally.orders, tally.faults["F16"]) == (30, 1800, 270) and lived == list(range(30))
    lived.clear()
    told: list[int] = []
    again = live_through(0, 50, jobs=1, results=file, progress=lambda so_far: told.append(so_far.seeds))
    assert again.seeds == 50 and lived == list(range(25, 50)) and told == [25, 50]


def test_blocks_of_other_code_are_lived_through_again(lived: list[int], tmp_path: Path):
    file = tmp_path / "worlds.jsonl"
    live_through(0, 25, jobs=1, results=file, progress=lambda _: None)
    row = json.loads(file.read_text())
    file.write_text(json.dumps({**row, "build": "other"}) + "\n")
    lived.clear()
    assert live_through(0, 25, jobs=1, results=file, progress=lambda _: None).seeds == 25 and len(lived) == 25
    (aside,) = tmp_path.glob("worlds.other.jsonl")
    assert json.loads(aside.read_text())["first"] == 0 and json.loads(file.read_text())["build"] == campaign.BUILD


@pytest.mark.usefixtures("lived")
def test_blocks_bear_the_code_that_was_loaded_and_not_what_lies_on_the_disk_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(campaign, "_digest", lambda: "edited meanwhile")
    file = tmp_path / "worlds.jsonl"
    live_through(0, 25, jobs=1, results=file, progress=lambda _: None)
    assert json.loads(file.read_text())["build"] == campaign.BUILD != "edited meanwhile"


def test_a_block_of_a_worker_that_loaded_other_code_is_refused():
    assert of_this_build(campaign.BUILD, Tally(seeds=25)).seeds == 25
    with pytest.raises(DataError, match="a worker loaded the sources other"):
        of_this_build("other", Tally(seeds=25))


def test_a_line_that_a_kill_tore_costs_its_own_block_and_no_other(lived: list[int], tmp_path: Path):
    file = tmp_path / "worlds.jsonl"
    live_through(0, 50, jobs=1, results=file, progress=lambda _: None)
    file.write_bytes(file.read_bytes()[:-20])
    for again in (25, 0):
        lived.clear()
        assert live_through(0, 50, jobs=1, results=file, progress=lambda _: None).seeds == 50 and len(lived) == again


def test_a_violation_ends_the_run_and_is_lived_through_again_the_next_time(lived: list[int], tmp_path: Path):
    file = tmp_path / "worlds.jsonl"
    tally = live_through(0, 200, jobs=1, results=file, progress=lambda _: None)
    assert tally.violations == [(66, "I05: twice")] and max(lived) == 66
    lived.clear()
    live_through(0, 200, jobs=1, results=file, progress=lambda _: None)
    assert lived[0] == 50


def test_a_run_that_reached_too_little_says_what_is_missing():
    few = Tally(seeds=200, orders=200, faults=Counter(F16=1))
    said = [text.split(":")[0] for text in few.missing()]
    assert said[:3] == ["1.0 orders a seed, 50 are the floor", "0.0 faults a seed, 5 are the floor", "never reached"]
    rows = Tally(seeds=20_000, orders=1_200_000, faults=Counter(F16=900_000), reached=Counter(dict.fromkeys(campaign.NAMED, 1)))
    common = [f"common life-cycle row never reached: {row}" for row in campaign.COMMON]
    assert rows.missing() == common + [f"life-cycle row never reached: {row}" for row in campaign.REACHABLE]
    rows.seeds, rows.rows = 1_000, Counter(dict.fromkeys(campaign.COMMON[1:], 1))
    assert rows.missing() == common[:1]
