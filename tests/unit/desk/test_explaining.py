"""Why an order was or was not sent, asked of the events that a real desk recorded."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from robo_trader.desk.events import Decided, Rearmed
from robo_trader.desk.explaining import explain, parts_of
from robo_trader.desk.explanation import Cause, Explanation, Question, Story
from robo_trader.desk.news import BrokerError, BrokerStatus, CommissionSeen, HaltSeen, NotSent, ResumeSeen
from robo_trader.errors import NotFound
from robo_trader.orders.order import OrderType
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from tests.support.desk_bench import BOOK, OPEN, Bench, settings

ALL = Question(last=100)


def told(bench: Bench, question: Question = ALL) -> Explanation:
    return explain(enumerate(bench.journal, start=1), question)


def halt(level: HaltLevel, reason: str = "storm") -> Halt:
    return Halt("h1", level, HaltScope.ALL, "", reason, None, "ann")


def bounded(**limits: object) -> Bench:
    made = settings()
    return Bench(replace(made, limits=replace(made.limits, **limits))).connect()  # type: ignore[arg-type]


def of_purpose(explanation: Explanation, purpose: str) -> list[Story]:
    return [story for story in explanation.stories if f", {purpose}, " in story.headline]


def test_an_entry_tells_its_decision_what_was_known_and_its_life():
    bench = Bench().connect()
    bench.enter()
    [entry] = of_purpose(told(bench), "enter")
    assert entry.headline == "BUY 100 SPY MKT, enter, was sent and filled, 100 of 100 filled"
    assert entry.sent and entry.cause is Cause.SIGNAL
    assert entry.decision is not None and (entry.decision.stance, entry.decision.target) == (1, 100)
    assert dict(entry.inputs)["position"] == "0"
    assert dict(entry.inputs)["gap"] == "+100"
    assert [step.what.split(" ")[0] for step in entry.life] == ["on", "the", "BUY"]
    assert [step.seq for step in entry.life] == sorted(step.seq for step in entry.life)
    assert bench.journal[entry.seq - 1].intent == entry.intent, "rows are named by their sequence"  # type: ignore[union-attr]


def test_a_stop_is_caused_by_the_fill_that_it_protects_and_told_in_dollars():
    bench = Bench().connect()
    bench.enter()
    entry, stop = told(bench).stories
    assert stop.cause is Cause.FILL and entry.intent in stop.because
    assert "STP at 166.2" in stop.headline and "works at the broker" in stop.headline


@pytest.mark.parametrize(
    ("limits", "control", "value", "limit", "option"),
    [
        ({"max_position": 99}, "C05", "100", "99", "--max-position"),
        ({"max_quantity": 99}, "C01", "100", "99", "--max-quantity"),
        ({"max_notional": Decimal(100)}, "C02", "16792.00", "100", "--max-notional"),
        ({"max_position": None}, "C05", "none", "none", "configure max_position"),
    ],
)
def test_a_limit_that_said_no_is_told_with_value_limit_and_remedy(limits: dict[str, object], control: str, value: str, limit: str, option: str):
    bench = bounded(**limits)
    bench.signal(1)
    [story] = told(bench).stories
    assert not story.sent and story.intent == "" and story.cause is Cause.CONTROL
    no = story.refusals[-1]
    assert (no.control, no.value, no.limit) == (control, value, limit)
    assert option in story.remedy
    assert control in story.headline and "was not sent" in story.headline
    assert told(bench).books[0].sentence.startswith(f"its last entry was refused by {control}")


def test_a_halt_that_said_no_is_named_with_the_way_to_lift_it():
    bench = Bench().connect()
    bench.feed(HaltSeen(halt(HaltLevel.NO_NEW)))
    bench.signal(1)
    bench.signal(1)
    [story] = told(bench).stories
    assert story.cause is Cause.HALT
    assert [each.id for each in story.halts] == ["h1"]
    [no] = story.refusals
    assert (no.control, no.value, no.limit, no.times) == ("C17", "NO_NEW", "none", 2)
    assert "resume --id h1" in story.remedy
    assert [each.id for each in told(bench).halts] == ["h1"]


def test_a_halt_for_drift_says_that_drift_is_the_cause():
    bench = Bench().connect()
    bench.feed(HaltSeen(halt(HaltLevel.NO_NEW, "drift")))
    bench.signal(1)
    [story] = told(bench).stories
    assert story.cause is Cause.DRIFT


def test_an_entry_that_was_refused_first_and_sent_later_tells_both():
    bench = Bench().connect()
    bench.feed(HaltSeen(halt(HaltLevel.NO_NEW)))
    bench.signal(1)
    bench.feed(ResumeSeen("h1"))
    bench.signal(1)
    [story] = told(bench).stories
    assert story.sent and [no.control for no in story.refusals] == ["C17", "3e"]
    assert story.halts == ()


def test_refusals_of_one_decision_do_not_speak_for_the_next():
    bench = bounded(max_quantity=99)
    bench.signal(1)
    bench.signal(-1)
    first, second = told(bench).stories
    assert first.headline.startswith("+100 SPY") and second.headline.startswith("-100 SPY")
    assert [len(first.refusals), len(second.refusals)] == [1, 1]


def test_an_exit_after_a_stop_is_caused_by_the_stop_out():
    bench = Bench().connect()
    stop = bench.enter()
    bench.fill(stop, 40, "166.20")
    now = told(bench).books[0]
    assert "stopped out" in now.sentence and now.target == 0
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last(OrderType.MARKET)
    bench.acknowledge(entry)
    bench.fill(entry, 40)
    first = bench.last(OrderType.STOP)
    bench.acknowledge(first)
    bench.fill(first, 40, "166.20")
    bench.fill(entry, 60)
    exits = of_purpose(told(bench), "exit")
    assert [story.cause for story in exits] == [Cause.STOP_OUT]


def test_a_flatten_is_caused_by_its_halt():
    bench = Bench().connect()
    bench.enter()
    bench.feed(HaltSeen(halt(HaltLevel.HALT_FLATTEN)))
    [flatten] = of_purpose(told(bench), "flatten")
    assert flatten.cause is Cause.FLATTEN and "h1" in flatten.because
    assert told(bench).books[0].target == 0


def test_an_exit_by_signal_tells_the_decision():
    bench = Bench().connect()
    bench.enter()
    bench.signal(0)
    [exit_] = of_purpose(told(bench), "exit")
    assert exit_.cause is Cause.SIGNAL and "wants +0 shares" in exit_.because


def test_what_the_last_line_refused_was_not_sent_and_says_what_to_do():
    bench = Bench().connect()
    bench.signal(1)
    bench.feed(NotSent(bench.last().intent, "the journal failed"))
    story = told(bench).stories[0]
    assert not story.sent and story.headline.endswith("was not sent: the journal failed")
    assert "disk" in story.remedy


def test_a_rejection_tells_the_brokers_reason():
    bench = Bench().connect()
    bench.signal(1)
    bench.feed(BrokerError(bench.last().order_id, 201, "Order rejected - reason: against the rules: no"))
    bench.signal(1)
    entry, refused = told(bench).stories
    assert "rejected: 201 Order rejected" in entry.headline
    assert refused.refusals[-1].control == "3f"
    assert refused.refusals[-1].value == "201 Order rejected - reason: against the rules: no"


def test_commissions_and_cancels_belong_to_their_order():
    bench = Bench().connect()
    stop = bench.enter()
    bench.feed(CommissionSeen("e1.01", Decimal("1.25"), None))
    assert told(bench).stories[0].life[-1].what == "commission 1.25 for execution e1.01"
    bench.signal(0)
    bench.status(stop, BrokerStatus.CANCELLED, 0, 100)
    story = next(story for story in told(bench).stories if story.intent == stop.intent)
    assert "was sent and cancelled" in story.headline


def test_one_order_is_found_by_id_beginning_or_reference():
    bench = Bench().connect()
    bench.enter()
    wanted = bench.sent[0].intent
    for asked in (wanted, wanted[:6].upper(), bench.sent[0].order_ref):
        assert [story.intent for story in told(bench, Question(intent=asked)).stories] == [wanted]


def test_an_unknown_intent_names_the_nearest_and_an_unknown_symbol_those_there_are():
    bench = Bench().connect()
    with pytest.raises(NotFound, match="no order yet"):
        told(bench, Question(intent="abcd"))
    bench.enter()
    wanted = bench.sent[0].intent
    with pytest.raises(NotFound) as unknown:
        told(bench, Question(intent=wanted[:-2] + "zz"))
    assert unknown.value.remedy.index(wanted) < unknown.value.remedy.index(bench.sent[1].intent)
    with pytest.raises(NotFound, match="no intent"):
        told(bench, Question(intent=wanted[:2]))  # too short to mean one
    with pytest.raises(NotFound, match="SPY"):
        told(bench, Question(symbol="QQQ"))


def test_the_newest_stories_are_told_and_an_empty_journal_has_none():
    bench = Bench().connect()
    bench.enter()
    everything = told(bench)
    assert told(bench, Question(last=1)).stories == everything.stories[-1:]
    assert told(bench, Question(symbol="SPY", last=100)).stories == everything.stories
    assert everything.books[0].book == BOOK and everything.books[0].sentence.startswith("holds what its strategy wants; works: protect")
    assert explain([], Question()) == Explanation(0, (), (), ())
    assert told(Bench().connect()).books == ()


def test_a_book_is_told_from_its_first_decision_on():
    decided = explain([(1, Decided(BOOK, 1, 100, OPEN))], Question())
    assert [(book.target, book.sentence.split(",")[0]) for book in decided.books] == [(100, "its gap is closed by what works")]
    early = explain([(1, Rearmed(BOOK, OPEN))], Question())
    assert [(book.target, book.sentence) for book in early.books] == [(None, "no signal has changed its target yet")]


@pytest.mark.parametrize(
    ("detail", "parts"),
    [
        ("quantity too large: 200 against 100", ("quantity too large", "200", "100")),
        ("draining:  against ", ("draining", "", "")),
        (
            "latched for this decision: quantity too large: 200 against 100:  against ",
            ("latched for this decision: quantity too large: 200 against 100", "", ""),
        ),
        ("needs a newer bar: 1381152600000000000 against 0", ("needs a newer bar", "2013-10-07 13:30:00 UTC", "0")),
        ("words of another version", ("words of another version", "", "")),
    ],
)
def test_a_refusals_detail_is_taken_apart(detail: str, parts: tuple[str, str, str]):
    assert parts_of(detail) == parts
