"""Ten sessions at speed, with the nights between them: `make fortnight`, or two of them from a test.

One trader, one account, two stretches of five sessions each. The gateway restarts every night, tells order ids that it told before, and holds
the client id of the connection that died; over the first weekend it waits for its second factor, and New York's clocks are put back; one session is a
half day; one symbol is split two for one and one the other way, dividends are paid, and borrowed shares cost their fee. Positions are held all the
while. Between the stretches everything is off for weeks: trader and gateway end, and go on where they were.

Every evening is judged twice, by the exchange's own log up to then and by the trader's journal up to then, which share no code.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time as wall
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from robo_trader.desk.events import Event
from robo_trader.desk.state import State
from robo_trader.edge.journal_store import Journal
from robo_trader.market.announced import HEADER
from robo_trader.market.calendar import Session, sessions_between
from robo_trader.simulated_gateway.verify import Report, verify
from robo_trader.values import NS_PER_MINUTE, NS_PER_SECOND, Instant
from tests.support.running import Product

NEW_YORK = ZoneInfo("America/New_York")
SYSTEM = "fortnight"
SEED = 11
SYMBOLS = ("SPY", "IBM")
CASH = Decimal(1_000_000)
NEAR = Decimal("0.000001")
RUN_SECONDS_MAX = 3600.0  # of one stretch, on a machine that has other things to do
EVENING_NS = 3 * NS_PER_MINUTE  # after the close, and before the night's faults
RESTART_AFTER = timedelta(minutes=4)
LOGIN_AFTER = timedelta(minutes=4, seconds=30)
ASLEEP_AFTER = timedelta(minutes=5, seconds=1)
ACTIONS = (
    "2025-10-30,SPY,borrow,0.0125,",
    "2025-10-30,IBM,borrow,0.0125,",
    "2025-10-31,IBM,dividend,0.8375,2025-11-04",
    "2025-11-04,SPY,split,2:1,",
    "2025-11-25,SPY,borrow,0.0085,",
    "2025-11-25,IBM,borrow,0.0085,",
    "2025-11-28,SPY,dividend,0.4125,2025-12-01",
    "2025-12-01,IBM,split,1:2@151.25,",
)


@dataclass(frozen=True)
class Stretch:
    """Sessions that follow each other, from `first` on; over the night after `second_factor` the gateway waits for somebody to confirm the log-on."""

    first: date
    days: int
    second_factor: date | None = None

    @property
    def sessions(self) -> list[Session]:
        """Its sessions, by the calendar."""
        return list(sessions_between(self.first, self.first + timedelta(days=3 * self.days)))[: self.days]


FORTNIGHT = (Stretch(date(2025, 10, 29), 5, second_factor=date(2025, 10, 31)), Stretch(date(2025, 11, 24), 5))
SLICE = (Stretch(date(2025, 11, 3), 2),)


@dataclass
class Evening:
    """The books after one session, and what is wrong with them."""

    day: date
    hours: str
    fills: int
    positions: dict[str, int]
    cash: str
    income: str
    wrong: list[str]


@dataclass
class Outcome:
    """Everything that a run of stretches proved."""

    evenings: list[Evening] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    uncovered_seconds: float = 0.0
    orders: int = 0
    fills: int = 0
    splits: int = 0
    payments: int = 0
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        """Whether nothing at all was wrong."""
        return not self.wrong and not any(evening.wrong for evening in self.evenings)


def new_york(at: int) -> datetime:
    return datetime.fromtimestamp(at // NS_PER_SECOND, NEW_YORK)


def nights(stretch: Stretch) -> Iterator[dict[str, Any]]:
    """The faults between the sessions of a stretch; the last of each night lasts until the market wakes up, a quarter of an hour before the open."""
    for session in stretch.sessions[:-1]:
        close = new_york(session.close)
        waits = close.date() == stretch.second_factor
        restart, login = _text(close + RESTART_AFTER), _text(close + LOGIN_AFTER)
        away = timedelta(seconds=20) if waits else ASLEEP_AFTER - RESTART_AFTER
        seconds = {"seconds": 1, "market_seconds": away.seconds}
        yield {"fault": "restart", "when": {"market_time": restart}, **seconds, "next_valid_id": "rolled_back", "zombie_seconds": 10}
        if waits:
            asleep = (ASLEEP_AFTER - LOGIN_AFTER).seconds
            yield {"fault": "login_wait", "when": {"market_time": login}, "seconds": 15, "market_seconds": asleep}


def _text(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}"


def pass_stretches(product: Product, stretches: Sequence[Stretch], *, symbols: Sequence[str] = SYMBOLS) -> Outcome:
    """Trade them all with the real trader against the real gateway, and judge every evening."""
    outcome, started = Outcome(), wall.monotonic()
    for stretch in stretches:
        _trade(product, stretch, symbols, outcome)
    _judge(product, stretches, outcome)
    outcome.seconds = wall.monotonic() - started
    return outcome


def _trade(product: Product, stretch: Stretch, symbols: Sequence[str], outcome: Outcome) -> None:
    directory = product.state / SYSTEM
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    product.state.chmod(0o700)
    actions, scenario, log = directory / "actions.csv", directory / "scenario.jsonl", directory / "exchange.jsonl"
    actions.write_text("\n".join([HEADER, *ACTIONS, ""]))
    faults = list(nights(stretch))
    scenario.write_text("".join(json.dumps(fault) + "\n" for fault in faults))
    outcome.faults += [f"{fault['fault']} {fault['when']['market_time']}" for fault in faults]
    market = ("--symbols", ",".join(symbols), "--seed", str(SEED), "--date", str(stretch.first), "--days", str(stretch.days))
    gateway = product.start(
        *("sim-gateway", *market, "--lockstep", "--control", str(product.state.parent / "control"), "--state", str(directory / "gateway")),
        *("--log", str(log), "--scenario", str(scenario), "--corporate-actions", str(actions)),
    )
    assert gateway.stdout is not None
    said = json.loads(gateway.stdout.readline())
    record = {"pid": gateway.pid, "port": said["port"], "control": said["control"], "log": str(log)}
    (directory / "gateway.json").write_text(json.dumps(record))
    done = product.run(
        *("run", "--system", SYSTEM, *market, "--lockstep", "--until-close", "--corporate-actions", str(actions)),
        *("--fast", "20", "--slow", "60", "--quantity", "100", "--max-notional", "1000000"),
        timeout=RUN_SECONDS_MAX,
    )
    outcome.pages += [line for line in done.stdout.splitlines() if line.startswith("critical: ")]
    if done.returncode != 0:
        outcome.wrong.append(f"the run from {stretch.first} ended with {done.returncode}: {done.stdout[-1500:]} {done.stderr[-1500:]}")
    (directory / f"run-{stretch.first}.txt").write_text(done.stdout + done.stderr)


def _judge(product: Product, stretches: Sequence[Stretch], outcome: Outcome) -> None:
    lines = list(evidence(product.state / SYSTEM / "exchange.jsonl"))
    journal = Journal.open(product.state / SYSTEM / "journal.sqlite")
    try:
        events = [event for _, event in journal.read()]
    finally:
        journal.close()
    for session in (session for stretch in stretches for session in stretch.sessions):
        outcome.evenings.append(_evening(session, lines, events))
    whole = verify(text for _, text in lines)
    outcome.wrong += whole.violations
    outcome.uncovered_seconds = sum(seen.uncovered_seconds for seen in whole.symbols.values())
    outcome.orders, outcome.fills = whole.orders, whole.fills
    if outcome.uncovered_seconds:
        outcome.wrong.append(f"shares were uncovered for {outcome.uncovered_seconds} s")
    if whole.orders_per_intent_max != 1:
        outcome.wrong.append(f"an intent became {whole.orders_per_intent_max} orders")
    kinds = [json.loads(text)["k"] for _, text in lines if '"k":"split"' in text or '"k":"paid"' in text]
    outcome.splits, outcome.payments = kinds.count("split"), kinds.count("paid")
    if len(outcome.pages) > len(outcome.faults):
        outcome.wrong.append(f"{len(outcome.pages)} pages for {len(outcome.faults)} faults")


def evidence(log: Path) -> Iterator[tuple[int, str]]:
    """The lines of the exchange's log that the judge reads, with the simulated instant that each leads to."""
    with log.open() as lines:
        for line in lines:
            if '"k":"out"' not in line[:80]:
                said = json.loads(line)
                yield said["to"] if said["k"] == "clock" else said["c"], line


