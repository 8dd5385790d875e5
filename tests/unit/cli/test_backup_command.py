"""Backups from the command line: what is said, and what the exit codes are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from robo_trader.cli.app import main
from robo_trader.edge.fence import Fence
from robo_trader.edge.state_directory import ENVIRONMENT_VARIABLE, StateDirectory
from robo_trader.production.audit import AuditTrail
from tests.support.saved_systems import NAME, begun, saved


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = main(["backup", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_backup_is_made_looked_at_and_brought_back_halted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, fence = begun()
    fence.close()
    code, made = answer(capsys, "create", "--to", str(tmp_path / "disk"))
    assert (code, made["system"], made["traded"]) == (0, NAME, False)
    code, looked = answer(capsys, "verify", made["path"])
    assert (code, looked["ok"]) == (0, True)
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(tmp_path / "other"))
    code, done = answer(capsys, "restore", made["path"], "--system", NAME, "--by", "ann")
    assert code == 0
    assert done["journal"] == made["journal"]
    fence = Fence.open(StateDirectory.of(NAME).fence, create=False)
    assert [halt.id for halt in fence.halts()] == [done["halt"]]
    fence.close()
    assert done["halt"] in done["remedy"][-1]
    [line] = AuditTrail().lines()
    assert (line["what"], line["halt"], line["by"]) == ("restore", done["halt"], "ann")
    assert main(["resume", "--id", done["halt"], "--by", "ann", "--reason", "compared"]) == 0


def test_people_are_told_each_check_on_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    folder = saved()
    assert main(["backup", "verify", str(folder)]) == 0
    out = capsys.readouterr().out
    assert all(what in out for what in ("manifest", "files", "journal", "events", "head", "fence"))
    assert main(["backup", "restore", str(folder), "--system", NAME, "--replace"]) == 0
    out = capsys.readouterr().out
    assert "HALTED" in out and "robo-trader resume" in out
    assert main(["backup", "create"]) == 0
    assert "saved at rest" in capsys.readouterr().out


def test_a_changed_file_ends_with_1_and_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    folder = saved()
    (folder / "files" / "exchange.jsonl").write_text('{"k":"stXrt"}\n')
    code, looked = answer(capsys, "verify", str(folder))
    assert code == 1
    [wrong] = [check for check in looked["checks"] if not check["ok"]]
    assert (wrong["what"], wrong["finding"]) == ("files", "exchange.jsonl is not what was saved")
    assert main(["backup", "verify", str(folder)]) == 1
    assert "WRONG" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["create", "--system", "none"], 2),
        (["verify", "/nowhere"], 2),
        (["restore", "/nowhere", "--system", NAME], 2),
        (["restore", "/nowhere", "--system", "No Name"], 4),
        (["restore", "/nowhere"], 4),
        ([], 4),
    ],
)
def test_a_mistake_has_its_exit_code_and_one_line(capsys: pytest.CaptureFixture[str], arguments: list[str], code: int) -> None:
    assert main(["backup", *arguments]) == code
    said = capsys.readouterr().err
    assert said.startswith("error: ") and not said.startswith("error: ;") and said.count("\n") == 1


def test_an_existing_system_and_one_that_trades_are_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    folder = saved()
    assert main(["backup", "restore", str(folder), "--system", NAME]) == 4
    assert "--replace" in capsys.readouterr().err
    lock = StateDirectory.of(NAME).lock()
    assert main(["backup", "restore", str(folder), "--system", NAME, "--replace"]) == 4
    lock.release()
