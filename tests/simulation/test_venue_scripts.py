"""Stretches of random orders of every kind the simulated exchange has, on venues of every kind."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robo_trader.simulated_gateway.account import DEFAULT_CASH
from robo_trader.simulated_gateway.dispatch import handle
from robo_trader.simulated_gateway.exchange_log import ExchangeLog
from robo_trader.simulated_gateway.model import Execution
from robo_trader.simulated_gateway.sequences import Rules
from robo_trader.simulated_gateway.server_core import Gateway
from robo_trader.simulated_gateway.settings import Manners
from robo_trader.simulated_gateway.venue import Halt, Venue
from robo_trader.simulated_gateway.verify import verify
from robo_trader.simulated_gateway.verify_money import Money
from robo_trader.simulated_gateway.verify_records import Match
from robo_trader.values import NS_PER_SECOND
from tests.support.exchange_bench import IBM, SPY, at, later
from tests.support.exchange_scripts import Action, actions, any_tickets, conserved, generated, run

VENUES = st.sampled_from(
    [
        Venue(),
        Venue(latency_ns=NS_PER_SECOND // 3, queue=True),
        Venue(orders_meet=True, commissions="tiered"),
        Venue(locate_seconds={SPY: 20}, shares_to_borrow={IBM: 1000}, halts=(Halt(SPY, at("09:30:20"), at("09:30:50")),)),
    ]
)
OPENS = st.sampled_from(["09:29:50", "15:58:30"])


@settings(max_examples=12, deadline=None)
@given(actions(any_tickets()), VENUES, OPENS)
def test_whatever_is_ordered_shares_and_cash_are_conserved_and_no_limit_is_passed(script: list[Action], venue: Venue, now: str) -> None:
    it = generated(venue=venue, now=now)
    conserved(it, run(it, script))


@settings(max_examples=6, deadline=None)
@given(actions(any_tickets()), st.sampled_from(["fixed", "tiered"]))
def test_the_judges_books_agree_with_the_exchanges_on_every_plan(script: list[Action], plan: str) -> None:
    it = generated(venue=Venue(commissions=plan, queue=True))
    judge = Money(DEFAULT_CASH, {}, plan)
    for happening in run(it, script):
        if isinstance(happening, Execution):
            of, note = happening.ticket, it.commission_of(happening.exec_id)
            assert note is not None
            told = (0, happening.exec_id, happening.perm_id, "", of.symbol, of.side.sign, happening.quantity, happening.price)
            assert judge.take(Match(*told, note.commission, happening.added)) is None
    assert judge.cash == Fraction(it.account.cash)


@settings(max_examples=6, deadline=None)
@given(actions(any_tickets()), VENUES, OPENS, st.sampled_from([1.0, 0.3, 7.77]))
def test_whatever_is_ordered_how_time_is_cut_changes_nothing(script: list[Action], venue: Venue, now: str, step: float) -> None:
    assert run(generated(Rules(), venue=venue, now=now), script, step) == run(generated(Rules(), venue=venue, now=now), script)


@settings(max_examples=6, deadline=None)
@given(actions(any_tickets()), actions(any_tickets()), VENUES, OPENS)
def test_whatever_was_ordered_a_restored_exchange_goes_on(before: list[Action], after: list[Action], venue: Venue, now: str) -> None:
    it, twin = generated(Rules(), venue=venue, now=now), generated(Rules(), venue=venue, now=now)
    run(it, before)
    twin.restore(json.loads(json.dumps(it.state())))
    assert twin.state() == it.state()
    assert run(twin, after, first=len(before) + 1) == run(it, after, first=len(before) + 1)
    assert twin.state() == it.state()


@settings(max_examples=6, deadline=None)
@given(actions(any_tickets()), VENUES, OPENS)
def test_no_child_outlives_its_parents_cancel_and_none_trades_before_its_fill(script: list[Action], venue: Venue, now: str) -> None:
    it = generated(venue=venue, now=now)
    run(it, script)
    parents = {report.ticket.order_id: report for report in [*it.open_orders(), *it.completed()]}
    for report in parents.values():
        parent = parents.get(report.ticket.parent_id)
        if parent is not None and parent.status != "Filled":
            assert report.filled == 0
            assert parent.status not in ("Cancelled", "Inactive") or report.status in ("Cancelled", "Inactive")


@settings(max_examples=6, deadline=None)
@given(actions(any_tickets()), VENUES, OPENS)
def test_the_judge_finds_the_log_of_any_script_clean(tmp_path_factory: pytest.TempPathFactory, script: list[Action], venue: Venue, now: str) -> None:
    log = ExchangeLog(tmp_path_factory.mktemp("script") / "exchange.jsonl", process_ns=lambda: 1)
    it = generated(venue=venue, now=now)
    gateway = Gateway(it, log, manners=Manners(venue=venue), handler=handle, process_ns=lambda: 1)
    gateway.scribe.started(1, "generated")
    for number, action in enumerate(script, start=1):
        until = later(it.now, action.after)
        while it.now < until:
            gateway.step(min(until, later(it.now, 1)))
        gateway.tell(action.do(it, number))
    gateway.step(later(it.now, 1))
    gateway.flush()
    report = verify(log.path.read_text().splitlines())
    log.close()
    assert report.clean, report.violations
    assert Decimal(report.cash) == round(it.account.cash, 6)