def _evening(session: Session, lines: Iterable[tuple[int, str]], events: Sequence[Event]) -> Evening:
    end = Instant(session.close + EVENING_NS)
    report = verify(text for at, text in lines if at <= end)
    state = State()
    for event in _until(events, end):
        state.apply(event)
    opened, closed = new_york(session.open), new_york(session.close)
    hours = f"{opened:%H:%M} to {closed:%H:%M} {closed:%Z}"
    return Evening(closed.date(), hours, report.fills, report.positions, report.cash, report.income, _differences(report, state))


def _until(events: Sequence[Event], end: Instant) -> Iterator[Event]:
    """The journal as it stood then: up to the first event of a later instant."""
    for event in events:
        if getattr(event, "at", 0) > end:
            return
        yield event


def _differences(report: Report, state: State) -> list[str]:
    ledger = state.ledger
    wrong = list(report.violations)
    ours = {symbol: ledger.position(symbol) for symbol in ledger.symbols() if ledger.position(symbol)}
    if ours != report.positions:
        wrong.append(f"positions: the journal {ours}, the exchange {report.positions}")
    figures = (
        ("cash", CASH + ledger.cash_change, report.cash),
        ("commissions", ledger.commissions, report.commissions),
        ("realised", ledger.realised_average(), report.realised),
        ("income", ledger.income, report.income),
    )
    wrong += [f"{name}: the journal {mine}, the exchange {theirs}" for name, mine, theirs in figures if abs(mine - Decimal(theirs)) > NEAR]
    if uncovered := sum(seen.uncovered for seen in report.symbols.values()):
        wrong.append(f"{uncovered} shares were uncovered")
    return wrong


