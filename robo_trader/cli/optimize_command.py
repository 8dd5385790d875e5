"""`robo-trader optimize`: search parameters on the past, judge them on what came after, and say what that is worth."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, Final, Self

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from actors.researcher import Done
    from robo_trader.cli.optimize_config import OptimizeConfig
    from robo_trader.edge.bar_catalog import BarFile
    from robo_trader.market.corporate_actions import CorporateActions
    from robo_trader.walkforward.study import Plan, Result

ALL: Final = "all"


def _option(text: str, *names: str) -> Any:  # noqa: ANN401 - what typer.Option is
    return typer.Option(*names, help=text)


def optimize(  # one parameter an option
    strategy: Annotated[str, typer.Argument(help="Name of the strategy.")],
    data: Annotated[Path | None, _option("Folder of SYMBOL.parquet bars (../shared/data/bars/hour).")] = None,
    corporate_actions: Annotated[Path | None, _option("Folder of SYMBOL.csv splits and dividends (beside the bars).")] = None,
    raw: Annotated[bool, _option("Take prices as they are: splits look like losses.", "--raw")] = False,
    symbols: Annotated[str | None, _option("Symbols, separated by commas; all in the folder if not given.")] = None,
    train: Annotated[int | None, _option("Bars to choose parameters on (3520: two years of hours).")] = None,
    gap: Annotated[int | None, _option("Bars between train and test that neither uses (35).")] = None,
    test: Annotated[int | None, _option("Bars to judge them on (880: half a year).")] = None,
    space: Annotated[str | None, _option("Ranges to search, such as fast=2:40,slow=50:250.")] = None,
    trials: Annotated[int | None, _option("Combinations to try in a window (30).")] = None,
    seed: Annotated[int | None, _option("The same seed finds the same (7).")] = None,
    quantity: Annotated[int | None, _option("Shares of a position (100).")] = None,
    stop_percent: Annotated[str | None, _option("Distance of the stop from the fill (1).")] = None,
    slippage_bp: Annotated[str | None, _option("How much worse a fill is, in basis points; at least a tick (1).")] = None,
    workers: Annotated[int | None, _option("Windows computed at a time; one a processor if not given.")] = None,
    out: Annotated[Path | None, _option("Folder of the results; a study that was broken off goes on from there.")] = None,
    as_json: Annotated[bool, _option("One JSON object, nothing else on standard output.", "--json")] = False,
) -> None:
    """Walk-forward: in each window, choose parameters on the train and judge them on the test that follows, with costs.

    Runs on this machine's processors, or on the cluster of RAY_ADDRESS (inside `ray job submit`). Windows whose result exists are not computed again.
    """
    options = dict(locals())
    options.pop("as_json")
    # Late: a wrong command must be told so at once, and these bring the calculation's libraries with them.
    from robo_trader.cli.optimize_config import OptimizeConfig  # noqa: PLC0415

    config = OptimizeConfig.of(options)
    made = research(config)
    _finish(made, config, as_json=as_json)


@dataclass(slots=True)
class Material:
    """A study before it runs: the plan, and each symbol's bars and corporate actions."""

    plan: Plan
    symbols: list[tuple[BarFile, CorporateActions]]
    windows: int


@dataclass(slots=True)
class Made:
    """A study after it ran. `counts`: windows computed and found; `workers_joined`: it ran on a cluster that was there."""

    material: Material
    results: list[Result]
    counts: Counter[str] = field(default_factory=Counter)
    joined: bool = False


def material_of(config: OptimizeConfig) -> Material:
    """Read everything first, so that a missing file or a window that does not fit is told before anything is started; raises `UserError`."""
    from robo_trader.edge.bar_catalog import read_bars, read_corporate_actions  # noqa: PLC0415
    from robo_trader.market.corporate_actions import NONE  # noqa: PLC0415
    from robo_trader.values import Symbol  # noqa: PLC0415
    from robo_trader.walkforward.windows import rolling  # noqa: PLC0415

    plan = config.plan()
    read: list[tuple[BarFile, CorporateActions]] = []
    windows = 0
    for name in config.chosen_symbols():
        symbol = Symbol(name)
        bars = read_bars(config.data, symbol)
        actions = NONE if config.raw else read_corporate_actions(config.actions_folder(), symbol)
        windows += len(rolling(len(bars.series), plan.shape, plan.warm_up))
        read.append((bars, actions))
    return Material(plan, read, windows)


def research(config: OptimizeConfig) -> Made:
    """Compute or find every window's result; raises `UserError`."""
    from robo_trader.edge.result_files import ResultFiles  # noqa: PLC0415
    from robo_trader.walkforward.study import tasks_of  # noqa: PLC0415

    material = material_of(config)
    results = ResultFiles.open(config.results_folder())
    made = Made(material, [])
    tasks = (task for bars, actions in material.symbols for task in tasks_of(bars.series, actions, material.plan))
    with _progress(material.windows) as advance, Interrupts() as interrupts:
        from actors.local_ray import ray_session  # noqa: PLC0415

        with ray_session(config.workers or os.cpu_count() or 1) as made.joined:
            from actors.researcher import study  # noqa: PLC0415 - Ray reads its environment when it is imported

            interrupts.watch()

            def tell(done: Done) -> None:
                made.counts["computed" if done.computed else "found"] += 1
                advance()

            made.results += study(tasks, results, config.workers, tell, interrupts.noted)
    return made


class Interrupts:
    """Ctrl-C and SIGTERM, noted while entered: raised at any instant they may crash Ray's start, so they are acted on between two results."""

    def __init__(self) -> None:
        self._noted = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        self._before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        self.watch()
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def watch(self) -> None:
        """Take the signals; again after Ray's start, which puts its own handlers in."""
        for number in self._before:
            signal.signal(number, self._note)

    def noted(self) -> bool:
        """Whether one came since."""
        return self._noted

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._noted = True


@contextmanager
def _progress(windows: int) -> Iterator[Callable[[], None]]:
    """A bar on standard error where a person watches it."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda: None
        return
    columns = (TextColumn("windows"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        job = bar.add_task("windows", total=windows)
        yield lambda: bar.advance(job)


def _finish(made: Made, config: OptimizeConfig, *, as_json: bool) -> None:
    from robo_trader.cli import optimize_view  # noqa: PLC0415
    from robo_trader.walkforward.verdict import total, verdict  # noqa: PLC0415

    results = made.results
    symbols = list(dict.fromkeys(result.symbol for result in results))
    totals = [total(symbol, [result for result in results if result.symbol == symbol]) for symbol in symbols]
    totals.append(total(ALL, results))
    said = verdict(totals[-1])
    counts = {name: made.counts[name] for name in ("computed", "found")}
    if not as_json:
        console = Console()
        optimize_view.tell(console, optimize_view.drawing(results, totals, said, raw=config.raw))
        faults = sum(sum(bars.quarantined.values()) for bars, _ in made.material.symbols)
        console.print(
            f"{counts['computed']} windows computed, {counts['found']} found in {config.results_folder()}; {faults} bars left out", style="dim"
        )
        return
    bars = [
        {"symbol": each.series.symbol, "bars": len(each.series), "left_out": {str(fault): n for fault, n in sorted(each.quarantined.items())}}
        for each, _ in made.material.symbols
    ]
    told = optimize_view.as_object(results, totals, said, made.material.plan, raw=config.raw)
    typer.echo(json.dumps(told | {"data": bars, **counts, "joined_cluster": made.joined, "results": str(config.results_folder())}))
