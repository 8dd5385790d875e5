"""A system's picture, scripted: every section filled, and a source that can restart an actor, hang, fail or fall silent in parts."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any

from robo_trader.edge.clock import process_ns
from robo_trader.edge.picture import Picture, Section
from robo_trader.edge.picture_values import (
    ActorLine,
    AlertingValue,
    BookLine,
    CoverLine,
    DeskValue,
    GatewayValue,
    HaltLine,
    HostLine,
    OrderLine,
    ProcessValue,
    StopControllerValue,
    StrategiesValue,
    TreeValue,
)

SYMBOLS = ("SPY", "AAPL", "IBM")
STRATEGY = "moving_average_cross"
HALT: HaltLine = {"id": "h-0007", "level": "no_new", "scope": "symbol", "target": "IBM", "reason": "earnings tonight", "by": "ann"}


def actor(name: str, group: str, pid: int) -> ActorLine:
    return {
        "name": name,
        "group": group,
        "pid": pid,
        "node": "laptop",
        "epoch": 12,
        "restarts": 0,
        "phase": "running",
        "last_cause": "",
        "last_reason": "",
        "since_seconds": 3721.0,
        "heartbeat_age_seconds": 0.21,
    }


def book(symbol: str, position: int, covered: int, stop: str | None, last: str) -> BookLine:
    return {
        "book": f"{STRATEGY}/{symbol}",
        "position": position,
        "target": position,
        "working": 0,
        "covered": covered,
        "stop": stop,
        "last": last,
        "latched": False,
        "signal_bar_end": "2013-10-07T14:31:00+00:00",
    }


def order(intent: str, symbol: str, purpose: str, price: str | None, stage: str = "working", filled: int = 0) -> OrderLine:
    side = "BUY" if purpose == "enter" else "SELL"
    return {
        "intent": intent,
        "book": f"{STRATEGY}/{symbol}",
        "purpose": purpose,
        "side": side,
        "quantity": 100,
        "filled": filled,
        "price": price,
        "stage": stage,
        "age_seconds": 41.0,
    }


def host(symbol: str) -> HostLine:
    return {
        "book": f"{STRATEGY}/{symbol}",
        "minutes": 391,
        "last_bar_end": "2013-10-07T14:31:00+00:00",
        "stance": 100,
        "waiting_for_history": False,
        "age_seconds": 4.2,
    }


def tree_value() -> TreeValue:
    names = (("stop_controller", "core"), ("broker_gateway", "core"), ("risk_desk", "core"), *((f"strategy_host/{s}", "strategies") for s in SYMBOLS))
    actors = [actor(n, g, 4100 + i) for i, (n, g) in enumerate((*names, ("alerting", "ops"), ("health", "ops"), ("dashboard", "ops")))]
    return {"actors": actors, "alerts": [], "ports": {"http": 8080, "dashboard": 5555}}


def desk_value() -> DeskValue:
    return {
        "state": "trading",
        "books": [book("SPY", 100, 100, "166.01", "167.69"), book("AAPL", -40, 40, "489.5", "487.75"), book("IBM", 0, 0, None, "182.01")],
        "orders_live": [order("9f2c41d07ab3", "SPY", "protect", "166.01"), order("b1770c2e9d54", "AAPL", "enter", None, filled=40)],
        "external": {"IBM": 200},
        "cash_change": "-16769.00",
        "commissions": "3.5125",
        "realised": "-12.34",
        "orders": 4,
        "stops": 2,
        "fills": 6,
        "refusals": 1,
        "unknown": 0,
        "reconciled": list(SYMBOLS),
        "halts": [],
        "alerts": ["info: reconciled after start"],
        "journal": "ok",
    }


def gateway_value() -> GatewayValue:
    return {
        "host": "127.0.0.1",
        "port": 4002,
        "connected": True,
        "account": "DU1234567",
        "market_time": "2013-10-07T14:31:07+00:00",
        "session": "open",
        "epoch": 12,
        "ages": {"packet": 0.08, "bar": 2.4, "sweep": 6.1},
        "lease_valid": True,
        "cash": "983231.00",
        "equity": "1000012.5",
        "realised": "-12.34",
        "unacknowledged": 0,
        "quarantined": {},
    }


def section_values() -> dict[str, Any]:
    covers: list[CoverLine] = [
        {"symbol": s, "position": p, "covered": abs(p), "uncovered_seconds": None} for s, p in zip(SYMBOLS, (100, -40, 0), strict=True)
    ]
    alerts: AlertingValue = {
        "sent": 3,
        "failed": 0,
        "last": [{"at": "2013-10-07T13:29:58+00:00", "severity": "info", "key": "start", "text": "trading starts"}],
    }
    strategies: StrategiesValue = {"hosts": [host(s) for s in SYMBOLS]}
    controller: StopControllerValue = {"symbols": covers, "halts": [], "alarms": []}
    process: ProcessValue = {"pss_bytes": 613_000_000, "cpu_percent": 7.4}
    return {
        "tree": tree_value(),
        "desk": desk_value(),
        "gateway": gateway_value(),
        "strategies": strategies,
        "stop_controller": controller,
        "alerting": alerts,
        "process": process,
    }


SOURCES = {"tree": "supervisor", "desk": "risk_desk", "gateway": "broker_gateway", "strategies": "strategy_hosts"}


def full_picture(taken_ns: int) -> Picture:
    """Every section answered at `taken_ns`."""
    sections = {name: Section(SOURCES.get(name, name), taken_ns, 2.0, "", value) for name, value in section_values().items()}
    return Picture("demo", "2026-11-26T09:30:00+00:00", sections)


@dataclass
class ScriptedSource:
    """Answers at once with `values`; `hangs` and `failure` are what a test sets, `silent` names sections that stopped answering and why."""

    values: dict[str, Any] = field(default_factory=section_values)
    silent: dict[str, str] = field(default_factory=dict)
    hangs: bool = False
    failure: Exception | None = None
    asked: int = 0
    last_ns: dict[str, int] = field(default_factory=dict)

    async def __call__(self) -> Picture:
        self.asked += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.failure:
            raise self.failure
        now = process_ns()
        self.last_ns |= {name: now for name in self.values if name not in self.silent}
        told = full_picture(now)
        sections = {n: replace(s, taken_ns=self.last_ns[n], problem=self.silent.get(n, ""), value=self.values[n]) for n, s in told.sections.items()}
        return replace(told, sections=sections)

    def restart(self, name: str) -> None:
        """The actor died and is back, one epoch later."""
        line = next(a for a in self.values["tree"]["actors"] if a["name"] == name)
        line |= {"restarts": line["restarts"] + 1, "epoch": line["epoch"] + 1, "pid": line["pid"] + 1000, "since_seconds": 0.4}
        line |= {"last_cause": "CRASHED", "last_reason": "killed by signal 9", "heartbeat_age_seconds": 0.1}
