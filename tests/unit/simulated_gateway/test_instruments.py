"""The instrument master is read with care: what is wrong is named, with its line and the remedy."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from robo_trader.errors import ConfigurationError
from robo_trader.simulated_gateway.contracts import Contracts
from robo_trader.simulated_gateway.instrument import US_VENUES
from robo_trader.simulated_gateway.instruments import COLUMNS, WITH_ISIN, known_instruments, parse_instruments, read_instruments, together
from robo_trader.values import Symbol

HEADER = ",".join(COLUMNS)
ACME = "ACME,4242,STK,SMART ARCA,NYSE,USD,0.01,26,ACME INC"


def parsed(*lines: str) -> list[str]:
    return [contract.symbol for contract in parse_instruments([HEADER, *lines], "more.csv")]


def test_our_own_master_is_sound_and_knows_the_brokers_ids() -> None:
    known = {contract.symbol: contract for contract in known_instruments()}
    assert (known["SPY"].con_id, known["SPY"].stock_type, known["SPY"].primary_exchange) == (756733, "ETF", "ARCA")
    assert (known["AAPL"].con_id, known["AAPL"].long_name, known["AAPL"].min_tick) == (265598, "APPLE INC", Decimal("0.01"))
    assert len(known) > 40
    assert (known["IBKR"].primary_exchange, known["AMC"].primary_exchange, known["AAPL"].isin) == ("NASDAQ", "NYSE", "US0378331005")
    assert all({"SMART", *US_VENUES} <= set(contract.valid_exchanges) for contract in known.values())


def test_a_line_becomes_a_contract() -> None:
    (contract,) = parse_instruments([HEADER, 'ACME,4242,ETF,SMART ARCA,NYSE,USD,0.0001,635,"ACME, INC"', ""], "more.csv")
    assert (contract.symbol, contract.con_id, contract.stock_type, contract.long_name) == ("ACME", 4242, "ETF", "ACME, INC")
    assert (contract.exchanges, contract.primary_exchange, contract.min_tick, contract.market_rule) == (
        ("SMART", "ARCA"),
        "NYSE",
        Decimal("0.0001"),
        635,
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("acme,4242,STK,SMART,NYSE,USD,0.01,26,ACME INC", "symbol 'acme'"),
        ("ACME,0,STK,SMART,NYSE,USD,0.01,26,ACME INC", "con_id '0'"),
        ("ACME,4242.5,STK,SMART,NYSE,USD,0.01,26,ACME INC", "con_id '4242.5'"),
        ("ACME,4294967296,STK,SMART,NYSE,USD,0.01,26,ACME INC", "con_id '4294967296'"),
        ("ACME,4242,FUT,SMART,NYSE,USD,0.01,26,ACME INC", "type 'FUT' is not acceptable; give STK or ETF"),
        ("ACME,4242,STK,NYSE,NYSE,USD,0.01,26,ACME INC", "exchange 'NYSE'"),
        ("ACME,4242,STK,SMART SMART,NYSE,USD,0.01,26,ACME INC", "exchange 'SMART SMART'"),
        ("ACME,4242,STK,SMART,,USD,0.01,26,ACME INC", "primary_exchange ''"),
        ("ACME,4242,STK,SMART,NYSE,EUR,0.01,26,ACME INC", "currency 'EUR'"),
        ("ACME,4242,STK,SMART,NYSE,USD,0.03,26,ACME INC", "min_tick '0.03'"),
        ("ACME,4242,STK,SMART,NYSE,USD,-0.01,26,ACME INC", "min_tick '-0.01'"),
        ("ACME,4242,STK,SMART,NYSE,USD,NaN,26,ACME INC", "min_tick 'NaN'"),
        ("ACME,4242,STK,SMART,NYSE,USD,0.01,,ACME INC", "market_rule ''"),
        ("ACME,4242,STK,SMART,NYSE,USD,0.01,26,", "name ''"),
        ("ACME,4242,STK", "3 fields"),
        ('ACME,4242,STK,SMART,NYSE,USD,0.01,26,"ACME', "no line of a CSV file"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_field(line: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        parsed(ACME.replace("ACME", "OTHER").replace("4242", "1"), line)
    assert f"more.csv, line 3: {words}" in str(refused.value)
    assert refused.value.exit_code == 4


def test_a_file_may_name_isins_and_the_usual_venues() -> None:
    header = ",".join(WITH_ISIN)
    acme = "ACME,4242,STK,SMART US NYSE,NYSE,USD,0.01,26,ACME INC,US78462F1030"
    (contract,) = parse_instruments([header, acme], "more.csv")
    assert (contract.isin, contract.exchanges) == ("US78462F1030", ("SMART", *US_VENUES))
    (without,) = parse_instruments([header, acme.replace("US78462F1030", "")], "more.csv")
    assert without.isin == ""


@pytest.mark.parametrize("isin", ["US78462F1031", "us78462F1030", "78462F1030", "US78462F10300"])
def test_an_isin_with_a_wrong_check_digit_or_form_is_refused(isin: str) -> None:
    with pytest.raises(ConfigurationError, match=f"line 2: isin '{isin}'"):
        parse_instruments([",".join(WITH_ISIN), f"{ACME},{isin}"], "more.csv")


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (ACME, "symbol 'ACME' stands twice"),
        (ACME.replace("ACME", "OTHER"), "con_id 4242 is another symbol's too"),
        ("OTHER,1,STK,SMART,NYSE,USD,0.0001,26,OTHER INC", "market_rule 26 has another min_tick"),
    ],
)
def test_two_lines_that_contradict_each_other_are_refused(second: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=f"line 3: {words}"):
        parsed(ACME, second)


def test_an_isin_of_ours_under_another_symbol_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="isin US78462F1030 is another symbol's too"):
        together(parse_instruments([",".join(WITH_ISIN), f"{ACME},US78462F1030"], "more.csv"))


def test_a_file_without_the_header_or_without_being_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"line 1: the header is not acceptable; begin the file with symbol,con_id"):
        parse_instruments([ACME], "more.csv")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_instruments(tmp_path / "none.csv")
    (tmp_path / "latin.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_instruments(tmp_path / "latin.csv")


def test_the_users_rows_stand_beside_ours_and_replace_them() -> None:
    own = parse_instruments([HEADER, ACME, "SPY,1,ETF,SMART,NYSE,USD,0.01,26,MY SPY"], "more.csv")
    contracts = Contracts([Symbol("SPY")], more=own)
    assert contracts.by_con_id(4242) == contracts.find("ACME")
    spy = contracts.find("SPY")
    assert spy is not None
    assert (spy.con_id, spy.long_name) == (1, "MY SPY")
    assert contracts.by_con_id(756733) is None
    assert contracts.find("IBM") == Contracts().find("IBM")


def test_an_id_of_ours_under_another_symbol_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="con_id 756733 is another symbol's too"):
        together(parse_instruments([HEADER, ACME.replace("4242", "756733")], "more.csv"))
