"""`robo-trader run`: trade, show it, and say at the end whether the books are equal."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from robo_trader.cli import summary as end
from robo_trader.cli.view import LineView, LiveView, QuietView, View
from robo_trader.edge.state_directory import ENVIRONMENT_VARIABLE, StateDirectory, new_name


def _panel(title: str) -> Callable[..., Any]:
    """Options of one part of `run --help`: called with the help text and, for flags, the option's name."""
    return lambda text, *names: typer.Option(*names, help=text, rich_help_panel=title)


gateway = _panel("Which gateway")
market = _panel("The own simulated market (without --port)")
strategic = _panel("Strategy")
limits = _panel("Limits that no order may pass")
record = _panel("State and output")
processes = _panel("Processes and ports")


def run(  # one parameter an option
    system: Annotated[str | None, record("Name of the system, to go on with it; without it a new one, or 'main' with --port.")] = None,
    host: Annotated[str | None, gateway("Host of an IB Gateway.")] = None,
    port: Annotated[int | None, gateway("Its port; without it the run brings a simulated gateway.")] = None,
    account: Annotated[str | None, gateway("The account that must answer.")] = None,
    client_id: Annotated[int, gateway("Fixed API client id.")] = 7,
    exchange_log: Annotated[Path | None, gateway("Log of a simulated gateway at --port, verified at the end.")] = None,
    replay: Annotated[Path | None, market("Folder of recorded market data.")] = None,
    date: Annotated[str | None, market("Day to trade, YYYY-MM-DD.")] = None,
    days: Annotated[int, market("Sessions of a generated market, from that day on.")] = 1,
    seed: Annotated[int | None, market("Seed of a generated market.")] = None,
    speed: Annotated[str | None, market("Simulated seconds per second (60 if not given).")] = None,
    lockstep: Annotated[bool, market("The market waits for the trader: exact, repeatable.", "--lockstep")] = False,
    corporate_actions: Annotated[Path | None, strategic("File of announced splits, dividends and borrow fees.")] = None,
    symbols: Annotated[str | None, strategic("Symbols, separated by commas.")] = None,
    strategy: Annotated[str, strategic("Name of the strategy.")] = "moving_average_cross",
    fast: Annotated[int, strategic("Bars of the fast average.")] = 5,
    slow: Annotated[int, strategic("Bars of the slow average.")] = 20,
    quantity: Annotated[int, strategic("Shares of a position.")] = 100,
    stop_percent: Annotated[str, strategic("Distance of the protective stop from the fill.")] = "1",
    execution: Annotated[str, strategic("How entries go: market, marketable-limit, or limit (rests, and is replaced).")] = "market",
    max_quantity: Annotated[int, limits("Shares of one order.")] = 1_000,
    max_notional: Annotated[str, limits("Dollars of one order.")] = "250000",
    max_position: Annotated[int, limits("Shares of a symbol, working orders counted.")] = 1_000,
    collar_percent: Annotated[str, limits("Distance of an order's price from the middle.")] = "2",
    entries_per_day: Annotated[int, limits("Entries of a symbol in a day.")] = 60,
    baseline: Annotated[str, gateway("First start: 'flat', or 'external' to leave held shares alone.")] = "flat",
    until_close: Annotated[bool, record("End after the session's close, with --days the last one's.", "--until-close")] = False,
    decisions: Annotated[Path | None, record("Write what was decided here, a JSON line each.")] = None,
    state_dir: Annotated[Path | None, record("Instead of ROBO_TRADER_STATE_DIR.")] = None,
    in_process: Annotated[bool, processes("Everything in this one process, without Ray.", "--in-process")] = False,
    detach: Annotated[bool, processes("Leave the tree running and return; `robo-trader down` ends it.", "--detach")] = False,
    http_host: Annotated[str, processes("Address of probes, metrics and halt.")] = "127.0.0.1",
    http_port: Annotated[int, processes("Port of probes, metrics and halt; 0: any that is free.")] = 8080,
    dashboard_host: Annotated[str, processes("Address of the dashboard; it has no token, so whoever reaches it reads everything.")] = "127.0.0.1",
    dashboard_port: Annotated[int, processes("The dashboard.")] = 5555,
    ray_port: Annotated[int, processes("Ray's own dashboard.")] = 8265,
    as_json: Annotated[bool, record("One JSON object at the end, nothing else on standard output.", "--json")] = False,
) -> None:
    """Trade until the close or Ctrl-C; without options: a generated market, SPY and IBM, sixty times as fast as the clock.

    Ctrl-C cancels entries, leaves stops at the broker and ends, usually within 15 seconds. Exit code 0: the books equal the broker's.
    """
    finish(trade({name: given for name, given in locals().items() if name != "as_json"}, as_json=as_json), as_json=as_json)


def trade(options: dict[str, Any], *, as_json: bool) -> dict[str, Any]:
    """Check the options, trade, and return the summary; raises `UserError`."""
    # Late: a wrong command must be told so at once, and these bring the calendar's and the broker's libraries with them.
    from robo_trader.cli.run_config import RunConfig  # noqa: PLC0415

    config = RunConfig.of(options)
    if config.state_dir is not None:
        os.environ[ENVIRONMENT_VARIABLE] = str(config.state_dir.absolute())  # for everything below this process, the own gateway included
    if config.system is None and config.port is None:
        config = config.model_copy(update={"system": new_name()})  # a market of our own begins anew unless its system is named
    if config.in_process:
        from actors.one_process import run_one_process as trade_here  # noqa: PLC0415
    else:
        from ray_cluster.connect import prepare  # noqa: PLC0415

        prepare(StateDirectory.of(config.system))
        from ray_cluster.session import run_tree as trade_here  # noqa: PLC0415

    with view_for(as_json=as_json) as view:
        return trade_here(config, view)


@contextmanager
def view_for(*, as_json: bool) -> Iterator[View]:
    """The view that suits who is looking: a program, a file, or a person at a terminal."""
    console = Console(file=sys.stdout)  # that very one: Ray's messages go elsewhere while it runs
    if as_json:
        yield QuietView()
    elif console.is_terminal:
        with LiveView(console) as view:
            yield view
    else:
        yield LineView()


def finish(summary: dict[str, Any], *, as_json: bool) -> None:
    """Print the summary; the process ends with 1 unless the books are equal."""
    if as_json:
        typer.echo(json.dumps(summary))
    elif summary.get("detached"):
        typer.echo(f"system '{summary['system']}' goes on by itself; see `robo-trader status`, end it with `robo-trader down`")
    else:
        end.tell(Console(), summary)
    if not summary.get("reconciled") and not summary.get("detached"):
        raise typer.Exit(1)
