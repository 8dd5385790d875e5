"""Why an order was or was not sent: the journal's events, read once more, with everything kept that a person would ask for.

The state is folded with the very code that decided, so what a story says was known then is what was known then. Nothing is guessed: what an order's
cause was stands in its intent, what refused it stands in the refusals of its decision, and which halts stood is computed from the events before it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Final

from robo_trader.desk.control_words import remedy_for_unsent, words_for
from robo_trader.desk.events import Decided, Event, Refused
from robo_trader.desk.explanation import BookNow, Cause, DecisionTold, Explanation, No, Question, Step, Story
from robo_trader.desk.life_words import life_step, readable, when
from robo_trader.desk.state import State
from robo_trader.errors import NotFound
from robo_trader.orders.events import CommissionCharged, Fill, Intended
from robo_trader.orders.order import Purpose, Stage
from robo_trader.risk.halt import Halt, HaltLevel
from robo_trader.values import BookId

NEAREST_TOLD_MAX: Final = 3
PREFIX_DIGITS_MIN: Final = 4
DRIFT_REASONS: Final = frozenset({"drift", "net-below-books"})
_SENT: Final = {
    Stage.INTENDED: "is on record; nobody has answered yet",
    Stage.WORKING: "was sent and works at the broker",
    Stage.LEAVING: "was sent; its cancel was asked",
    Stage.UNKNOWN: "was sent, and nobody knows what became of it",
    Stage.FILLED: "was sent and filled",
    Stage.CANCELLED: "was sent and cancelled",
    Stage.REJECTED: "was sent and rejected",
    Stage.NEVER_SENT: "was not sent",
}


def explain(events: Iterable[tuple[int, Event]], question: Question) -> Explanation:
    """Answer a question from a journal's (sequence, event) pairs; raises `NotFound`, naming the nearest, for what the journal does not know."""
    reader = _Reader()
    for seq, event in events:
        reader.read(seq, event)
    stories = reader.told()
    if question.intent:
        stories = [_the_one(stories, question.intent)]
    elif question.symbol:
        stories = _of_symbol(reader.state, stories, question.symbol)
    stories = stories[-question.last :]
    meant = {question.symbol} if question.symbol else {story.book.symbol for story in stories} if question.intent else None
    books = [_now(reader, book) for book in sorted({*reader.state.orders.books, *reader.decided}) if meant is None or book.symbol in meant]
    return Explanation(reader.count, tuple(stories), tuple(books), reader.state.standing_halts)


def _the_one(stories: list[Story], asked: str) -> Story:
    """The order that an id, a beginning of one, or an order reference means."""
    wanted = asked.strip().lower().rpartition(":")[2]
    known = {story.intent: story for story in stories if story.intent}
    found = [wanted] if wanted in known else [each for each in known if len(wanted) >= PREFIX_DIGITS_MIN and each.startswith(wanted)]
    if len(found) == 1:
        return known[found[0]]
    if not known:
        raise NotFound(f"no intent '{asked}': the journal holds no order yet", "ask without an intent for what was refused")
    nearest = found[:NEAREST_TOLD_MAX] or get_close_matches(wanted, known, n=NEAREST_TOLD_MAX, cutoff=0)
    told = ", ".join(f"{each} ({known[each].headline.split(',')[0]})" for each in nearest)
    raise NotFound(f"{'several intents begin with' if found else 'no intent'} '{asked}'", f"choose one of the nearest: {told}")


def _of_symbol(state: State, stories: list[Story], symbol: str) -> list[Story]:
    known = sorted({book.symbol for book in state.orders.books} | {story.book.symbol for story in stories})
    if symbol not in known:
        raise NotFound(f"nothing was ever decided for '{symbol}'", f"choose one of: {', '.join(known)}" if known else "wait for the first signal")
    return [story for story in stories if story.book.symbol == symbol]


@dataclass(slots=True)
class _Kept:
    """An order as it was known when it was intended, and its life since."""

    intended: Intended
    story: Story
    life: list[Step] = field(default_factory=list)


