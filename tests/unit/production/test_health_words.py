"""The words of health: the worst part counts, the unknown is not well, and a breaker closes again."""

from __future__ import annotations

import pytest

from robo_trader.production.health_words import CircuitBreakerState, ComponentHealth, ComponentStatus, HealthMetrics, HealthStatus, overall
from robo_trader.values import NS_PER_SECOND

UP, DOWN, DEGRADED, UNKNOWN = ComponentStatus.UP, ComponentStatus.DOWN, ComponentStatus.DEGRADED, ComponentStatus.UNKNOWN


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ([], HealthStatus.UNHEALTHY),
        ([UP, UP], HealthStatus.HEALTHY),
        ([UP, DEGRADED], HealthStatus.DEGRADED),
        ([DEGRADED, DOWN], HealthStatus.UNHEALTHY),
        ([UP, UNKNOWN], HealthStatus.UNHEALTHY),
    ],
)
def test_the_whole_is_its_worst_part(parts: list[ComponentStatus], whole: HealthStatus) -> None:
    assert overall(ComponentHealth(str(number), status) for number, status in enumerate(parts)) is whole


def test_one_critical_part_makes_the_whole_critical() -> None:
    assert overall([ComponentHealth("a", UP), ComponentHealth("b", DEGRADED, critical=True)]) is HealthStatus.CRITICAL


def test_what_was_not_measured_is_no_number() -> None:
    metrics = HealthMetrics(cpu_percent=1.5).to_dict()
    assert metrics.pop("timestamp").endswith("+00:00")
    assert metrics.pop("cpu_percent") == 1.5
    assert set(metrics.values()) == {None}


def test_a_part_is_ready_for_json() -> None:
    part = ComponentHealth("trading", DOWN, "silent", metrics={"x": 1}).to_dict()
    assert (part["name"], part["status"], part["message"], part["metrics"]) == ("trading", "down", "silent", {"x": 1})


def test_a_breaker_opens_after_failures_in_a_row_lets_one_try_pass_and_closes_on_success() -> None:
    clock = [0]
    breaker = CircuitBreakerState(failure_threshold=2, timeout_seconds=60, process_ns=lambda: clock[0])
    breaker.record_failure()
    breaker.record_success()
    breaker.record_failure()
    assert breaker.should_attempt() and not breaker.is_open
    breaker.record_failure()
    assert breaker.is_open and not breaker.should_attempt()
    clock[0] = 61 * NS_PER_SECOND
    assert breaker.should_attempt()
    breaker.record_failure()
    assert not breaker.should_attempt()
    clock[0] *= 2
    breaker.record_success()
    assert breaker.should_attempt() and not breaker.is_open
    assert (breaker.failure_count, breaker.consecutive_failures) == (4, 0)
