"""What a system tells Prometheus: the picture and the verdict as samples, nothing counted here and nothing kept.

What is not known has no sample: a graph with a hole says that nobody knew, a zero would say that there was nothing. Only sections that tell the
present are read; ages are the exception, because an age that grows is how a silence looks. The first names are the predecessor's, whose dashboards
and alert rules go on working; `robo_trader_*` are ours. Money is dollars, ages are seconds, shares are whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from robo_trader.edge.picture import flatten
from robo_trader.edge.verdict import Health
from robo_trader.risk.halt import HaltLevel

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
ALIASES: Final = {"market_data": "data", "journal": "database", "risk_desk": "trading", "dashboard": "websocket"}
"""Parts under the names that the predecessor's dashboards ask for, beside their own."""

Json = dict[str, Any]
Family = GaugeMetricFamily | CounterMetricFamily
Samples = Mapping[str, float | Decimal | None]


def exposition(
    told: Json, health: Health, machine: Mapping[str, float | None], *, reasons: int, halt_requests: int, picture_age: float | None
) -> bytes:
    """Prometheus text (0.0.4) of a picture as `last_told.as_of` tells it.

    `reasons` is how many there are against being ready, `picture_age` how long ago the root was heard in seconds, None if never.
    """
    families = [
        *_of_the_machine(machine),
        *_of_the_health(health, reasons),
        *_of_the_tree(_present(told, "tree")),
        *_of_the_desk(_present(told, "desk")),
        *_of_the_gateway(_present(told, "gateway")),
        *_of_the_stops(_present(told, "stop_controller")),
        *_of_alerting(_present(told, "alerting")),
        _labelled("robo_trader_age_seconds", "Seconds since this was last heard.", "source", _ages(told, picture_age)),
        *_halts(told),
        _counter("robo_trader_halt_requests", "Halts asked for over HTTP since this replica started.", halt_requests),
        *_process(_present(told, "process")),
    ]
    return text_of(family for family in families if family.samples)


