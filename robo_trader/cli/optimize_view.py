"""A walk-forward study for people and for programs: every window, the totals, and the verdict that they support."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from robo_trader.backtest.report import Performance
from robo_trader.values import NS_PER_SECOND
from robo_trader.walkforward.study import Plan, Result
from robo_trader.walkforward.verdict import Evidence, Total, Verdict, mean

_COLOURS: Final = {Evidence.NONE: "bold red", Evidence.WORSE_THAN_HOLDING: "bold yellow", Evidence.PROMISING: "bold green"}
_MICRO: Final = 1_000_000
NOTES: Final = (
    "Returns: after commission and slippage, on what the full position costs at the first price of the stretch. in = train, out = test.",
    "Sharpe: a year, of daily returns. In sample it is that of the best of all trials; by luck = what the best of as many shows without skill.",
    "Fills: next bar's open, stops at the worse of trigger and open. Not counted: regulatory fees, interest, the cost of borrowing shares.",
)
ADJUSTED: Final = "Prices: adjusted for splits and dividends, on the footing of the first day of each train and each test."
RAW: Final = "Prices: raw. Every split and dividend in them looks like a gain or a loss."


def drawing(results: Sequence[Result], totals: Sequence[Total], said: Verdict, *, raw: bool) -> RenderableType:
    """The tables, the notes to read them by, and the verdict."""
    notes = [Text(note, style="dim") for note in (*NOTES, caveat(results), RAW if raw else ADJUSTED)]
    return Group(_windows(results), _totals(totals), *notes, Text(said.line, style=_COLOURS[said.evidence]))


def caveat(results: Sequence[Result]) -> str:
    """How little a single test's Sharpe ratio says."""
    error = mean([result.out_of_sample.sharpe_error for result in results])
    return (
        f"The Sharpe ratio of a single test is uncertain by {error:.1f} (one standard error, if days are independent): read the totals, not the rows."
    )


def tell(console: Console, drawn: RenderableType) -> None:
    """Print it."""
    console.print(drawn)


def as_object(results: Sequence[Result], totals: Sequence[Total], said: Verdict, plan: Plan, *, raw: bool) -> dict[str, Any]:
    """The same as one JSON object; money in dollars as text, instants in ISO 8601."""
    return {
        "strategy": plan.strategy,
        "plan": {
            "space": {each.name: [each.low, each.high] for each in plan.space},
            "train_bars": plan.shape.train,
            "gap_bars": plan.shape.gap,
            "test_bars": plan.shape.test,
            "warm_up_bars": plan.warm_up,
            "trials": plan.trials,
            "seed": plan.seed,
            "quantity": plan.rules.quantity,
            "stop_parts_per_million": plan.rules.stop_parts,
            "slippage_parts_per_million": plan.rules.costs.slippage_parts,
            "code": plan.code,
        },
        "windows": [_window_object(result) for result in results],
        "totals": [{name: getattr(each, name) for name in Total.__slots__} for each in totals],
        "verdict": {"evidence": said.evidence, "line": said.line},
        "notes": [*NOTES, caveat(results), RAW if raw else ADJUSTED],
    }


def _windows(results: Sequence[Result]) -> Table:
    """Narrow enough for a terminal of 80 columns: what is the same in every row is said in the title and the notes."""
    table = _table(f"Walk-forward windows, {results[0].trials} trials each", ("symbol", "no.", "test from", " ".join(results[0].parameters)))
    for name in ("in", "Sharpe", "out", "Sharpe", "held", "orders"):
        table.add_column(name, justify="right", no_wrap=True)
    for result in results:
        own = result.out_of_sample
        table.add_row(
            result.symbol,
            str(result.number),
            _instant(result.test_from)[:10],
            " ".join(str(value) for value in result.parameters.values()),
            *(_percent(result.in_sample.net_return), f"{result.in_sample.sharpe:.2f}"),
            *(_percent(own.net_return), f"{own.sharpe:.2f}"),
            _percent(result.held.net_return),
            str(own.orders),
        )
    return table


def _totals(totals: Sequence[Total]) -> Table:
    table = _table("Totals, a year", ("symbol", "windows", "trials"))
    for name in ("in", "Sharpe", "by luck", "out", "Sharpe", "P>0", "held", "Sharpe"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in totals:
        table.add_row(
            each.symbol,
            str(each.windows),
            str(each.trials),
            *(_percent(each.in_sample), f"{each.in_sample_sharpe:.2f}", f"{each.luck:.2f}"),
            *(_percent(each.out_of_sample), f"{each.sharpe:.2f}+-{each.sharpe_error:.2f}", f"{each.probability:.0%}"),
            *(_percent(each.held), f"{each.held_sharpe:.2f}"),
        )
    return table


def _table(title: str, left: tuple[str, ...]) -> Table:
    table = Table(title=title, box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for name in left:
        table.add_column(name, no_wrap=True)
    return table


def _window_object(result: Result) -> dict[str, Any]:
    return {
        "key": result.key,
        "symbol": result.symbol,
        "window": result.number,
        "train": [_instant(result.train_from), _instant(result.train_until)],
        "test": [_instant(result.test_from), _instant(result.test_until)],
        "parameters": result.parameters,
        "trials": result.trials,
        "distinct_trials": result.distinct,
        "trial_sharpe_spread": result.spread,
        "in_sample": _performance_object(result.in_sample),
        "out_of_sample": _performance_object(result.out_of_sample),
        "held": _performance_object(result.held),
    }


def _performance_object(made: Performance) -> dict[str, Any]:
    money = {name: _dollars(getattr(made, name)) for name in ("capital", "net", "commission", "slippage")}
    return money | {name: getattr(made, name) for name in ("net_return", "sharpe", "sharpe_error", "drawdown", "orders", "stops")}


def _dollars(micro: int) -> str:
    """To the cent, and further only where there is more: half a cent a share does occur."""
    sign, (whole, rest) = "-" if micro < 0 else "", divmod(abs(micro), _MICRO)
    places = f"{rest:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}{whole}.{places}"


def _percent(fraction: float) -> str:
    return f"{fraction:+.1%}"


def _instant(ns: int) -> str:
    return datetime.fromtimestamp(ns // NS_PER_SECOND, UTC).isoformat()
