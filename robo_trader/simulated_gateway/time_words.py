"""How a gateway writes the time of an execution: one of its settings, and clients meet all of them.

zone    20131007 09:31:00 US/Eastern
plain   20131007  09:31:00              New York's, without saying so
utc     20131007-13:31:00
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from robo_trader.simulated_gateway.hours import NEW_YORK
from robo_trader.values import NS_PER_SECOND, Instant

TIME_ZONE: Final = "US/Eastern"


class TimeForm(StrEnum):
    """See the module's head."""

    ZONE = "zone"
    PLAIN = "plain"
    UTC = "utc"


def time_words(at: Instant, form: TimeForm = TimeForm.ZONE) -> str:
    """An instant, to the second."""
    seconds = at // NS_PER_SECOND
    match form:
        case TimeForm.ZONE:
            return f"{datetime.fromtimestamp(seconds, NEW_YORK):%Y%m%d %H:%M:%S} {TIME_ZONE}"
        case TimeForm.PLAIN:
            return f"{datetime.fromtimestamp(seconds, NEW_YORK):%Y%m%d  %H:%M:%S}"
        case TimeForm.UTC:
            return f"{datetime.fromtimestamp(seconds, UTC):%Y%m%d-%H:%M:%S}"
