"""The faults as values: every parameter bounded, every fault documented, nothing in the documents that is not so."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path

import pytest

from robo_trader.simulated_gateway.fault_kinds import KINDS, NAMES, Outage, RejectOrder, parameters_of
from robo_trader.simulated_gateway.fault_parameters import Fault

DOCUMENT = Path(__file__).parents[3] / "docs" / "simulated_gateway.md"


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_every_parameter_has_a_bound_that_its_own_default_keeps(kind: type[Fault]) -> None:
    assert is_dataclass(kind)
    for parameter in fields(kind):
        takes = parameter.metadata["takes"]
        assert parameter.default in (MISSING, None) or takes.takes(parameter.default), parameter.name


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
    chapter = DOCUMENT.read_text(encoding="utf-8").partition("\n## Faults\n")[2].partition("\n## ")[0]
    table = [line for line in chapter.splitlines() if line.startswith("| `")]
    assert table == [row(name, kind) for name, kind in KINDS.items()]
