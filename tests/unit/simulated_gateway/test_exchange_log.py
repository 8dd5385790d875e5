"""The exchange's log: complete lines, exact fields, nothing lost at a flush."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.errors import ConfigurationError
from robo_trader.simulated_gateway import exchange_log
from robo_trader.simulated_gateway.exchange_log import LINES_PENDING_MAX, ExchangeLog


def log_in(directory: Path) -> ExchangeLog:
    return ExchangeLog(directory / "exchange.jsonl", process_ns=lambda: 77)


def lines_of(log: ExchangeLog) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.path.read_text().splitlines() if line]


def test_a_record_carries_both_clocks_its_kind_and_its_facts(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    log.record("clock", 5, to=6)
    log.record("note", 5)
    log.close()
    assert lines_of(log) == [{"t": 77, "c": 5, "k": "clock", "to": 6}, {"t": 77, "c": 5, "k": "note"}]


@given(fields=st.lists(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=("Cs",)))))
def test_every_field_of_a_frame_reads_back_as_it_was(fields: list[str]) -> None:
    assert json.loads(exchange_log._texts(fields)) == fields


def test_a_field_that_spells_the_separators_escape_stays_one_field() -> None:
    assert json.loads(exchange_log._texts(["a\\u0000b", "c"])) == ["a\\u0000b", "c"]


def test_a_frame_before_the_client_named_itself_has_no_client(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    log.frame("in", 5, 1, None, ("71", "2"))
    log.close()
    assert lines_of(log) == [{"t": 77, "c": 5, "k": "in", "conn": 1, "client": None, "f": ["71", "2"]}]


def test_lines_wait_in_memory_until_they_are_flushed(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    log.record("clock", 1, to=2)
    assert log.pending
    assert log.path.read_text() == ""
    log.flush()
    assert not log.pending
    assert len(lines_of(log)) == 1
    log.close()


def test_the_number_of_waiting_lines_is_bounded(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    for n in range(LINES_PENDING_MAX):
        log.record("clock", n, to=n + 1)
    assert not log.pending
    assert len(lines_of(log)) == LINES_PENDING_MAX
    log.close()


def test_reopening_continues_the_file_and_ends_a_torn_line_first(tmp_path: Path) -> None:
    (tmp_path / "exchange.jsonl").write_text('{"t":1,"c":1,"k":"clock","to":2}\n{"t":2,"c"')
    log = log_in(tmp_path)
    log.record("clock", 2, to=3)
    log.close()
    lines = log.path.read_text().splitlines()
    assert lines[1] == '{"t":2,"c"'
    assert json.loads(lines[2])["to"] == 3


def test_a_log_in_a_directory_that_is_not_there_is_the_persons_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        ExchangeLog(tmp_path / "absent" / "log", process_ns=lambda: 1)
