"""Health is judged from work that was done: silence is unknown, a halt by a person is told, money without care is critical."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from robo_trader.edge.last_told import NOTHING_TOLD, as_of
from robo_trader.edge.picture import as_json
from robo_trader.edge.verdict import Health, judge, not_ready
from robo_trader.values import NS_PER_SECOND
from tests.support.pictures import HALT, full_picture

NOW = 5_000 * NS_PER_SECOND
MACHINE = {"cpu_percent": 12.5, "memory_percent": 40.0, "disk_percent": 70.0}
EVERYTHING = HALT | {"id": "halt-1a2b3c4d", "level": "reduce_only", "scope": "all", "target": "", "reason": "storm"}
BY_ITSELF = EVERYTHING | {"id": "supervisor-risk_desk", "reason": "given up", "by": "supervisor"}

Told = dict[str, Any]


def told() -> Told:
    return as_json(full_picture(NOW), NOW + NS_PER_SECOND // 2)


def values(picture: Told, name: str) -> dict[str, Any]:
    return picture["sections"][name]["value"]


def actor(picture: Told, name: str) -> dict[str, Any]:
    return next(line for line in values(picture, "tree")["actors"] if line["name"] == name)


def judged(change: Callable[[Told], object]) -> Health:
    picture = told()
    change(picture)
    return judge(picture, MACHINE)


def silent(name: str) -> Callable[[Told], object]:
    return lambda picture: picture["sections"][name].update(state="unavailable", problem="no answer within 2 s")


def test_a_system_that_does_its_work_is_healthy_and_ready():
    health = judge(told(), MACHINE)
    assert (health.status, health.http_status) == ("healthy", 200)
    names = {"broker_gateway", "risk_desk", "stop_controller", "strategy_host/SPY", "strategy_host/AAPL", "strategy_host/IBM"}
    assert set(health.components) == names | {"alerting", "dashboard", "journal", "market_data", "system"}
    assert {part.status for part in health.components.values()} == {"up"}
    assert health.components["broker_gateway"].age_seconds == 0.58
    assert health.components["market_data"].age_seconds == 2.9
    assert not_ready(told()) == []


def test_of_a_system_that_nobody_heard_nothing_is_known_and_that_is_not_well():
    health = judge(NOTHING_TOLD, {})
    assert (health.status, health.http_status) == ("unhealthy", 503)
    assert {part.status for part in health.components.values()} == {"unknown"}
    assert {part.age_seconds for name, part in health.components.items() if name != "system"} == {None}
    assert len(not_ready(NOTHING_TOLD)) >= 4


def test_what_was_well_a_while_ago_is_unknown_now():
    health = judge(as_of(told(), 10.0), MACHINE)
    assert {part.status for name, part in health.components.items() if name != "system"} == {"unknown"}
    assert health.http_status == 503
    assert any("10.5 s old" in reason for reason in not_ready(as_of(told(), 10.0)))


@pytest.mark.parametrize(
    ("section", "parts"),
    [
        (
            "tree",
            {
                "broker_gateway",
                "risk_desk",
                "stop_controller",
                "strategy_host/SPY",
                "strategy_host/AAPL",
                "strategy_host/IBM",
                "alerting",
                "dashboard",
            },
        ),
        ("desk", {"risk_desk", "journal"}),
        ("gateway", {"broker_gateway", "market_data"}),
        ("stop_controller", {"stop_controller"}),
        ("alerting", {"alerting"}),
    ],
)
def test_a_source_that_is_silent_leaves_its_parts_unknown_and_no_others(section: str, parts: set[str]):
    health = judged(silent(section))
    assert {name for name, part in health.components.items() if part.status == "unknown"} == parts
    assert all("no answer within 2 s" in health.components[name].message for name in parts)
    assert health.status == "unhealthy"


@pytest.mark.parametrize("name", ["broker_gateway", "risk_desk", "stop_controller", "strategy_host/SPY", "alerting"])
def test_a_process_that_is_not_running_or_has_no_heartbeat_is_down(name: str):
    waiting = judged(lambda p: actor(p, name).update(phase="waiting", last_reason="killed by signal 9"))
    assert (waiting.status, waiting.components[name].status) == ("unhealthy", "down")
    assert "killed by signal 9" in waiting.components[name].message
    hangs = judged(lambda p: actor(p, name).update(heartbeat_age_seconds=4.6))
    assert (hangs.components[name].status, hangs.components[name].message) == ("down", "no heartbeat for 5.1 s")
    young = judged(lambda p: actor(p, name).update(heartbeat_age_seconds=None))
    assert young.components[name].status == "unknown"
    gone = judged(lambda p: values(p, "tree")["actors"].remove(actor(p, name)))
    assert name.startswith("strategy_host") or gone.components[name].status == "unknown"


@pytest.mark.parametrize("name", ["broker_gateway", "risk_desk", "stop_controller"])
def test_a_core_process_that_was_given_up_is_critical(name: str):
    health = judged(lambda p: actor(p, name).update(phase="given_up", last_reason="5 restarts in 60 s"))
    assert (health.status, health.http_status) == ("critical", 503)
    assert judged(lambda p: actor(p, "alerting").update(phase="given_up")).status == "unhealthy"


def test_without_the_dashboard_the_system_is_degraded_and_still_served():
    health = judged(lambda p: actor(p, "dashboard").update(phase="given_up"))
    assert (health.status, health.http_status, health.components["dashboard"].status) == ("degraded", 200, "down")


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"connected": False}, "down", "no session with 127.0.0.1:4002"),
        ({"lease_valid": False}, "down", "lease is not valid"),
        ({"ages": {"packet": 29.6, "bar": 2.4, "sweep": 6.1}}, "down", "no packet for 30.1 s"),
        ({"ages": {"packet": 0.1, "bar": 2.4, "sweep": 59.6}}, "degraded", "no sweep for 60.1 s"),
        ({"ages": {"packet": None, "bar": 2.4, "sweep": None}}, "unknown", "no packet yet"),
    ],
)
def test_the_gateway_is_judged_by_session_lease_and_what_came_in(change: dict[str, Any], status: str, words: str):
    part = judged(lambda p: values(p, "gateway").update(change)).components["broker_gateway"]
    assert part.status == status
    assert words in part.message


@pytest.mark.parametrize(("age", "status"), [(19.4, "up"), (19.6, "down"), (None, "unknown")])
def test_while_the_market_is_open_bars_must_come(age: float | None, status: str):
    ages = {"packet": 0.1, "bar": age, "sweep": 1.0}
    assert judged(lambda p: values(p, "gateway").update(ages=ages)).components["market_data"].status == status
    closed = judged(lambda p: values(p, "gateway").update(ages=ages, session="closed"))
    assert (closed.components["market_data"].status, closed.status) == ("up", "healthy"), "no bar while the market is closed is no fault"


@pytest.mark.parametrize("state", ["halted", "draining", "reconciling", "waiting for gateway"])
def test_a_desk_that_trades_nothing_new_is_degraded_and_one_in_a_state_nobody_knows_is_unknown(state: str):
    assert judged(lambda p: values(p, "desk").update(state=state)).components["risk_desk"].status == "degraded"
    assert judged(lambda p: values(p, "desk").update(state="dancing")).components["risk_desk"].status == "unknown"


def test_orders_of_unknown_outcome_and_a_journal_that_failed_are_told():
    assert "2 orders" in judged(lambda p: values(p, "desk").update(unknown=2)).components["risk_desk"].message
    health = judged(lambda p: values(p, "desk").update(journal="disk full"))
    assert (health.status, health.components["journal"].status, health.components["journal"].message) == ("unhealthy", "down", "disk full")


def test_shares_without_a_stop_are_critical_after_the_time_that_a_stop_takes():
    def bare(since: float) -> Callable[[Told], object]:
        return lambda p: values(p, "stop_controller")["symbols"][1].update(covered=30, uncovered_seconds=since)

    assert judged(bare(4.4)).status == "healthy"
    health = judged(bare(4.6))
    assert (health.status, health.http_status) == ("critical", 503)
    assert health.components["stop_controller"].message == "10 shares of AAPL have no stop since 5.1 s"
    assert health.components["stop_controller"].metrics["uncovered_shares"] == 10


@pytest.mark.parametrize("teller", ["desk", "stop_controller"])
def test_a_halt_by_a_person_is_degraded_and_one_of_everything_by_the_system_itself_is_critical(teller: str):
    def halted(halt: object) -> Callable[[Told], object]:
        return lambda p: values(p, teller).update(halts=[halt])

    assert judged(halted(EVERYTHING)).status == "degraded"
    assert "halt-1a2b3c4d" in judged(halted(EVERYTHING)).components["risk_desk"].message
    assert judged(halted(BY_ITSELF)).status == "critical"
    assert judged(halted(BY_ITSELF | {"scope": "symbol", "target": "SPY"})).status == "degraded"


@pytest.mark.parametrize(("name", "limit"), [("cpu_percent", 90.0), ("memory_percent", 90.0), ("disk_percent", 95.0)])
def test_a_machine_at_its_limits_is_degraded(name: str, limit: float):
    assert judge(told(), MACHINE | {name: limit}).status == "healthy"
    assert judge(told(), MACHINE | {name: limit + 0.1}).status == "degraded"


def test_a_machine_that_cannot_be_read_is_unknown():
    assert judge(told(), MACHINE | {"memory_percent": None}).components["system"].status == "unknown"
    assert judge(told(), MACHINE | {"cpu_percent": None}).components["system"].status == "up", "a rate needs two readings"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda p: actor(p, "risk_desk").update(phase="starting", last_reason="killed"), "core actor risk_desk does not work: starting: killed"),
        (lambda p: values(p, "gateway").update(connected=False), "no session with the broker's gateway at 127.0.0.1:4002"),
        (lambda p: values(p, "gateway").update(lease_valid=False), "lease"),
        (lambda p: values(p, "desk").update(reconciled=["SPY", "IBM"]), "AAPL is not reconciled with the broker"),
        (lambda p: values(p, "desk").update(state="draining"), "the desk is draining"),
        (lambda p: values(p, "stop_controller").update(halts=[EVERYTHING]), "halt halt-1a2b3c4d (reduce_only) of everything stands, by ann: storm"),
        (silent("gateway"), "gateway cannot be counted on: no answer within 2 s"),
    ],
)
def test_what_keeps_a_system_from_being_ready_is_said_in_a_sentence(change: Callable[[Told], object], words: str):
    picture = told()
    change(picture)
    (reason,) = not_ready(picture)
    assert words in reason


def test_a_halt_of_one_symbol_leaves_the_system_ready():
    picture = told()
    values(picture, "desk")["halts"] = [HALT]
    assert not_ready(picture) == []


def test_health_is_json():
    answer = judge(told(), MACHINE).as_json("2026-11-26T09:30:00+00:00")
    assert json.loads(json.dumps(answer)) == answer
    assert set(answer) == {"status", "timestamp", "components", "http_status"}
    assert set(answer["components"]["risk_desk"]) == {"status", "message", "age_seconds", "metrics"}
