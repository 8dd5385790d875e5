"""What the sections of a picture hold, key by key: the words between the parts that do the work and the page that shows it.

Each section's value is one of the `*Value` dictionaries here. Money is dollars as text, as the ledger wrote it; shares are whole numbers with their
sign; instants are ISO text in UTC; `*_seconds` are as of the section's answer. None means: not known, or none yet. A source that cannot answer
leaves its section to a problem and never fills in a constant.
"""

from __future__ import annotations

from typing import Final, TypedDict


class ActorLine(TypedDict):
    """One process of the tree. `since_seconds` is the time in this phase; `restarts` counts since the system started."""

    name: str
    group: str
    pid: int | None
    node: str
    epoch: int
    restarts: int
    phase: str
    last_cause: str
    last_reason: str
    since_seconds: float | None
    heartbeat_age_seconds: float | None


class TreeValue(TypedDict):
    """Section `tree`. `alerts` are the supervisor's newest; `ports` are where the system listens, by name."""

    actors: list[ActorLine]
    alerts: list[str]
    ports: dict[str, int]


class BookLine(TypedDict):
    """One sub-book: shares held, wanted, working and covered by stops; stop and last in dollars."""

    book: str
    position: int
    target: int | None
    working: int
    covered: int
    stop: str | None
    last: str | None
    latched: bool
    signal_bar_end: str | None


class OrderLine(TypedDict):
    """One order that is not over. `price` in dollars, None for a market order."""

    intent: str
    book: str
    purpose: str
    side: str
    quantity: int
    filled: int
    price: str | None
    stage: str
    age_seconds: float | None


class HaltLine(TypedDict):
    """One standing halt."""

    id: str
    level: str
    scope: str
    target: str
    reason: str
    by: str


class DeskValue(TypedDict):
    """Section `desk`. Money since the baseline, in dollars; `journal` is "ok" or what failed."""

    state: str
    books: list[BookLine]
    orders_live: list[OrderLine]
    external: dict[str, int]
    cash_change: str
    commissions: str
    realised: str
    orders: int
    stops: int
    fills: int
    refusals: int
    unknown: int
    reconciled: list[str]
    halts: list[HaltLine]
    alerts: list[str]
    journal: str


class GatewayValue(TypedDict):
    """Section `gateway`. `ages`: seconds since the last packet, bar and sweep, None before the first; money as the broker says."""

    host: str
    port: int
    connected: bool
    account: str | None
    market_time: str | None
    session: str
    epoch: int
    ages: dict[str, float | None]
    lease_valid: bool
    cash: str | None
    equity: str | None
    realised: str | None
    unacknowledged: int
    quarantined: dict[str, int]


class HostLine(TypedDict):
    """One strategy host's book: what it saw last and where it stands."""

    book: str
    minutes: int
    last_bar_end: str | None
    stance: int | str | None
    waiting_for_history: bool
    age_seconds: float | None


class StrategiesValue(TypedDict):
    """Section `strategies`."""

    hosts: list[HostLine]


class CoverLine(TypedDict):
    """One symbol as the stop controller counts it by itself; `uncovered_seconds` is None while every share is covered."""

    symbol: str
    position: int
    covered: int
    uncovered_seconds: float | None


class StopControllerValue(TypedDict):
    """Section `stop_controller`; its halts are the fence's."""

    symbols: list[CoverLine]
    halts: list[HaltLine]
    alarms: list[str]


class AlertLine(TypedDict):
    """One alert that was sent."""

    at: str
    severity: str
    key: str
    text: str


class AlertingValue(TypedDict):
    """Section `alerting`."""

    sent: int
    failed: int
    last: list[AlertLine]


class ProcessValue(TypedDict):
    """Section `process`: proportional memory and processor share of the whole system."""

    pss_bytes: int
    cpu_percent: float


VALUES: Final[dict[str, type]] = {
    "tree": TreeValue,
    "desk": DeskValue,
    "gateway": GatewayValue,
    "strategies": StrategiesValue,
    "stop_controller": StopControllerValue,
    "alerting": AlertingValue,
    "process": ProcessValue,
}
"""Section -> what its value is."""