class _Reader:
    """Folds the events, and keeps what stood at each intent and at each refusal."""

    def __init__(self) -> None:
        self.state = State()
        self.count = 0
        self.nos: defaultdict[BookId, dict[tuple[str, str], No]] = defaultdict(dict)  # refusals since the last decision or entry
        self.decided: dict[BookId, DecisionTold] = {}
        self._orders: dict[str, _Kept] = {}
        self._of_execution: dict[str, str] = {}
        self._unsent: list[Story] = []
        self._halts_then: dict[BookId, tuple[Halt, ...]] = {}

    def read(self, seq: int, event: Event) -> None:
        """Take one event."""
        self.count += 1
        match event:
            case Decided():
                self.close(event.book)
                self.decided[event.book] = DecisionTold(seq, event.bar_end, event.stance, event.target)
            case Refused():
                self._refused(seq, event)
            case Intended():
                self._intended(seq, event)
            case Fill():
                self._of_execution[event.exec_id] = event.intent
        self.state.apply(event)
        intent = self._of_execution.get(event.exec_id, "") if isinstance(event, CommissionCharged) else getattr(event, "intent", "")
        if intent in self._orders and (what := life_step(event)) is not None:
            self._orders[intent].life.append(Step(seq, getattr(event, "at", None), what))

    def told(self) -> list[Story]:
        """Every story, in order of the journal."""
        for book in list(self.nos):
            self.close(book)
        return sorted([*self._unsent, *(self._ended(kept) for kept in self._orders.values())], key=lambda story: story.seq)

    def close(self, book: BookId) -> None:
        """The refusals so far belong to a decision that sent nothing."""
        if nos := self.nos.pop(book, None):
            self._unsent.append(_unsent_story(book, self.decided.get(book), tuple(nos.values()), self.inputs(book), self._halts_then[book]))

    def inputs(self, book: BookId) -> tuple[tuple[str, str], ...]:
        """What the desk knew of the book."""
        position, decision = self.state.book(book).position, self.state.decisions.get(book)
        gap = (("gap", f"{decision.target - position:+d}"),) if decision is not None else ()
        external = self.state.external(book.symbol)
        return (("position", str(position)), *gap, *((("external", str(external)),) if external else ()))

    def _refused(self, seq: int, event: Refused) -> None:
        detail, value, limit = parts_of(event.detail)
        words = words_for(event.control, event.detail)
        self._halts_then[event.book] = tuple(halt for halt in self.state.standing_halts if halt.covers(event.book))
        remedy = words.remedy
        if event.control == "C17" and self._halts_then[event.book]:
            remedy = "; ".join(f"`robo-trader resume --id {halt.id}`, once '{halt.reason}' is settled" for halt in self._halts_then[event.book])
        before = self.nos[event.book].pop((event.control, detail), None)
        times = before.times + 1 if before is not None else 1
        no = No(seq, event.control, words.name, detail, value, limit, event.bar_end, times, event.order_shaped, words.sentence, remedy)
        self.nos[event.book][event.control, detail] = no

    def _intended(self, seq: int, event: Intended) -> None:
        cause, because = _cause_of(event, self.decided.get(event.book))
        nos: tuple[No, ...] = ()
        if event.purpose is Purpose.ENTER:
            nos = tuple(self.nos.pop(event.book, {}).values())
        halts = tuple(halt for halt in self.state.standing_halts if halt.covers(event.book))
        order = (("order", f"{event.order_id} {event.order_ref}"), *((("OCA group", event.oca_group),) if event.oca_group else ()))
        inputs = (*self.inputs(event.book), ("signal's bar ended", when(event.signal_bar_end)), *order)
        story = Story(seq, event.intent, event.book, True, "", cause, because, self.decided.get(event.book), inputs, nos, (), halts, "")
        self._orders[event.intent] = _Kept(event, story)

    def _ended(self, kept: _Kept) -> Story:
        """The story with what became of the order."""
        order = self.state.orders.by_intent[kept.intended.intent]
        sent = order.stage is not Stage.NEVER_SENT
        what = _order_words(kept.intended, self.state)
        filled = f", {order.filled} of {order.intended.quantity} filled" if order.filled else ""
        detail = f": {order.outcome_detail}" if order.outcome_detail else ""
        remedy = ""
        if not sent:
            remedy = remedy_for_unsent(order.outcome_detail)
        elif order.stage is Stage.REJECTED:
            remedy = "read the broker's reason in the order's life"
        elif order.stage is Stage.UNKNOWN:
            remedy = "look the order up at the broker; it is never sent again, and sweeps resolve it"
        headline = f"{what}, {kept.intended.purpose}, {_SENT[order.stage]}{filled}{detail}"
        return replace(kept.story, sent=sent, headline=headline, life=tuple(kept.life), remedy=remedy)


