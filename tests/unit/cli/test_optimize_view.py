"""A study as a person and a program see it."""

from __future__ import annotations

import json
from io import StringIO

from rich.console import Console

from robo_trader.cli import optimize_view
from robo_trader.cli.optimize_view import ADJUSTED, RAW, as_object, drawing
from robo_trader.walkforward.study import Result, run
from robo_trader.walkforward.verdict import Total, Verdict, total, verdict
from tests.unit.walkforward.test_study import PLAN, tasks


def studied() -> tuple[list[Result], list[Total], Verdict]:
    results = [run(task) for task in tasks()]
    whole = total("all", results)
    return results, [total("SPY", results), whole], verdict(whole)


def test_the_tables_fit_a_terminal_of_eighty_columns_and_end_with_the_verdict() -> None:
    results, totals, said = studied()
    out = StringIO()
    optimize_view.tell(Console(file=out, width=80), drawing(results, totals, said, raw=False))
    text = out.getvalue()
    assert "…" not in text
    assert "fast slow" in text
    assert "6 trials each" in text
    assert " ".join(text.split()).endswith(" ".join(said.line.split()))
    assert ADJUSTED in " ".join(text.split())


def test_the_object_holds_what_the_tables_show_and_money_as_text() -> None:
    results, totals, said = studied()
    told = json.loads(json.dumps(as_object(results, totals, said, PLAN, raw=True)))
    assert len(told["windows"]) == len(results)
    first = told["windows"][0]
    assert first["key"] == results[0].key
    assert first["out_of_sample"]["net_return"] == results[0].out_of_sample.net_return
    assert float(first["out_of_sample"]["net"]) * 1e6 == results[0].out_of_sample.net
    assert told["verdict"] == {"evidence": said.evidence, "line": said.line}
    assert [each["symbol"] for each in told["totals"]] == ["SPY", "all"]
    assert told["plan"]["space"] == {"fast": [2, 4], "slow": [6, 12]}
    assert RAW in told["notes"]


def test_dollars_are_exact() -> None:
    assert [optimize_view._dollars(micro) for micro in (0, 1_000_000, -1_005_000, 12_345_678)] == ["0.00", "1.00", "-1.005", "12.345678"]
