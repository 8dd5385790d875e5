"""The monitor: a fresh one answers like an old one, and no answer outlives its question."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from robo_trader.errors import ConfigurationError, DataError
from robo_trader.production.health import HealthMonitor
from robo_trader.production.health_checks import Heard
from robo_trader.production.health_words import ComponentHealth, ComponentStatus, HealthStatus


class System:
    """A running system's answers, as its operator's line would give them."""

    def __init__(self) -> None:
        self.asked = 0
        self.status: dict[str, Any] | None = {
            "state": "trading",
            "session": "open",
            "books": [{"position": 100, "working": 0, "covered": 100}],
            "halts": [],
            "ages": {"packet": 0.1, "bar": 1.0, "sweep": 1.0},
            "gateway": {"connected": True},
            "journal": "ok",
        }

    def __call__(self, _: str | None) -> list[Heard]:
        self.asked += 1
        return [Heard("main", self.status, "" if self.status is not None else "did not answer")]


@pytest.fixture
def system() -> System:
    return System()


@pytest.fixture
def monitor(system: System) -> HealthMonitor:
    made = HealthMonitor(ask=system)
    made.register_health_check("system", lambda: ComponentHealth("system", ComponentStatus.UP))  # this machine may be busy
    return made


def test_a_fresh_monitor_answers(monitor: HealthMonitor) -> None:
    assert monitor.get_overall_health() is HealthStatus.HEALTHY
    assert monitor.get_readiness_status() and monitor.get_liveness_status()


def test_with_nothing_running_it_is_critical_and_neither_ready_nor_alive() -> None:
    monitor = HealthMonitor()
    assert monitor.get_overall_health() is HealthStatus.CRITICAL
    assert not monitor.get_readiness_status() and not monitor.get_liveness_status()


def test_a_system_that_stops_answering_is_not_alive_though_the_monitor_runs(monitor: HealthMonitor, system: System) -> None:
    monitor.start_monitoring()
    assert monitor.get_liveness_status()
    system.status = None
    assert not monitor.get_liveness_status()
    monitor.run_health_checks()
    assert monitor.get_overall_health() is HealthStatus.CRITICAL
    monitor.stop_monitoring()


def test_a_halt_over_shares_without_a_stop_is_critical(monitor: HealthMonitor, system: System) -> None:
    assert system.status is not None
    system.status |= {"state": "halted", "halts": [{"scope": "all"}], "books": [{"position": 100, "working": 0, "covered": 0}]}
    assert monitor.get_overall_health() is HealthStatus.CRITICAL
    assert not monitor.get_readiness_status()


@pytest.mark.parametrize("status", [ComponentStatus.UNKNOWN, ComponentStatus.DOWN])
def test_an_unknown_part_and_one_that_is_down_are_not_ready(monitor: HealthMonitor, status: ComponentStatus) -> None:
    monitor.register_health_check("feed", lambda: ComponentHealth("feed", status))
    assert monitor.get_overall_health() is HealthStatus.UNHEALTHY
    assert not monitor.get_readiness_status()


def test_a_check_that_fails_leaves_no_good_value_behind(monitor: HealthMonitor) -> None:
    answers = [ComponentHealth("feed", ComponentStatus.UP)]

    def feed() -> ComponentHealth:
        if not answers:
            raise DataError("no feed", "look at it")
        return answers.pop()

    monitor.register_health_check("feed", feed)
    assert monitor.run_health_checks()["feed"].status is ComponentStatus.UP
    found = monitor.run_health_checks()["feed"]
    assert found.status is ComponentStatus.UNKNOWN
    assert "no feed" in found.message


def test_a_check_that_fails_again_and_again_is_left_alone(monitor: HealthMonitor) -> None:
    tried: list[int] = []

    def feed() -> ComponentHealth:
        tried.append(1)
        raise OSError("no feed")

    monitor.register_health_check("feed", feed)
    results = [monitor.run_health_checks()["feed"] for _ in range(7)]
    assert len(tried) == 5
    assert results[-1].status is ComponentStatus.DOWN
    assert results[-1].message == "Circuit breaker open"
    assert monitor.get_health_report()["circuit_breakers"]["feed"] == {"is_open": True, "failure_count": 5, "consecutive_failures": 5}


def test_a_system_that_comes_back_is_seen_at_once(monitor: HealthMonitor, system: System) -> None:
    status, system.status = system.status, None
    for _ in range(9):
        monitor.run_health_checks()
    system.status = status
    assert monitor.run_health_checks()["trading"].status is ComponentStatus.UP


def test_results_are_used_for_one_interval(monitor: HealthMonitor, system: System) -> None:
    for _ in range(5):
        monitor.get_overall_health()
    assert system.asked == 1
    always_new = HealthMonitor(0.000_001, ask=system)
    for _ in range(5):
        always_new.get_overall_health()
    assert system.asked == 6


def test_the_report_holds_everything(monitor: HealthMonitor) -> None:
    report = monitor.get_health_report()
    assert set(report) == {"status", "timestamp", "components", "metrics", "circuit_breakers"}
    assert set(report["components"]) == {"system", "database", "trading"}
    assert report["metrics"]["active_positions"] == 1


def test_measurements_are_kept_up_to_a_number(monitor: HealthMonitor) -> None:
    for _ in range(103):
        monitor.run_health_checks()
    assert len(monitor.metrics_history) == 100


def test_it_watches_until_it_is_stopped_and_may_be_started_again(system: System) -> None:
    seen = threading.Event()

    def ask(name: str | None) -> list[Heard]:
        seen.set()
        return system(name)

    monitor = HealthMonitor(3600, ask=ask)
    for _ in range(2):
        seen.clear()
        monitor.start_monitoring()
        monitor.start_monitoring()
        assert seen.wait(10)
        monitor.stop_monitoring()
        monitor.stop_monitoring()
    assert not any(thread.name == "health" for thread in threading.enumerate())


@pytest.mark.parametrize("interval", [0, -1, float("nan"), 1e9])
def test_an_interval_that_is_none_is_refused(interval: float) -> None:
    with pytest.raises(ConfigurationError, match="check_interval"):
        HealthMonitor(interval)
