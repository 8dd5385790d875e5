"""The post room: alerts wait here for their notifiers, in a bounded queue that one thread empties, so that whoever raises an alert never waits.

A notifier that fails is tried again a few times and then counted; nothing it does reaches the caller. When the queue is full the least severe, oldest
alert gives way, and that is counted too.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Mapping
from functools import partial
from random import Random
from typing import Any, Final

from robo_trader.edge.notifiers import Attempt, delivered
from robo_trader.errors import RoboTraderError
from robo_trader.production.alert import RANK, Alert
from robo_trader.production.notifying import Notifier

QUEUE_ALERTS_MAX: Final = 256
_LOG: Final = logging.getLogger("robo_trader.production")
# What somebody else's notifier may raise; it costs its own alert only.
_FAILURES: Final = (RoboTraderError, OSError, ValueError, LookupError, TypeError, ArithmeticError, AttributeError, RuntimeError)


class Delivery:
    """Delivers to `notifiers` by name. The thread begins with the first alert and ends with `close`; a process that ends sooner loses what waits."""

    def __init__(self, notifiers: Mapping[str, Notifier], *, queue_max: int = QUEUE_ALERTS_MAX, seed: int = 0) -> None:
        """`seed` is for the jitter of the pauses between tries."""
        self._notifiers = notifiers
        self._queue_max = queue_max
        self._chance = Random(seed)  # noqa: S311 - jitter
        self._waiting: deque[Alert] = deque()
        self._changed = threading.Condition()
        self._busy = False
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self.counts = {"sent": 0, "failed": 0, "dropped": 0}
        self.problems: dict[str, str] = {}
        """Notifier -> why its last alert was not delivered."""

    def put(self, alert: Alert) -> None:
        """Take an alert on; returns at once."""
        with self._changed:
            if self._closed.is_set() or not self._make_room(alert):
                self.counts["dropped"] += 1
                return
            self._waiting.append(alert)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="alerts", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def flush(self, timeout_seconds: float) -> bool:
        """Wait until nothing waits any more; False if that took too long."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._busy, timeout_seconds)

    def close(self, timeout_seconds: float) -> None:
        """Deliver what waits for `timeout_seconds`, then stop; what still waits is dropped and counted."""
        self.flush(timeout_seconds)
        self._closed.set()
        with self._changed:
            self.counts["dropped"] += len(self._waiting)
            self._waiting.clear()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout_seconds)

    def statistics(self) -> dict[str, Any]:
        """Counts, and the last problem of each notifier that has one."""
        with self._changed:
            return {**self.counts, "pending": len(self._waiting) + self._busy, "problems": dict(self.problems)}

    def _make_room(self, alert: Alert) -> bool:
        """Let the oldest of the least severe go if the queue is full; False if that would be the new one."""
        if len(self._waiting) < self._queue_max:
            return True
        least = min(self._waiting, key=lambda one: RANK[one.severity])
        if RANK[least.severity] >= RANK[alert.severity]:
            return False
        self._waiting.remove(least)
        self.counts["dropped"] += 1
        return True

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed.is_set())
                if self._closed.is_set():
                    return
                alert, self._busy = self._waiting.popleft(), True
            for name, notifier in self._notifiers.items():
                self._deliver(name, notifier, alert)
            with self._changed:
                self._busy = False
                self._changed.notify_all()

    def _deliver(self, name: str, notifier: Notifier, alert: Alert) -> None:
        outcome = delivered(partial(_attempt, notifier, alert), self._closed.wait, self._chance)
        with self._changed:
            self.counts["sent" if outcome.delivered else "failed"] += 1
            if outcome.delivered:
                self.problems.pop(name, None)
            else:
                self.problems[name] = outcome.problem
        if not outcome.delivered:
            _LOG.error("alert %s was not delivered by %s: %s", alert.id, name, outcome.problem)


def _attempt(notifier: Notifier, alert: Alert) -> Attempt:
    """One try with any notifier; one that only answers False may do better next time."""
    try:
        telling = getattr(notifier, "attempt", None)
        if telling is not None:
            outcome: Attempt = telling(alert)
            return outcome
        return Attempt() if notifier.send(alert) else Attempt("it answered that it failed", again=True)
    except _FAILURES as broken:
        return Attempt(f"it raised {type(broken).__name__}", again=True)