def parts_of(detail: str) -> tuple[str, str, str]:
    """A refusal's detail as it is put on record, taken apart: what was wrong, the value, the limit."""
    said, _, limit = detail.rpartition(" against ")
    latched = said.startswith("latched")
    what, _, value = said.rpartition(": ") if latched else said.partition(": ")
    return (what, readable(value), readable(limit)) if said else (detail, "", "")


def _order_words(event: Intended, state: State) -> str:
    """The order as a person says it, its price in dollars."""
    price = ""
    if event.price is not None:
        instrument = state.instruments.get(event.book.symbol)
        price = f" at {instrument.money(event.price)}" if instrument is not None else f" at tick {event.price}"
    return f"{event.side} {event.quantity} {event.book.symbol} {event.order_type}{price}"


def _cause_of(event: Intended, decision: DecisionTold | None) -> tuple[Cause, str]:
    """Who wanted this order: its intent says so."""
    if event.purpose is Purpose.PROTECT:
        again = f" (try {event.k + 1})" if event.k else ""
        return Cause.FILL, f"the shares of entry {event.slice.rpartition('-')[0]} need a stop at the broker{again}"
    if event.purpose is Purpose.FLATTEN:
        return Cause.FLATTEN, f"halt {event.cause} flattens every position that it covers"
    if event.cause.startswith("stopped "):
        return Cause.STOP_OUT, f"a stop filled at {when(int(event.cause.removeprefix('stopped ')))}, and the book goes to zero whatever else it holds"
    wanted = f"wants {decision.target:+d} shares (stance {decision.stance:+d})" if decision is not None else "wants another position"
    return Cause.SIGNAL, f"the strategy, since the bar that ended {when(event.decision_bar_end)}, {wanted}"


def _unsent_story(
    book: BookId, decision: DecisionTold | None, nos: tuple[No, ...], inputs: tuple[tuple[str, str], ...], halts: tuple[Halt, ...]
) -> Story:
    """A decision that sent no order, by the last control that said no."""
    last = nos[-1]
    cause = Cause.CONTROL
    if last.control == "C17" and halts:
        cause = Cause.DRIFT if any(halt.reason in DRIFT_REASONS for halt in halts) else Cause.HALT
    wanted = f"{decision.target:+d} {book.symbol}" if decision is not None else str(book.symbol)
    compared = f" ({last.value} against {last.limit})" if last.value else ""
    headline = f"{wanted}, enter, was not sent: {last.control} {last.name}: {last.detail}{compared}"
    return Story(last.seq, "", book, False, headline, cause, last.sentence, decision, inputs, nos, (), halts, last.remedy)


def _now(reader: _Reader, book_id: BookId) -> BookNow:
    """Where a book stands at the end, and why it does nothing at present."""
    state = reader.state
    book, decision = state.book(book_id), state.decisions.get(book_id)
    refused = state.refused.get(book_id)
    flattening = state.level(book_id) is HaltLevel.HALT_FLATTEN
    target = 0 if book.latch is not None or flattening else decision.target if decision is not None else None
    live = ", ".join(f"{order.intended.purpose} {order.intended.intent}" for order in book.live.values())
    if target is None:
        sentence = "no signal has changed its target yet"
    elif book.latch is not None:
        sentence = f"stopped out at {when(book.latch.at)}: waits for a bar whose signal is zero or the other side"
    elif target == book.position:
        sentence = "holds what its strategy wants"
    elif refused is not None:
        sentence = f"its last entry was refused by {refused.control}: {parts_of(refused.detail)[0]}"
    else:
        sentence = "its gap is closed by what works, or waits for the signal of a newer bar"
    return BookNow(book_id, book.position, target, f"{sentence}; works: {live}" if live else sentence)
