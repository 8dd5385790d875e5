"""The simulate command."""

import pytest

from robo_trader.cli import simulate_command
from robo_trader.errors import ConfigurationError
from robo_trader.simulation import campaign
from robo_trader.simulation.campaign import Tally


def test_one_world_ends_with_a_line_that_says_what_came_of_it(capsys: pytest.CaptureFixture[str]):
    assert simulate_command.one(3, explain=True) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[-1].startswith("seed 3: no violation; ") and len(told) > 100


def test_a_violation_prints_the_line_that_replays_it_and_exits_with_one(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr(campaign, "live_through", lambda *_, **__: Tally(seeds=1, orders=60, violations=[(17, "I05: twice")]))
    assert simulate_command.many(17, 1, 1, None) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "robo-trader simulate --seed 17 --explain"


def test_a_run_that_proves_too_little_fails_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr(campaign, "live_through", lambda *_, **__: Tally(seeds=10, orders=5))
    assert simulate_command.many(0, 10, 1, None) == 1
    assert "the run proves too little: 0.5 orders a seed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("seeds", "seed0", "jobs", "seed", "explain"),
    [(0, 0, 1, None, False), (1, -1, 1, None, False), (1, 0, 0, None, False), (1, 0, 1, -2, False), (1, 0, 1, None, True)],
)
def test_options_that_make_no_sense_are_refused(seeds: int, seed0: int, jobs: int, seed: int | None, explain: bool):
    with pytest.raises(ConfigurationError):
        simulate_command.check(seeds, seed0, jobs, seed, explain=explain)
