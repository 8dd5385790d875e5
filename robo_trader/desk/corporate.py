"""Splits that were announced: what the desk makes of them, and when.

A split moves shares, and shares move by evidence alone: from its midnight on it is *due*, and it is applied by the first
sweep in which the broker's position is what the split makes of ours. Then slices, targets and the books are restated in one event; orders that were
sent before are outdated, whatever became of them. A live one is cancelled, and a new stop, of the new size at the new price, follows when it is gone.
While a split is due nothing is sent in its symbol, since no number would be right; but a person's order to flatten goes, for no more shares than both
footings have.

A split that the market opened without is none: the symbol is halted, a person is called, and things go on as they were. One that leaves fractions
among several holders, or a fraction without a word on its cash, is not applied, and no more is one after which the broker holds a third number. Two
sweeps after the open decide that: the symbol is halted, the difference is drift, and stops and exits go on, bounded as drift bounds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from robo_trader.desk.effects import Severity
from robo_trader.desk.events import ActionVoided
from robo_trader.desk.settings import SWEEPS_APART_NS
from robo_trader.desk.turn import Turn
from robo_trader.market.announced import SplitAnnounced
from robo_trader.orders.events import SplitApplied
from robo_trader.values import Symbol


def due_split(turn: Turn, symbol: Symbol) -> SplitAnnounced | None:
    """The first announced split of a symbol whose midnight has passed and which nobody has judged yet."""
    for action in turn.settings.announced:
        if isinstance(action, SplitAnnounced) and action.symbol == symbol and action.at <= turn.now.market and action.name not in turn.state.actions:
            return action
    return None


def apply_splits(turn: Turn, broker: Mapping[Symbol, int]) -> None:
    """Judge every split that is due by the broker's positions (shares; a symbol that is absent is flat)."""
    if turn.state.baseline is None:
        return
    for symbol in dict.fromkeys(action.symbol for action in turn.settings.announced):
        while (split := due_split(turn, symbol)) is not None and _judge(turn, split, broker.get(symbol, 0)):
            pass


def _judge(turn: Turn, split: SplitAnnounced, theirs: int) -> bool:
    """Apply the split, or rule it out; False while neither can be told."""
    state, symbol = turn.state, split.symbol
    ours = state.net(symbol)
    in_lieu = _in_lieu(turn, split)
    if theirs == split.after(ours) and in_lieu is not None:
        turn.record(SplitApplied(split.name, symbol, split.new, split.old, split.at, in_lieu))
        if ours:
            turn.alert(Severity.INFO, f"split/{symbol}", f"{split.new}:{split.old} split of {symbol}: {ours} shares became {theirs}")
        return True
    if turn.now.market < split.open or (theirs != ours and not _stays(turn, split, ours, theirs)):
        return False
    unclear = f"{theirs}, which is neither the {ours} of before nor anything that could be booked as the {split.new}:{split.old} split of them"
    turn.record(ActionVoided(split.name, f"the broker holds {theirs} as before" if theirs == ours else f"the broker holds {unclear}"))
    if theirs != ours:
        turn.halt_symbol(symbol, "split-unclear", f"{split.name} was announced, and the broker holds {unclear}: the books stay as they are")
    elif state.own(symbol) or state.ledger.position_before(symbol, split.at):  # else it lies before our time
        turn.halt_symbol(symbol, "split-not-made", f"{split.name} was announced, and the broker still holds {theirs}: see what became of it")
    return True


def _stays(turn: Turn, split: SplitAnnounced, ours: int, theirs: int) -> bool:
    """Whether an earlier sweep after the open found the same two numbers (shares)."""
    seen = turn.watch.unclear.get(split.name)
    if seen is None or seen[:2] != (ours, theirs):
        turn.watch.unclear[split.name] = seen = (ours, theirs, turn.now.process)
    return turn.now.process - seen[2] >= SWEEPS_APART_NS


def _in_lieu(turn: Turn, split: SplitAnnounced) -> Decimal | None:
    """Cash for the fraction of a share; None where it is not known, or where several holders would have to share fractions."""
    holders = [book.position for book in turn.state.books_of(split.symbol)]
    holders = [shares for shares in (*holders, turn.state.external(split.symbol)) if shares]
    if len(holders) > 1 and any(shares * split.new % split.old for shares in holders):
        return None
    return split.in_lieu(sum(holders))
