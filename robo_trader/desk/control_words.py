"""What each control's no means to a person, and what can be done about it.

A refusal on record is terse: a control's id and what it saw. The words here are for whoever asks why, and are looked up by the id and, where one
control says no for several reasons, by how the detail begins. A control without words would be a bug, and a test holds the two lists together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LATCHED: Final = "latched for this decision: "


@dataclass(frozen=True, slots=True)
class Words:
    """A control's name, its rule in a sentence, and the remedy as an imperative."""

    name: str
    sentence: str
    remedy: str


_WAIT: Final = "none is needed: the next quote or bar is judged anew"
CONTROLS: Final[dict[str, Words]] = {
    "C01": Words("order quantity", "one order may have so many shares at most", "lower --quantity, or raise --max-quantity knowingly"),
    "C02": Words("order notional", "one order may be worth so many dollars at most", "lower --quantity, or raise --max-notional knowingly"),
    "C03": Words(
        "price collar",
        "the price that an order meets may be so far from the middle of bid and ask at most",
        "wait for a closer market; look at the feed",
    ),
    "C05": Words(
        "position with working orders",
        "the position may be so large at most, with this order and all that work already filled at their worst",
        "lower --quantity, or raise --max-position knowingly",
    ),
    "C08": Words(
        "orders without an answer",
        "while so many orders wait to be answered a further entry waits, so that exits and stops of a burst leave first",
        "none is needed: it goes out as soon as they are answered, if its signal still stands",
    ),
    "C12": Words("entries a day", "a symbol may be entered so often a day at most", "look why it trades so often; --entries-per-day is the bound"),
    "C14": Words("contract", "nothing is traded whose contract the broker has not described", "check the symbol; it is asked at each connection"),
    "C15": Words("session hours", "orders go out in the regular session only", "none is needed: the next session's signals are judged anew"),
    "C16": Words(
        "own orders",
        "no order goes out that could trade with an order of our own",
        "none is needed: it goes out once the other one ended, if its signal still stands",
    ),
    "C17": Words("halt", "a halt that covers the book lets no position grow", "find out why it stands, then lift it with `robo-trader resume`"),
    "C21": Words(
        "reconciliation",
        "nothing is added while the broker's positions, executions and open orders do not agree with the books",
        "wait for the next sweeps, at most 20 s; if it stays, compare `robo-trader status` with the broker's own positions",
    ),
    "C24": Words("unknown outcome", "nothing is added while an order's end is not known", "look the order up at the broker; sweeps resolve it"),
    "C40": Words(
        "children of a decision",
        "the orders of one decision may fill its size, and no more",
        "none is needed: the next decision has a size of its own; look why the same one wanted more",
    ),
    "I29": Words(
        "cover",
        "nothing is added to a symbol whose shares have had no stop at the broker for two seconds",
        "look at `robo-trader status` and at the broker's open orders; it ends when every share is covered",
    ),
    "3e": Words(
        "fresh signal",
        "after a start, a reconnect, a halt or a gap a position grows only on a bar that ended later",
        "none is needed: the next bar's signal is judged anew",
    ),
    "3f": Words("one try", "a decision is sent once a bar, and not after the broker has refused it", "none is needed before the next decision"),
}
_PARTICULAR: Final[tuple[tuple[str, str, Words], ...]] = (
    ("C03", "no quote", Words("quote age", "without a quote no price can be judged", "look at the market data; " + _WAIT)),
    (
        "C03",
        "stale quote",
        Words("quote age", "a price is judged by a quote of so many seconds at most", "look at the market data; " + _WAIT),
    ),
    ("C17", "draining", Words("drain", "the run is ending: nothing is added any more", "start it again to go on")),
    ("3e", "the bar was rebuilt", Words("fresh signal", "a bar that was rebuilt from history may reduce and never add", _WAIT)),
    (
        "3f",
        "the broker refused",
        Words("one try", "the broker refused this decision's order", "read the broker's reason; the next one is sent"),
    ),
)
_UNKNOWN: Final = Words("unknown control", "this program does not know the control", "read the journal with the version that wrote it")

_NEVER_SENT: Final[tuple[tuple[str, str], ...]] = (
    ("halted: ", "a halt came between decision and socket: find out why it stands, then `robo-trader resume`"),
    ("the command is older", "the process was too slow: look at the machine's load; the next bar's signal is judged anew"),
    ("the journal failed", "make room on the journal's disk, look at `robo-trader doctor`, and start again"),
    ("the intent is not journaled", "look at `robo-trader doctor`"),
    ("the lease is not valid", "another process trades this system, or this one stood still: look at `robo-trader doctor`"),
    ("the socket still holds", "the gateway does not read: look at it"),
    ("a later order went first", "none is needed: orders that reduce have the right of way"),
    ("the message budget", "none is needed: the rate limit gives way within a second"),
    ("the orders of", "the desk wanted more than its decision, which is a bug of this program: look at `robo-trader why` and report it"),
    ("no trace in two sweeps", "none is needed: the broker never had it"),
)


def words_for(control: str, detail: str) -> Words:
    """The words for a refusal of `control` with this detail."""
    if "is not configured" in detail:
        name = CONTROLS.get(control, _UNKNOWN).name
        return Words(name, "a limit that is not configured lets nothing pass", f"configure {detail.removeprefix(LATCHED).split(' ')[0]}")
    if detail.startswith(LATCHED):
        first = words_for(control, detail.removeprefix(LATCHED))
        return Words(first.name, f"this decision was refused before, for what waiting does not change: {first.sentence}", first.remedy)
    return next((words for one, begin, words in _PARTICULAR if one == control and detail.startswith(begin)), CONTROLS.get(control, _UNKNOWN))


def remedy_for_unsent(detail: str) -> str:
    """What to do about an intent that the last line before the socket refused, or of which no trace was found."""
    return next((remedy for begin, remedy in _NEVER_SENT if detail.startswith(begin)), "none is needed: the next bar's signal is judged anew")
