"""`why` from the command line: what is asked, what is said, and the exit codes."""

from __future__ import annotations

import json

import pytest

from robo_trader.cli.app import main
from robo_trader.edge.journal_store import Journal
from robo_trader.edge.state_directory import StateDirectory
from tests.support.desk_bench import Bench
from tests.support.saved_systems import NAME, begun, events_of_a_trade


def test_people_see_the_orders_and_where_the_book_stands(capsys: pytest.CaptureFixture[str]) -> None:
    _, fence = begun()
    fence.close()
    assert main(["why"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "BUY 100 SPY MKT, enter, was sent and filled" in out
    assert "holds what its strategy" in out


def test_programs_get_one_object_while_the_journal_is_being_written(capsys: pytest.CaptureFixture[str]) -> None:
    directory, fence = begun(trading=True)
    writer = Journal.open(directory.journal)
    intent = events_of_a_trade().sent[0].intent
    assert main(["why", intent, "--system", NAME, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    writer.close()
    fence.close()
    [story] = said["stories"]
    assert (said["system"], story["intent"], story["sent"], story["cause"]) == (NAME, intent, True, "signal")
    assert story["inputs"]["position"] == "0"
    assert said["books"][0]["position"] == 100


def test_a_refusal_shows_its_halt_in_both_forms(capsys: pytest.CaptureFixture[str]) -> None:
    from robo_trader.desk.news import HaltSeen  # noqa: PLC0415
    from robo_trader.risk.halt import Halt, HaltLevel, HaltScope  # noqa: PLC0415

    bench = Bench().connect()
    bench.feed(HaltSeen(Halt("h1", HaltLevel.NO_NEW, HaltScope.SYMBOL, "SPY", "storm", None, "ann", "see the log")))
    bench.signal(1)
    journal = Journal.open(StateDirectory.of(NAME).make().journal)
    journal.append(bench.journal, epoch=1, at_ns=1)
    journal.close()
    assert main(["why", "--symbol", "spy"]) == 0
    out = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "NO_NEW of symbol SPY: storm (by ann) see the log" in out
    assert "C17 halt: halted NO_NEW against none" in out
    assert main(["why", "--json"]) == 0
    [story] = json.loads(capsys.readouterr().out)["stories"]
    assert story["halts"][0]["level"] == "NO_NEW"


def test_a_journal_without_decisions_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    Journal.open(StateDirectory.of(NAME).make().journal).close()
    assert main(["why"]) == 0
    assert "nothing was sent, and nothing was refused" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["ffffffffffffffff"], 2),
        (["--symbol", "QQQ"], 2),
        (["--system", "none"], 2),
        (["abcd", "--symbol", "SPY"], 4),
        (["--last", "0"], 4),
        (["--last", "100000"], 4),
        (["--symbol", " "], 4),
        (["--last", "x"], 4),
    ],
)
def test_a_mistake_has_its_exit_code_and_one_line(capsys: pytest.CaptureFixture[str], arguments: list[str], code: int) -> None:
    _, fence = begun()
    fence.close()
    assert main(["why", *arguments]) == code
    said = capsys.readouterr().err
    assert said.startswith("error: ") and said.count("\n") == 1


def test_without_any_system_or_journal_it_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["why"]) == 2
    StateDirectory.of(NAME).make()
    assert main(["why"]) == 4
    assert "no journal" in capsys.readouterr().err
