"""A desk's bench that lives over a night, with actions announced for the morning after."""

from __future__ import annotations

from dataclasses import replace

from robo_trader.desk.news import Connected, Disconnected
from robo_trader.market.announced import Announced
from robo_trader.market.calendar import Session
from robo_trader.values import NS_PER_MINUTE, NS_PER_SECOND, Instant
from tests.support.desk_bench import OPEN, Bench, settings

NEXT_OPEN = Instant(OPEN + 24 * 60 * NS_PER_MINUTE)
MIDNIGHT = Instant(NEXT_OPEN - 570 * NS_PER_MINUTE)


def bench(*announced: Announced) -> Bench:
    limits = settings().limits
    sessions = (*limits.sessions, Session(NEXT_OPEN, Instant(NEXT_OPEN + 390 * NS_PER_MINUTE)))
    return Bench(settings(announced=announced, limits=replace(limits, sessions=sessions))).connect()


def over_night(it: Bench, hours_before_open: float = 0.25) -> Bench:
    """The gateway restarts: the connection ends in the evening and comes back in the morning, market time known."""
    it.feed(Disconnected("the gateway restarts"))
    it.executions.clear()  # yesterday's are not listed any more
    it.market = Instant(NEXT_OPEN - int(hours_before_open * 60) * NS_PER_MINUTE)
    it.process += 30 * NS_PER_SECOND
    it.feed(Connected("DU1", 1))
    return it
