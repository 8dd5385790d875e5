"""What the processes say to each other can travel as bytes and comes out equal."""

from __future__ import annotations

import pytest

from actors.messages import (
    VOCABULARY,
    Attached,
    BarsWanted,
    Command,
    ConnectionDoubted,
    Considered,
    DeskState,
    Follow,
    Line,
    Mark,
    NumberedBar,
    Settled,
    SweepWanted,
)
from robo_trader.desk.effects import Cancel
from robo_trader.desk.news import CancelNotSent, Connected, HaltSeen, NotSent, ResumeSeen
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from tests.nodes.bench import BOOK, IBM, SPY, START, entry, minute, quote, signal, stop
from tests.nodes.test_cover import fill, order, status, sweep

HALT = Halt("h", HaltLevel.HALT_FLATTEN, HaltScope.ACCOUNT, "DU1", "test", START, "a person", "text")
NEWS = (quote(), fill(100), order(), status(), sweep(order()), Connected("DU1", 1), NotSent("i", "r"), CancelNotSent("i", "r"), HaltSeen(HALT))
MESSAGES = (
    *(Line(1, START, 2, news) for news in (*NEWS, ResumeSeen("h"))),
    Mark(1, START, 2, SPY, 3),
    Attached(1, fresh=True, marks=((SPY, 1),), commands=4, in_flight=("a", "b")),
    Follow(1, 2, baseline_taken=False, halts_known=("h",)),
    Command(1, 2, 3, entry()),
    Command(1, 2, 0, stop()),
    Command(1, 2, 3, Cancel("i", 4)),
    DeskState(1, 2, True, False, (SPY,), ((SPY, 1),), ((SPY, -100), (IBM, 0))),
    SweepWanted("r"),
    Settled("i"),
    ConnectionDoubted("r"),
    BarsWanted(((SPY, 1),)),
    NumberedBar(1, minute(0)),
    Considered(1, BOOK, 2, signal(2, -1)),
    Considered(1, BOOK, 2, None),
)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(getattr(message, "news", message)).__name__)
def test_a_message_comes_out_as_it_went_in(message: object):
    assert VOCABULARY.decode(VOCABULARY.encode(message)) == message
