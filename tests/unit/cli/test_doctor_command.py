"""`doctor` as a whole: what it exits with, and that it changes nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from robo_trader.cli.app import main
from robo_trader.cli.checks import of_machine
from robo_trader.edge.fence import Fence
from robo_trader.edge.fence_record import CELLS
from robo_trader.edge.journal_store import Journal
from robo_trader.edge.root_fence import open_root_fence
from robo_trader.edge.state_directory import StateDirectory
from robo_trader.orders.events import OrderIdRaised
from robo_trader.risk.halt import HaltScope

System = Callable[..., StateDirectory]


def test_before_the_first_run_all_is_well_and_nothing_is_made(state_root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    assert not state_root.exists()


def test_a_fault_ends_with_1_and_comes_with_its_remedy(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    directory = system("one")
    directory.journal.write_bytes(b"not a journal" * 1000)
    assert main(["doctor", "--json"]) == 1
    wrong = [check for check in json.loads(capsys.readouterr().out)["checks"] if not check["ok"]]
    assert [check["what"] for check in wrong] == ["one journal"]
    assert wrong[0]["remedy"]
    assert directory.journal.read_bytes() == b"not a journal" * 1000


def test_one_system_can_be_looked_at_alone(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    Journal.open(system("good").journal).close()
    system("bad")
    assert main(["doctor", "--system", "good"]) == 0
    assert "bad" not in capsys.readouterr().out
    assert main(["doctor", "--system", "none"]) == 2


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code = main(["doctor", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_damaged_fence_is_repaired_when_told_to_and_halts_everything(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    directory = system("one")
    journal = Journal.open(directory.journal)
    journal.append([OrderIdRaised(1)], epoch=41, at_ns=1)
    journal.close()
    directory.fence.write_bytes(b"damaged")
    damaged = directory.fence.read_bytes()
    code, told = answer(capsys, "--system", "one")
    [wrong] = [check for check in told["checks"] if not check["ok"]]
    assert code == 1
    assert "doctor --system one --repair-fence" in wrong["remedy"]
    assert directory.fence.read_bytes() == damaged

    code, told = answer(capsys, "--system", "one", "--repair-fence")
    assert (code, told["ok"], len(told["repaired"])) == (0, True, len(CELLS))
    fence = Fence.open(directory.fence, create=False)
    assert fence.blocks("SPY", "s", 0, 0) is not None
    assert fence.take_lease(os.getpid()) == 42
    fence.release()
    fence.close()
    assert answer(capsys, "--system", "one", "--repair-fence")[1]["repaired"] == []
    assert main(["doctor", "--system", "one", "--repair-fence"]) == 0
    assert "nothing was repaired" in capsys.readouterr().out


def test_a_lost_fence_of_a_system_that_has_traded_comes_back_halted(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    directory = system("one")
    Journal.open(directory.journal).close()
    directory.fence.unlink()
    assert main(["doctor", "--system", "one", "--repair-fence"]) == 0
    assert "everything is halted until a person resumes" in capsys.readouterr().out
    assert Fence.open(directory.fence, create=False).halts()


def test_a_system_that_runs_is_not_repaired(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    directory = system("one")
    lock = directory.lock()
    directory.fence.write_bytes(b"damaged")
    code, told = answer(capsys, "--system", "one", "--repair-fence")
    lock.release()
    assert code == 4
    assert str(os.getpid()) in told["error"]
    assert directory.fence.read_bytes() == b"damaged"


def test_a_journal_that_cannot_tell_its_epochs_stops_the_repair(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    directory = system("one")
    directory.journal.write_bytes(b"not a journal" * 1000)
    directory.fence.write_bytes(b"damaged")
    assert answer(capsys, "--system", "one", "--repair-fence")[0] == 4
    assert directory.fence.read_bytes() == b"damaged"


def test_without_a_name_the_fence_of_all_systems_is_meant(system: System, state_root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Journal.open(system("one").journal).close()
    open_root_fence().close()
    (state_root / "fence").write_bytes(b"damaged")
    assert answer(capsys)[0] == 1
    code, told = answer(capsys, "--repair-fence")
    assert (code, len(told["repaired"])) == (0, len(CELLS))
    assert [halt.scope for halt in open_root_fence().halts()] == [HaltScope.ALL]


def test_its_help_names_what_it_looks_at_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--help"]) == 0
    said = capsys.readouterr().out.lower()
    assert [check.what for check in of_machine() if check.what not in said] == []
    assert "fences" in said
    assert "journals" in said
    assert "lock" not in said
