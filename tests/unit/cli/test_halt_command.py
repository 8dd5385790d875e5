"""Halts and resumes from the command line: on record in the fence, whatever else works."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from robo_trader.cli.app import main
from robo_trader.edge import clock
from robo_trader.edge.fence import Fence
from robo_trader.edge.state_directory import StateDirectory
from robo_trader.production.audit import AuditTrail
from robo_trader.production.halting import Place
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope

System = Callable[..., StateDirectory]


def standing(directory: StateDirectory) -> tuple[Halt, ...]:
    fence = Fence.open(directory.fence, create=False)
    try:
        return fence.halts()
    finally:
        fence.close()


@contextmanager
def confirming(directory: StateDirectory) -> Iterator[None]:
    """Somebody who notes every halt at once, as the trading process does after the broker answered."""
    ended = threading.Event()

    def confirm() -> None:
        fence = Fence.open(directory.fence, create=False)
        while not ended.wait(0.001):
            fence.write_seen(fence.sequence(), 1, clock.process_ns())
        fence.close()

    thread = threading.Thread(target=confirm)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def test_a_halt_with_nothing_running_is_recorded_in_every_system(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    systems = [system("one"), system("two")]
    assert main(["halt", "--reason", "storm", "--by", "ann"]) == 0
    for directory in systems:
        (halt,) = standing(directory)
        assert (halt.level, halt.scope, halt.reason, halt.by) == (HaltLevel.REDUCE_ONLY, HaltScope.ALL, "storm", "ann")
    assert capsys.readouterr().out.count("recorded for the next start; nothing runs now") == 2


def test_without_a_name_only_the_running_systems_are_halted(system: System) -> None:
    idle, busy = system("idle"), system("busy", running=True)
    with confirming(busy):
        assert main(["halt"]) == 0
    assert len(standing(busy)) == 1
    assert standing(idle) == ()


def test_a_confirmed_halt_says_when_and_by_which_epoch(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    with confirming(system("busy", running=True)):
        assert main(["halt", "--system", "busy", "--json"]) == 0
    (answer,) = json.loads(capsys.readouterr().out)["halts"]
    assert answer["outcome"] == "recorded and confirmed"
    assert answer["epoch"] == 1
    assert 0 < answer["recorded_ns"] <= answer["confirmed_ns"]


def test_a_halt_that_nobody_confirms_stands_all_the_same_and_ends_with_5(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    directory = system("busy", running=True)
    assert main(["halt", "--timeout", "0.01", "--json"]) == 5
    said = capsys.readouterr()
    assert "recorded, NOT confirmed" in said.err
    assert json.loads(said.out)["halts"][0]["confirmed_ns"] is None
    assert len(standing(directory)) == 1


@pytest.mark.parametrize("broken", [b"", b"\xff" * 65_536])
def test_a_broken_fence_can_still_be_halted(system: System, broken: bytes) -> None:
    directory = system("one")
    directory.fence.write_bytes(broken)
    main(["halt", "--timeout", "0.01"])
    assert any(halt.scope is HaltScope.ALL for halt in standing(directory))


def test_one_system_that_cannot_be_halted_does_not_spare_the_others(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    lost, sound = system("lost"), system("sound")
    lost.journal.write_bytes(b"a journal, so its fence must have been lost")
    lost.fence.unlink()
    assert main(["halt"]) == 4
    assert "fence" in capsys.readouterr().err
    assert len(standing(sound)) == 1


@pytest.mark.parametrize(
    ("options", "scope", "target"),
    [(["--symbol", "spy"], HaltScope.SYMBOL, "SPY"), (["--strategy", "moving_average_cross"], HaltScope.STRATEGY, "moving_average_cross")],
)
def test_a_halt_can_cover_a_symbol_or_a_strategy(system: System, options: list[str], scope: HaltScope, target: str) -> None:
    directory = system("one")
    assert main(["halt", "--level", "no_new", *options]) == 0
    (halt,) = standing(directory)
    assert (halt.level, halt.scope, halt.target) == (HaltLevel.NO_NEW, scope, target)


@pytest.mark.parametrize(
    "options",
    [
        ["--level", "total"],
        ["--symbol", "SPY", "--strategy", "x"],
        ["--symbol", " "],
        ["--timeout", "nan"],
        ["--timeout", "-1"],
        ["--timeout", "1e9"],
    ],
)
def test_a_halt_that_makes_no_sense_is_refused_and_nothing_is_written(system: System, options: list[str]) -> None:
    directory = system("one")
    assert main(["halt", *options]) == 4
    assert standing(directory) == ()


def test_a_halt_of_a_system_that_is_not_there_lists_those_that_are(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    system("one")
    assert main(["halt", "--system", "other"]) == 2
    assert "choose one of: one" in capsys.readouterr().err


def test_resume_lifts_the_one_halt_it_names(system: System) -> None:
    directory = system("one")
    main(["halt", "--symbol", "SPY"])
    main(["halt", "--symbol", "IBM"])
    spy = next(halt for halt in standing(directory) if halt.target == "SPY")
    assert main(["resume", "--id", spy.id, "--by", "ann", "--reason", "calm"]) == 0
    assert [halt.target for halt in standing(directory)] == ["IBM"]


def test_resume_all_lifts_every_halt(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    directory = system("one")
    main(["halt"])
    main(["halt", "--symbol", "IBM"])
    capsys.readouterr()
    assert main(["resume", "--all", "--by", "ann", "--reason", "calm", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["resumed"]) == 2
    assert standing(directory) == ()


def test_resume_of_an_unknown_id_lists_those_that_stand(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    directory = system("one")
    main(["halt"])
    assert main(["resume", "--id", "halt-0", "--by", "ann", "--reason", "calm"]) == 2
    assert standing(directory)[0].id in capsys.readouterr().err


@pytest.mark.parametrize("options", [[], ["--all", "--id", "halt-0"]])
def test_resume_wants_either_an_id_or_all(system: System, options: list[str]) -> None:
    system("one")
    assert main(["resume", *options, "--by", "ann", "--reason", "calm"]) == 4


def test_resume_wants_a_name_and_a_reason(system: System) -> None:
    directory = system("one")
    main(["halt"])
    assert main(["resume", "--all"]) == 4
    assert len(standing(directory)) == 1


def test_resume_guesses_no_system(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    system("one"), system("two")
    assert main(["resume", "--all", "--by", "ann", "--reason", "calm"]) == 4
    assert "one, two" in capsys.readouterr().err


def test_with_nothing_running_a_halt_also_waits_for_systems_to_come_and_resume_lifts_it_everywhere(system: System) -> None:
    directories = [system("one"), system("two")]
    assert main(["halt", "--by", "ann"]) == 0
    assert len(Place().standing()) == 1
    assert main(["resume", "--system", "one", "--all", "--by", "ann", "--reason", "calm"]) == 0
    assert [Place(directory).standing() for directory in directories] == [(), ()]
    assert Place().standing() == ()


def test_with_no_system_at_all_a_halt_waits_for_the_first_and_can_be_lifted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["halt"]) == 0
    assert "recorded for every later start" in capsys.readouterr().out
    assert main(["resume", "--all", "--by", "ann", "--reason", "calm"]) == 0
    assert Place().standing() == ()


def test_a_halt_and_its_resume_are_audited(system: System) -> None:
    directory = system("one")
    main(["halt", "--system", "one", "--by", "ann"])
    main(["resume", "--all", "--by", "bob", "--reason", "calm"])
    assert [(line["what"], line["event"]["initiated_by"]) for line in AuditTrail().lines()] == [("stop", "ann"), ("resume", "bob")]
    assert standing(directory) == ()
