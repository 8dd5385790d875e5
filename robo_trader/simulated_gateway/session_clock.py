"""The exchange's clock, the session that it stands in or before, and the midnight that ends its date."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Final

from robo_trader.simulated_gateway.hours import Hours, Session, new_york, new_york_date, session_after
from robo_trader.values import Instant

NEVER: Final = Instant(2**63 - 1)


class SessionClock:
    """`now` is set by who moves it; `session` contains `now`, else is the next to open, None if there is none."""

    def __init__(self, hours: Hours, now: Instant) -> None:
        """`hours` is the market's calendar."""
        self._hours = hours
        self.now = now
        self.session: Session | None = session_after(hours, now)
        self.midnight = _midnight_after(now)

    @property
    def open(self) -> bool:
        """Whether regular trading is on."""
        return self.session is not None and self.session.open <= self.now

    @property
    def next_bound(self) -> Instant:
        """The next open or close; the present session's open lies behind us while it runs."""
        session = self.session
        if session is None:
            return NEVER
        return session.close if session.open <= self.now else session.open

    def pass_session(self) -> None:
        """The session has ended: look at the next one."""
        self.session = session_after(self._hours, self.now)

    def pass_midnight(self) -> None:
        """The date has ended: look at the next midnight."""
        self.midnight = _midnight_after(self.now)

    def set(self, now: Instant) -> None:
        """Stand at another instant altogether."""
        self.now = now
        self.pass_session()
        self.pass_midnight()

    def is_today(self, at: Instant) -> bool:
        """Whether an instant has today's date in New York."""
        return new_york_date(at) == new_york_date(self.now)


def _midnight_after(now: Instant) -> Instant:
    return new_york(new_york_date(now) + timedelta(days=1), time(0, 0))
