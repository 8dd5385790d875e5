"""The options of `sim-gateway` and the judgement of a log; tests/wire and tests/e2e run the gateway itself."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from robo_trader.cli import gateway_command
from robo_trader.cli.app import main
from robo_trader.simulated_gateway.entitlement import Entitlement
from robo_trader.simulated_gateway.fault_kinds import Cut
from robo_trader.simulated_gateway.instruments import known_instruments
from robo_trader.simulated_gateway.settings import DEFAULT_SYMBOLS, GatewaySettings

START = {"t": 1, "c": 2, "k": "start", "account": "DU1000001", "cash": "1000000", "seed": 1, "market": "generated", "positions": {}}


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> list[GatewaySettings]:
    """What would have been served."""
    served: list[GatewaySettings] = []
    monkeypatch.setattr(gateway_command, "serve_until_stopped", served.append)
    return served


def test_the_options_become_settings(settings: list[GatewaySettings], tmp_path: Path) -> None:
    options = ["--port", "4002", "--seed", "3", "--date", "2013-10-07", "--symbols", "spy, ibm", "--speed", "2.5", "--cash", "5000.01"]
    assert main(["sim-gateway", *options, "--state", str(tmp_path)]) == 0
    (given,) = settings
    assert (given.port, given.seed, given.symbols, given.speed, given.cash) == (4002, 3, ("SPY", "IBM"), 2.5, Decimal("5000.01"))
    assert given.date == date(2013, 10, 7)
    assert given.log_path == tmp_path / "exchange.jsonl"


def test_a_generated_market_has_what_examples_use_and_a_recorded_one_what_its_records_have(settings: list[GatewaySettings], tmp_path: Path) -> None:
    assert main(["sim-gateway"]) == 0
    assert main(["sim-gateway", "--replay", str(tmp_path), "--date", "2013-10-07"]) == 0
    generated, recorded = settings
    assert generated.symbols == ("SPY", "IBM", "AAPL", "MSFT", "QQQ", "AMD", "TSLA", "GOOGL", "AMZN", "NVDA")
    assert recorded.symbols == DEFAULT_SYMBOLS
    assert set(generated.symbols) <= {contract.symbol for contract in known_instruments()}


def test_the_faults_of_a_seed_are_written_beside_the_log_as_the_scenario_that_they_are(settings: list[GatewaySettings], tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    assert main(["sim-gateway", "--log", str(log), "--faults", "7"]) == 0
    assert main(["sim-gateway", "--log", str(log), "--scenario", str(tmp_path / "log.faults-7.jsonl")]) == 0
    drawn, read = settings
    assert drawn.scenario == read.scenario != ()
    assert (drawn.swarm_path, read.swarm_path) == (tmp_path / "log.faults-7.jsonl", None)


def test_the_faults_of_a_seed_come_beside_those_of_a_file(settings: list[GatewaySettings], tmp_path: Path) -> None:
    (tmp_path / "day.jsonl").write_text('{"fault": "cut", "when": {"order": 1}}\n')
    assert main(["sim-gateway", "--log", str(tmp_path / "log"), "--scenario", str(tmp_path / "day.jsonl"), "--faults", "7"]) == 0
    (given,) = settings
    assert given.scenario[0].fault == Cut()
    assert len(given.scenario) > 1


def test_faults_that_cannot_be_written_are_refused(settings: list[GatewaySettings], tmp_path: Path) -> None:
    assert main(["sim-gateway", "--log", str(tmp_path / "absent" / "log"), "--faults", "7"]) == 4
    assert settings == []


def test_the_venue_comes_from_its_file(settings: list[GatewaySettings], tmp_path: Path) -> None:
    (tmp_path / "venue.json").write_text(json.dumps({"commissions": "tiered", "rules": {"duplicates": False}}))
    assert main(["sim-gateway", "--venue", str(tmp_path / "venue.json")]) == 0
    assert main(["sim-gateway"]) == 0
    given, plain = settings
    assert (given.manners.venue.commissions, given.manners.rules.duplicates) == ("tiered", False)
    assert (plain.manners.venue.commissions, plain.manners.rules.duplicates) == ("fixed", True)


def test_two_gateways_without_a_state_never_share_a_log() -> None:
    names = {gateway_command.default_log(None, datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC)) for second in range(2)}
    assert len(names) == 2


@pytest.mark.parametrize(
    "options",
    [
        ["--date", "tomorrow"],
        ["--speed", "fast"],
        ["--speed", "NaN"],
        ["--speed", "sNaN"],
        ["--speed", "-1"],
        ["--cash", "Infinity"],
        ["--cash", "0"],
        ["--port", "-1"],
        ["--symbols", ""],
        ["--lockstep"],
        ["--replay", "."],
        ["--venue", "absent.json"],
    ],
)
def test_options_that_cannot_work_are_refused(settings: list[GatewaySettings], options: list[str]) -> None:
    assert main(["sim-gateway", *options]) == 4
    assert settings == []


def written(path: Path, *records: dict[str, object]) -> str:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return str(path)


def test_a_clean_log_ends_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = written(tmp_path / "log", START)
    assert main(["sim-gateway", "--verify", log, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["clean"] is True
    assert main(["sim-gateway", "--verify", log]) == 0
    assert "clean" in capsys.readouterr().out


def test_a_violated_log_ends_with_1_and_says_what(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = written(tmp_path / "log", START, START | {"cash": "999999"})
    assert main(["sim-gateway", "--verify", log]) == 1
    assert "violation: restart" in capsys.readouterr().out
    assert main(["sim-gateway", "--verify", log, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["violations"]


def test_the_report_after_an_instant_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = written(tmp_path / "log", START)
    assert main(["sim-gateway", "--verify", log, "--after", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["after"]["entries"] == 0


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b'{"k": 1}\n{}\n'])
def test_an_unreadable_log_ends_with_4(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "log").write_bytes(content)
    assert main(["sim-gateway", "--verify", str(tmp_path / "log")]) == 4


def test_instruments_are_read_and_a_mistake_in_them_is_refused(
    settings: list[GatewaySettings], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = tmp_path / "more.csv"
    header = "symbol,con_id,type,exchange,primary_exchange,currency,min_tick,market_rule,name"
    more.write_text(f"{header}\nACME,4242,STK,SMART,NYSE,USD,0.01,26,ACME INC\n")
    assert main(["sim-gateway", "--instruments", str(more)]) == 0
    assert [contract.symbol for contract in settings.pop().instruments] == ["ACME"]
    more.write_text(f"{header}\nACME,zero,STK,SMART,NYSE,USD,0.01,26,ACME INC\n")
    assert main(["sim-gateway", "--instruments", str(more)]) == 4
    more.write_text(f"{header}\nACME,756733,STK,SMART,NYSE,USD,0.01,26,ACME INC\n")
    assert main(["sim-gateway", "--instruments", str(more)]) == 4
    told = capsys.readouterr().err
    assert "line 2: con_id 'zero' is not acceptable" in told
    assert "con_id 756733 is another symbol's too" in told
    assert settings == []


def test_what_market_data_was_paid_for_is_chosen_by_name(settings: list[GatewaySettings]) -> None:
    assert main(["sim-gateway", "--market-data", "delayed"]) == 0
    assert settings.pop().manners.market_data is Entitlement.DELAYED
    assert main(["sim-gateway", "--market-data", "some"]) == 4