def told(outcome: Outcome) -> str:
    """The outcome as a table that people read."""
    rows = [
        "| session | hours, New York | fills so far | positions | cash | dividends, fees | books |",
        "|---|---|---|---|---|---|---|",
    ]
    for it in outcome.evenings:
        held = ", ".join(f"{symbol} {shares}" for symbol, shares in it.positions.items()) or "flat"
        rows.append(
            f"| {it.day:%a} {it.day} | {it.hours} | {it.fills} | {held} | {it.cash} | {it.income} | {'equal' if not it.wrong else it.wrong} |"
        )
    counted = (
        f"{outcome.orders} orders, {outcome.fills} fills, {outcome.splits} splits, {outcome.payments} payments, {len(outcome.faults)} faults, "
        f"{len(outcome.pages)} pages, {outcome.uncovered_seconds:g} s uncovered, {outcome.seconds:.0f} s in all."
    )
    rows += ["", counted, *(f"page: {page}" for page in outcome.pages), *(f"wrong: {wrong}" for wrong in outcome.wrong)]
    return "\n".join(rows) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Pass the fortnight (with `slice`: two sessions of it) and say how it went; 0 if nothing was wrong."""
    with tempfile.TemporaryDirectory(prefix="fortnight-") as directory:
        product = Product(Path(directory) / "state")
        try:
            outcome = pass_stretches(product, SLICE if "slice" in arguments else FORTNIGHT)
        finally:
            product.close()
    sys.stdout.write(told(outcome))
    return 0 if outcome.clean else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
