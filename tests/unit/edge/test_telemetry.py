"""Prometheus reads what is known, and finds a hole where nothing is."""

from __future__ import annotations

from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from robo_trader.edge.last_told import NOTHING_TOLD, as_of
from robo_trader.edge.picture import as_json
from robo_trader.edge.telemetry import exposition
from robo_trader.edge.verdict import judge, not_ready
from robo_trader.values import NS_PER_SECOND
from tests.support.pictures import HALT, full_picture

NOW = 5_000 * NS_PER_SECOND
MACHINE = {"cpu_percent": 12.5, "memory_percent": 40.0, "disk_percent": 70.0}

Sample = tuple[str, tuple[tuple[str, str], ...]]


def told() -> dict[str, Any]:
    return as_json(full_picture(NOW), NOW + NS_PER_SECOND // 2)


def samples(picture: dict[str, Any], machine: dict[str, float | None] | None = None, age: float | None = 0.2) -> dict[Sample, float]:
    known = MACHINE if machine is None else machine
    text = exposition(picture, judge(picture, known), known, reasons=len(not_ready(picture)), halt_requests=3, picture_age=age).decode()
    families = list(text_string_to_metric_families(text))
    names = [family.name for family in families]
    assert len(names) == len(set(names)), "each family once"
    assert all(family.documentation for family in families)
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in families for s in family.samples}


def one(name: str, **labels: str) -> Sample:
    return name, tuple(sorted(labels.items()))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("system_cpu_percent", 12.5),
        ("system_memory_percent", 40.0),
        ("trading_active_positions", 2),
        ("trading_daily_pnl", -12.34),
        ("trading_position_value", 100 * 167.69 + 40 * 487.75),
        ("trading_total_pnl", -16769.00 + 100 * 167.69 - 40 * 487.75),
        ("trading_errors_total", 0),
        ("component_system_up", 1),
        ("component_database_up", 1),
        ("component_trading_up", 1),
        ("component_data_up", 1),
        ("component_websocket_up", 1),
    ],
)
def test_the_predecessor_s_dashboards_find_their_names(name: str, value: float):
    assert samples(told())[one(name)] == pytest.approx(value)


def test_our_own_names_tell_the_tree_the_stops_the_halts_and_the_ages():
    picture = told()
    picture["sections"]["desk"]["value"]["halts"] = [HALT]
    picture["sections"]["desk"]["value"]["drift"] = {"SPY": 5}
    picture["sections"]["gateway"]["value"] |= {"quarantined": {"crossed": 2, "zero": 0}, "unacknowledged": 1}
    picture["sections"]["tree"]["value"]["actors"][2]["restarts"] = 4
    picture["sections"]["stop_controller"]["value"]["symbols"][1]["covered"] = 30
    found = samples(picture)
    assert found[one("robo_trader_drift_shares", symbol="SPY")] == 5
    assert found[one("robo_trader_actor_restarts_total", actor="risk_desk")] == 4
    assert found[one("trading_errors_total")] == 4
    assert found[one("robo_trader_actor_epoch", actor="risk_desk")] == 12
    assert found[one("robo_trader_covered_shares", symbol="AAPL")] == 30
    assert found[one("robo_trader_uncovered_shares")] == 10
    assert found[one("robo_trader_halted", level="no_new")] == 1
    assert found[one("robo_trader_halted", level="halt_flatten")] == 0
    assert found[one("robo_trader_gateway_connected")] == 1
    assert found[one("robo_trader_age_seconds", source="packet")] == 0.58
    assert found[one("robo_trader_age_seconds", source="desk")] == 0.5
    assert found[one("robo_trader_age_seconds", source="picture")] == 0.2
    assert found[one("robo_trader_unacknowledged_entries")] == 1
    assert found[one("robo_trader_quarantined_total", reason="crossed")] == 2
    assert found[one("robo_trader_halt_requests_total")] == 3
    assert found[one("trading_orders_total", status="refused")] == 1
    assert found[one("component_strategy_host_SPY_up")] == 1
    assert found[one("robo_trader_ready")] == 1


def test_of_a_system_that_nobody_heard_there_is_no_figure_at_all():
    found = samples(NOTHING_TOLD, {}, None)
    assert {name for name, _ in found} == {"robo_trader_health", "robo_trader_ready", "robo_trader_halt_requests_total"}
    assert found[one("robo_trader_health", status="unhealthy")] == 1
    assert found[one("robo_trader_ready")] == 0


def test_what_is_not_the_present_has_no_samples_but_its_age():
    names = {name for name, _ in samples(as_of(told(), 10.0))}
    assert names == {
        *("system_cpu_percent", "system_memory_percent", "system_disk_percent", "component_system_up"),
        *("robo_trader_health", "robo_trader_ready", "robo_trader_halt_requests_total", "robo_trader_age_seconds", "robo_trader_halted"),
    }
    assert samples(as_of(told(), 10.0))[one("robo_trader_age_seconds", source="desk")] == 10.5


def test_a_position_without_a_price_has_no_worth_and_no_profit_and_one_of_none_needs_no_price():
    picture = told()
    books = picture["sections"]["desk"]["value"]["books"]
    books[2]["last"] = None
    assert one("trading_total_pnl") in samples(picture)
    books[0]["last"] = None
    found = samples(picture)
    assert one("trading_total_pnl") not in found
    assert one("trading_position_value") not in found
    assert found[one("trading_active_positions")] == 2


def test_money_that_the_broker_has_not_said_has_no_sample():
    picture = told()
    picture["sections"]["gateway"]["value"] |= {"cash": None, "equity": None, "realised": None}
    assert not {"trading_daily_pnl", "robo_trader_cash_dollars", "robo_trader_equity_dollars"} & {name for name, _ in samples(picture)}


def test_a_part_that_is_down_is_zero_and_one_that_is_unknown_has_no_sample():
    picture = told()
    picture["sections"]["desk"]["value"]["journal"] = "disk full"
    picture["sections"]["alerting"] |= {"state": "unavailable", "problem": "no answer"}
    found = samples(picture)
    assert found[one("component_journal_up")] == found[one("component_database_up")] == 0
    assert one("component_alerting_up") not in found


def test_labels_of_any_kind_survive_the_way_to_prometheus():
    picture = told()
    picture["sections"]["gateway"]["value"]["quarantined"] = {'he said "no"\\\n': 1}
    assert samples(picture)[one("robo_trader_quarantined_total", reason='he said "no"\\\n')] == 1
