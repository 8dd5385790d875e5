"""`robo-trader sim-gateway`: the simulated gateway as a program of its own, and the judgement of its log."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from datetime import date as Date  # noqa: N812 - `date` is the name of an option
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from robo_trader.errors import ConfigurationError, DataError
from robo_trader.simulated_gateway.account import DEFAULT_ACCOUNT, DEFAULT_CASH
from robo_trader.simulated_gateway.actions import read_actions
from robo_trader.simulated_gateway.entitlement import Entitlement
from robo_trader.simulated_gateway.faults_swarm import swarm
from robo_trader.simulated_gateway.instruments import read_instruments
from robo_trader.simulated_gateway.scenario import parse, read_scenario
from robo_trader.simulated_gateway.settings import DEFAULT_SYMBOLS, REAL_MANNERS, GatewaySettings, Manners
from robo_trader.simulated_gateway.venue_file import read_venue
from robo_trader.simulated_gateway.verify import Report, verify

EXIT_VIOLATIONS: Final = 1
GENERATED_SYMBOLS: Final = (*DEFAULT_SYMBOLS, "AAPL", "MSFT", "QQQ", "AMD", "TSLA", "GOOGL", "AMZN", "NVDA")
SYMBOLS_HELP: Final = f"Symbols, separated by commas; by default {','.join(GENERATED_SYMBOLS)}, of a recorded day {','.join(DEFAULT_SYMBOLS)}."


def sim_gateway(  # one parameter an option
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes any free one.")] = 0,
    replay: Annotated[Path | None, typer.Option(help="Folder of recorded market data.")] = None,
    date: Annotated[str | None, typer.Option(help="Day of the market, YYYY-MM-DD.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of a generated market.")] = None,
    symbols: Annotated[str | None, typer.Option(help=SYMBOLS_HELP)] = None,
    speed: Annotated[str | None, typer.Option(help="Simulated seconds per second.")] = None,
    lockstep: Annotated[bool, typer.Option("--lockstep", help="The clock waits for the trading processes at --control.")] = False,
    control: Annotated[Path | None, typer.Option(help="Unix socket on which trading processes register.")] = None,
    state: Annotated[Path | None, typer.Option(help="Keep account, orders and clock here, and go on from there.")] = None,
    log: Annotated[Path | None, typer.Option(help="The exchange's own log (JSON lines).")] = None,
    account: Annotated[str, typer.Option(help="Its one account.")] = DEFAULT_ACCOUNT,
    cash: Annotated[str, typer.Option(help="Dollars in it at first.")] = str(DEFAULT_CASH),
    scenario: Annotated[Path | None, typer.Option(help="What goes wrong on purpose, JSON lines; docs/simulated_gateway.md lists the faults.")] = None,
    faults: Annotated[int | None, typer.Option(help="Seed of a bad day; it is written beside the log, for --scenario.")] = None,
    days: Annotated[int, typer.Option(help="Sessions of a generated market, from --date on.")] = 1,
    corporate_actions: Annotated[Path | None, typer.Option(help="Splits, dividends, borrow fees; docs/simulated_gateway.md has the format.")] = None,
    venue: Annotated[Path | None, typer.Option(help="The exchange's latency, queues, halts, ...: JSON; docs/simulated_gateway.md has it.")] = None,
    instruments: Annotated[Path | None, typer.Option(help="More stocks and ETFs, CSV; docs/simulated_gateway.md has the format.")] = None,
    market_data: Annotated[str, typer.Option(help=f"What the account has paid for: {', '.join(Entitlement)}.")] = Entitlement.LIVE.value,
    verify_log: Annotated[Path | None, typer.Option("--verify", help="Judge this log instead; nothing is started.")] = None,
    after: Annotated[int | None, typer.Option(help="With --verify: list what arrived after this instant (CLOCK_BOOTTIME, ns).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="With --verify: the whole report as one JSON object.")] = False,
) -> None:
    """A simulated IB Gateway that any TWS API client can trade on, until Ctrl-C; or, with --verify, the judge of its log.

    When ready it prints one JSON line: port, control, log, pid, and with --faults the scenario's file.
    --verify ends with 0 if the log is clean, 1 if not, 4 if it cannot be read.
    """
    if verify_log is not None:
        judge(verify_log, after, as_json=as_json)
        return
    settings = GatewaySettings(
        port=port,
        log_path=log or default_log(state, datetime.now(UTC)),
        symbols=symbols_of(symbols, replay),
        seed=seed,
        state_dir=state,
        manners=_manners(venue, market_data),
        **_clock(lockstep=lockstep, control=control, speed=speed),
        **_days(replay, date, days),
        **_books(account, cash),
        **_written(scenario, corporate_actions, instruments),
    )
    serve_until_stopped(settings if faults is None else with_swarm(settings, faults))


def symbols_of(said: str | None, replay: Path | None) -> tuple[str, ...]:
    """What trades; by default those that examples of other programs use, but of a recorded day those that its records have."""
    if said is None:
        return GENERATED_SYMBOLS if replay is None else DEFAULT_SYMBOLS
    return tuple(part.strip().upper() for part in said.split(","))


def _books(account: str, cash: str) -> dict[str, Any]:
    """Whose books, and what is in them at first. Raises ConfigurationError."""
    return {"account": account, "cash": number_of("--cash", cash)}


def _clock(*, lockstep: bool, control: Path | None, speed: str | None) -> dict[str, Any]:
    """How fast the days pass. Raises ConfigurationError."""
    return {"lockstep": lockstep, "control_path": control, "speed": None if speed is None else float(number_of("--speed", speed))}


def _days(replay: Path | None, date: str | None, days: int) -> dict[str, Any]:
    """Which days they are. Raises ConfigurationError."""
    return {"days": days, "replay_dir": replay, "date": None if date is None else day_of(date)}


def _manners(venue: Path | None, market_data: str) -> Manners:
    """How the exchange is, and what the account may see of it. Raises ConfigurationError."""
    return replace(REAL_MANNERS if venue is None else read_venue(venue), market_data=entitlement_of(market_data))


def with_swarm(settings: GatewaySettings, seed: int) -> GatewaySettings:
    """The settings with the faults of a seed beside those of the scenario; they are written beside the log. Raises ConfigurationError."""
    lines = swarm(seed, settings.trading_day, settings.days, settings.symbols)
    path = settings.log_path.with_suffix(f".faults-{seed}.jsonl")
    try:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as broken:
        cause = f"the faults of --faults {seed} cannot be written to {path} ({broken.strerror})"
        raise ConfigurationError(cause, "name a log in a writable directory") from None
    return replace(settings, scenario=(*settings.scenario, *parse(lines)), swarm_path=path)


def _written(scenario: Path | None, corporate_actions: Path | None, instruments: Path | None) -> dict[str, Any]:
    """What people wrote into files: what goes wrong on purpose, what happens to shares, what is known of them. Raises ConfigurationError."""
    return {
        "scenario": () if scenario is None else read_scenario(scenario),
        "actions": () if corporate_actions is None else read_actions(corporate_actions),
        "instruments": () if instruments is None else read_instruments(instruments),
    }


def serve_until_stopped(settings: GatewaySettings) -> None:
    """Run the gateway until SIGTERM or SIGINT."""
    from robo_trader.simulated_gateway.server import serve  # noqa: PLC0415 - a judgement needs no server

    def ready(port: int) -> None:
        control = settings.control_path
        said = {"port": port, "control": str(control) if control else None, "log": str(settings.log_path), "pid": os.getpid()}
        if settings.swarm_path is not None:
            said["scenario"] = str(settings.swarm_path)
        typer.echo(json.dumps(said))

    asyncio.run(serve(settings, ready))


def judge(log: Path, after_ns: int | None, *, as_json: bool) -> None:
    """Verify a log and print the report; the process ends with 1 if anything was violated. Raises `DataError` for an unreadable one."""
    try:
        with log.open(encoding="utf-8") as lines:
            report = verify(lines, after_ns=after_ns)
    except (OSError, UnicodeDecodeError) as broken:
        raise DataError(f"the log {log} cannot be read: {broken}", "name a log that sim-gateway wrote") from None
    if not report.account:
        raise DataError(f"the log {log} holds no start of a gateway", "name a log that sim-gateway wrote")
    if as_json:
        typer.echo(json.dumps(report.as_dict()))
    else:
        _tell(report)
    if not report.clean:
        raise typer.Exit(EXIT_VIOLATIONS)


def _tell(report: Report) -> None:
    console = Console()
    figures = Table(title=f"The exchange's log of account {report.account}", show_header=False)
    for name in ("orders", "orders_per_intent_max", "fills", "positions", "cash", "commissions", "realised", "income", "rate_per_second_max"):
        figures.add_row(name, str(getattr(report, name)))
    console.print(figures)
    symbols = Table("symbol", "largest of ours", "largest of all", "crossing", "uncovered", "uncovered seconds")
    for symbol, seen in report.symbols.items():
        cells = (seen.largest_ours, seen.largest_all, seen.crossing, seen.uncovered, f"{seen.uncovered_seconds:g}")
        symbols.add_row(symbol, *(str(cell) for cell in cells))
    console.print(symbols)
    if report.after is not None:
        console.print(report.after)
    for violation in report.violations:
        console.print(f"violation: {violation}", style="red", markup=False)
    console.print("clean" if report.clean else f"{len(report.violations)} violations", style="bold green" if report.clean else "bold red")


def default_log(state: Path | None, now: datetime) -> Path:
    """Beside the state that it belongs to, else a new file here; two accounts never share a log."""
    return state / "exchange.jsonl" if state is not None else Path(f"exchange-{now:%Y%m%d-%H%M%S}-{os.getpid()}.jsonl")


def entitlement_of(text: str) -> Entitlement:
    """What `--market-data` names."""
    try:
        return Entitlement(text)
    except ValueError:
        raise ConfigurationError(f"--market-data is {text!r}", f"give one of {', '.join(Entitlement)}") from None


def day_of(text: str) -> Date:
    """The day that `--date` names."""
    try:
        return Date.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(f"--date is {text!r}", "give a day as YYYY-MM-DD") from None


def number_of(option: str, text: str) -> Decimal:
    """A decimal number; bounds are the settings' business, but NaN has none."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ConfigurationError(f"{option} is {text!r}", "give a number") from None
    if not number.is_finite():
        raise ConfigurationError(f"{option} is {text!r}", "give a finite number")
    return number