def text_of(families: Iterable[Family]) -> bytes:
    """The families as Prometheus text."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Told(list(families)))
    return generate_latest(registry)


class _Told(Collector):
    """Families that are ready."""

    def __init__(self, families: list[Family]) -> None:
        self._families = families

    def collect(self) -> Iterable[Family]:
        """All of them."""
        return self._families


def _present(told: Json, name: str) -> Json | None:
    """What a section tells of the present; None if it does not."""
    section = told["sections"][name]
    return section["value"] if section["state"] == "value" else None


def _of_the_machine(machine: Mapping[str, float | None]) -> Iterator[Family]:
    yield _gauge("system_cpu_percent", "Share of the machine's processors in use.", machine.get("cpu_percent"))
    yield _gauge("system_memory_percent", "Share of the machine's memory that is not available.", machine.get("memory_percent"))
    yield _gauge("system_disk_percent", "Share of the state directory's disk in use.", machine.get("disk_percent"))


def _of_the_health(health: Health, reasons: int) -> Iterator[Family]:
    for name, part in health.components.items():
        up = None if part.status == "unknown" else float(part.status == "up")
        for known_as in (name, *filter(None, [ALIASES.get(name)])):
            yield _gauge(f"component_{_word(known_as)}_up", f"1 if {name} does its work, 0 if not; absent while nothing is known of it.", up)
    whole = {status: float(health.status == status) for status in ("healthy", "degraded", "unhealthy", "critical")}
    yield _labelled("robo_trader_health", "1 for the state that the whole is in.", "status", whole)
    yield _gauge("robo_trader_ready", "1 if the system can be counted on to trade.", float(reasons == 0))


def _of_the_tree(tree: Json | None) -> Iterator[Family]:
    if tree is None:
        return
    restarts = {actor["name"]: actor["restarts"] for actor in tree["actors"]}
    yield _labelled("robo_trader_actor_restarts", "Restarts since the system started.", "actor", restarts, counts=True)
    epochs = {actor["name"]: actor["epoch"] for actor in tree["actors"]}
    yield _labelled("robo_trader_actor_epoch", "Number of the process's incarnation.", "actor", epochs)
    running = {actor["name"]: float(actor["phase"] == "running") for actor in tree["actors"]}
    yield _labelled("robo_trader_actor_running", "1 while the process is in its phase of running.", "actor", running)
    yield _counter("trading_errors", "Failures that the system recovered from since it started: restarts of its processes.", sum(restarts.values()))


def _of_the_desk(desk: Json | None) -> Iterator[Family]:
    if desk is None:
        return
    books = desk["books"]
    positions = {line["book"]: line["position"] for line in books}
    yield _gauge("trading_active_positions", "Sub-books that hold shares.", sum(position != 0 for position in positions.values()))
    yield _labelled("robo_trader_position_shares", "Shares held, with their sign.", "book", positions)
    value = _value(books, gross=True)
    yield _gauge("trading_position_value", "Dollars in positions, long and short added up, at the last price; absent while a price is.", value)
    net = _value(books, gross=False)
    total = None if net is None else Decimal(desk["cash_change"]) + net
    yield _gauge("trading_total_pnl", "Dollars won or lost since the baseline, commissions and open positions included.", total)
    yield _gauge("robo_trader_realised_pnl", "Dollars realised since the baseline.", Decimal(desk["realised"]))
    yield _counter("robo_trader_commissions_dollars", "Commissions since the baseline.", Decimal(desk["commissions"]))
    counts = {"placed": desk["orders"], "refused": desk["refusals"]}
    yield _labelled(
        "trading_orders", "Orders of strategies since the baseline, protective stops apart; refused by our own gate.", "status", counts, counts=True
    )
    yield _counter("robo_trader_stops", "Protective stops placed since the baseline.", desk["stops"])
    yield _counter("robo_trader_fills", "Executions since the baseline.", desk["fills"])
    drift = "Shares by which the ledger, the broker and the strategies' books differ at most."
    yield _labelled("robo_trader_drift_shares", drift, "symbol", desk.get("drift", {}))
    yield _gauge("robo_trader_unknown_orders", "Orders whose outcome is not known.", desk["unknown"])


def _of_the_gateway(gateway: Json | None) -> Iterator[Family]:
    if gateway is None:
        return
    yield _gauge("robo_trader_gateway_connected", "1 while there is a session with the broker.", float(gateway["connected"]))
    yield _gauge("robo_trader_lease_valid", "1 while this system may send orders.", float(gateway["lease_valid"]))
    yield _gauge("robo_trader_market_open", "1 while the market is open.", float(gateway["session"] == "open"))
    yield _gauge("robo_trader_unacknowledged_entries", "Entries on the wire that the broker has not acknowledged.", gateway["unacknowledged"])
    quarantined = {reason: count for reason, count in gateway["quarantined"].items() if count}
    yield _labelled("robo_trader_quarantined", "Quotes and bars that were refused as bad.", "reason", quarantined, counts=True)
    yield _gauge("trading_daily_pnl", "Dollars realised today, as the broker says.", _decimal(gateway["realised"]))
    yield _gauge("robo_trader_cash_dollars", "Cash in the account, as the broker says.", _decimal(gateway["cash"]))
    yield _gauge("robo_trader_equity_dollars", "Worth of the account, as the broker says.", _decimal(gateway["equity"]))


def _of_the_stops(controller: Json | None) -> Iterator[Family]:
    if controller is None:
        return
    lines = controller["symbols"]
    yield _labelled("robo_trader_covered_shares", "Shares that a stop covers.", "symbol", {line["symbol"]: line["covered"] for line in lines})
    bare = sum(max(0, abs(line["position"]) - line["covered"]) for line in lines)
    yield _gauge("robo_trader_uncovered_shares", "Shares that no stop covers.", bare)


def _of_alerting(alerting: Json | None) -> Iterator[Family]:
    if alerting is not None:
        counts = {"sent": alerting["sent"], "failed": alerting["failed"]}
        yield _labelled("robo_trader_alerts", "Alerts by what became of them.", "outcome", counts, counts=True)


def _process(process: Json | None) -> Iterator[Family]:
    if process is not None:
        whose = "the tree's own processes, without Ray and Serve"
        yield _gauge("robo_trader_memory_bytes", f"Proportional memory of {whose}.", process["pss_bytes"])
        yield _gauge("robo_trader_cpu_percent", f"Percent of one core that is used by {whose}.", process["cpu_percent"])


def _halts(told: Json) -> Iterator[Family]:
    """Standing halts by level; none while neither the desk nor the fence can be heard."""
    halts = flatten(told)["halts"]
    if halts is not None:
        counts = {level.name.lower(): sum(halt["level"] == level.name.lower() for halt in halts) for level in HaltLevel}
        yield _labelled("robo_trader_halted", "Halts of this level that stand.", "level", counts)


def _ages(told: Json, picture_age: float | None) -> dict[str, float | None]:
    """Seconds since each section, and what the gateway dates by itself, was heard."""
    sections = told["sections"]
    ages = {name: section["age_seconds"] for name, section in sections.items()}
    return {**ages, **(flatten(told)["ages"] or {}), "picture": picture_age}


def _value(books: Iterable[Json], *, gross: bool) -> Decimal | None:
    """Dollars in positions; None while the price of one that is held is not known."""
    total = Decimal(0)
    for line in books:
        if line["position"] and line["last"] is None:
            return None
        if line["position"]:
            total += Decimal(line["last"]) * (abs(line["position"]) if gross else line["position"])
    return total


def _gauge(name: str, about: str, value: float | Decimal | None) -> Family:
    """A gauge of one sample; of none if the value is not known."""
    family = GaugeMetricFamily(name, about)
    if value is not None:
        family.add_metric([], float(value))
    return family


def _counter(name: str, about: str, value: float | Decimal) -> Family:
    """A counter of one sample; its name gets `_total`."""
    family = CounterMetricFamily(name, about)
    family.add_metric([], float(value))
    return family


def _labelled(name: str, about: str, label: str, values: Samples, *, counts: bool = False) -> Family:
    """A gauge, or a counter, with a sample for each value that is known."""
    family: Family = CounterMetricFamily(name, about, labels=[label]) if counts else GaugeMetricFamily(name, about, labels=[label])
    for key, value in values.items():
        if value is not None:
            family.add_metric([str(key)], float(value))
    return family


def _decimal(text: str | None) -> Decimal | None:
    """Money as it was told."""
    return None if text is None else Decimal(text)


def _word(name: str) -> str:
    """A part's name as Prometheus can have it."""
    return "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in name)
