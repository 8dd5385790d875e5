"""The faults as values: every parameter bounded, every fault documented, nothing in the documents that is not so."""

from __future__ import annotations

import json
import math
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path

import pytest

from robo_trader.simulated_gateway.fault_kinds import (
    KINDS,
    NAMES,
    TICKER,
    WORDS,
    Fault,
    Number,
    Outage,
    RejectOrder,
    Word,
    YesNo,
    parameters_of,
)

DOCUMENT = Path(__file__).parents[3] / "docs" / "simulated_gateway.md"


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_every_parameter_has_a_bound_that_its_own_default_keeps(kind: type[Fault]) -> None:
    assert is_dataclass(kind)
    for parameter in fields(kind):
        takes = parameter.metadata["takes"]
        assert parameter.default in (MISSING, None) or takes.takes(parameter.default), parameter.name


@pytest.mark.parametrize("value", [0.9, 11, True, "5", None, math.nan, math.inf, [5], 5.0])
def test_a_number_outside_its_bounds_or_of_another_kind_is_not_taken(value: object) -> None:
    assert not Number(1, 10).takes(value)
    assert Number(1, 10).takes(1) and Number(1, 10).takes(10) and Number(1, 10, whole=False).takes(5.5)


@pytest.mark.parametrize("value", ["BUYS", "", 1, True, ["BUY"], 1101.0])
def test_a_word_is_one_of_the_list_and_of_its_kind(value: object) -> None:
    assert not Word(("BUY", 1101)).takes(value)
    assert Word(("BUY", 1101)).takes("BUY") and Word(("BUY", 1101)).takes(1101)


def test_text_has_a_shape() -> None:
    assert TICKER.takes("BRK.B") and not TICKER.takes("spy") and not TICKER.takes(5)
    assert WORDS.takes("x" * 200) and not WORDS.takes("x" * 201) and not WORDS.takes("two\nlines")


def test_yes_and_no_are_no_numbers() -> None:
    assert YesNo().takes(False) and not YesNo().takes(0)


def test_the_parameters_of_a_fault_go_into_the_log_by_name() -> None:
    assert parameters_of(RejectOrder(code=110)) == {"times": 1, "code": 110, "text": RejectOrder().text, "moment": "at_once"}
    assert NAMES[Outage] == "outage"


def in_json(value: object) -> str:
    return "all" if value is None else json.dumps(value).strip('"')


def row(name: str, kind: type[Fault]) -> str:
    """The fault's line of the table in the document."""
    assert is_dataclass(kind)
    said = []
    for parameter in fields(kind):
        default = "required" if parameter.default is MISSING else f"default {in_json(parameter.default)}"
        said.append(f"`{parameter.name}` {parameter.metadata['takes']} ({default})")
    triggers = ", ".join(trigger for trigger in ("order", "cancel", "fill", "market_time", "wall_seconds") if trigger in kind.triggers)
    what = (kind.__doc__ or "").splitlines()[0]
    return f"| `{name}` | {what} | {triggers} | {'; '.join(said)} |"


def test_each_fault_has_its_line_in_the_document_with_its_parameters_ranges_and_defaults() -> None:
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    table = [line for line in lines if line.startswith("| `")]
    assert table == [row(name, kind) for name, kind in KINDS.items()]
