"""The post room: nobody waits for it, nothing of it raises, and what it could not do can be seen."""

from __future__ import annotations

import threading

import pytest

from robo_trader.edge import notifiers
from robo_trader.edge.notifiers import Attempt
from robo_trader.production.alert import Alert, AlertCategory, AlertSeverity
from robo_trader.production.delivery import Delivery
from robo_trader.production.health_words import now

WAIT_SECONDS = 10.0


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifiers, "PAUSE_SECONDS_MAX", 0.001)


def alert(name: str, severity: AlertSeverity = AlertSeverity.ERROR) -> Alert:
    return Alert(name, now(), severity, AlertCategory.SYSTEM, name, "m")


class Box:
    """A notifier that keeps what it is sent; fails so many times first."""

    def __init__(self, failures: int = 0, raises: Exception | None = None) -> None:
        self.got: list[str] = []
        self.tries = 0
        self._failures = failures
        self._raises = raises

    def send(self, alert: Alert) -> bool:
        self.tries += 1
        if self._raises is not None:
            raise self._raises
        if self.tries <= self._failures:
            return False
        self.got.append(alert.id)
        return True


class Gate(Box):
    """A notifier that takes its time: as long as the test wants."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.may_end = threading.Event(), threading.Event()

    def send(self, alert: Alert) -> bool:
        self.begun.set()
        self.may_end.wait(WAIT_SECONDS)
        return super().send(alert)


def test_alerts_arrive_in_their_order() -> None:
    box = Box()
    delivery = Delivery({"box": box})
    for number in range(20):
        delivery.put(alert(str(number)))
    assert delivery.flush(WAIT_SECONDS)
    assert box.got == [str(number) for number in range(20)]
    assert delivery.statistics() == {"sent": 20, "failed": 0, "dropped": 0, "pending": 0, "problems": {}}
    delivery.close(WAIT_SECONDS)


def test_a_failure_is_tried_again_and_a_lasting_one_is_counted_and_costs_no_other() -> None:
    slow_start, broken, box = Box(failures=2), Box(raises=OSError("down")), Box()
    delivery = Delivery({"slow": slow_start, "broken": broken, "box": box})
    delivery.put(alert("a"))
    assert delivery.flush(WAIT_SECONDS)
    assert (slow_start.got, box.got, broken.tries) == (["a"], ["a"], notifiers.TRIES_MAX)
    assert delivery.statistics() | {"pending": 0} == {"sent": 2, "failed": 1, "dropped": 0, "pending": 0, "problems": {"broken": "it raised OSError"}}
    delivery.close(WAIT_SECONDS)


def test_what_no_try_can_help_is_tried_once() -> None:
    class Refuses(Box):
        def attempt(self, _: Alert) -> Attempt:
            self.tries += 1
            return Attempt("no such channel")

    refuses = Refuses()
    delivery = Delivery({"x": refuses})
    delivery.put(alert("a"))
    delivery.close(WAIT_SECONDS)
    assert refuses.tries == 1
    assert delivery.statistics()["problems"] == {"x": "no such channel"}


def test_who_raises_an_alert_never_waits_and_the_least_severe_gives_way() -> None:
    gate = Gate()
    delivery = Delivery({"gate": gate}, queue_max=2)
    delivery.put(alert("first"))
    assert gate.begun.wait(WAIT_SECONDS)
    delivery.put(alert("info", AlertSeverity.INFO))
    delivery.put(alert("error"))
    delivery.put(alert("critical", AlertSeverity.CRITICAL))
    delivery.put(alert("late info", AlertSeverity.INFO))
    assert delivery.statistics()["dropped"] == 2
    assert delivery.flush(0.001) is False
    gate.may_end.set()
    assert delivery.flush(WAIT_SECONDS)
    assert gate.got == ["first", "error", "critical"]
    delivery.close(WAIT_SECONDS)


def test_closed_it_takes_nothing_and_its_thread_is_gone() -> None:
    delivery = Delivery({"box": Box()})
    delivery.put(alert("a"))
    delivery.close(WAIT_SECONDS)
    delivery.put(alert("b"))
    assert delivery.statistics()["dropped"] == 1
    assert not any(thread.name == "alerts" for thread in threading.enumerate())
