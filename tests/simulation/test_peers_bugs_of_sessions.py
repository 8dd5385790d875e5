"""What other systems got wrong with sessions, numbers and answers that never came, one test a row (B15 to B27): here it does not happen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from robo_trader.desk.effects import AskSweep, Place
from robo_trader.desk.events import Refused
from robo_trader.desk.news import BrokerError, BrokerStatus, Connected, Disconnected, OrderSeen, PositionSeen, StatusSeen
from robo_trader.desk.reading import REJECTED
from robo_trader.edge.picture import as_json
from robo_trader.edge.verdict import judge, not_ready
from robo_trader.orders.order import OrderType
from robo_trader.production.alert import default_rules
from robo_trader.production.config_sections import AlertingConfig
from robo_trader.values import NS_PER_MINUTE, NS_PER_SECOND, Instant, Side
from tests.support.desk_bench import BOOK, CLIENT, OPEN, SPY, Bench
from tests.support.pictures import full_picture

NIGHTLY_RESTART = Instant(OPEN + (14 * 60 + 15) * NS_PER_MINUTE)  # 23:45 in New York
MACHINE = {"cpu_percent": 12.5, "memory_percent": 40.0, "disk_percent": 70.0}


def entered() -> tuple[Bench, Place]:
    """An entry that was sent, and of which nothing was heard."""
    bench = Bench().connect()
    bench.signal(1)
    return bench, bench.last()


def entries(bench: Bench) -> list[Place]:
    return [p for p in bench.sent if p.entry]


def stage(bench: Bench, order: Place) -> str:
    return str(bench.desk.state.orders.by_intent[order.intent].stage)


def test_b15_an_order_in_the_second_of_the_gateways_restart_is_asked_about_and_never_sent_again():
    bench = Bench().connect()
    bench.market = NIGHTLY_RESTART
    bench.signal(1)
    assert bench.sent == [] and bench.journal[-1].control == "C15", "nothing is sent at that hour"  # type: ignore[union-attr]
    bench, entry = entered()  # a restart at any other hour meets an order on its way
    bench.feed(Disconnected("the gateway closed the connection"), Connected("DU1", entry.order_id))
    for _ in range(3):
        bench.wait(20)
        bench.sweep()
    assert stage(bench, entry) == "never_sent" and entries(bench) == [entry]
    bench.signal(1)
    assert entries(bench)[-1].order_id > entry.order_id


def test_b16_a_next_valid_id_that_was_rolled_back_lowers_no_number():
    bench, entry = entered()
    bench.feed(Disconnected("restart"), Connected("DU1", 1))
    assert bench.desk.state.orders.next_order_id == entry.order_id + 1
    again = bench.reborn()
    again.feed(Connected("DU1", 1))
    assert again.desk.state.orders.next_order_id == entry.order_id + 1


def test_b17_fills_around_a_lost_connection_all_count_whenever_they_are_heard():
    bench, entry = entered()
    bench.acknowledge(entry)
    bench.fill(entry, 20)
    bench.feed(Disconnected("1100"))
    bench.fill(entry, 30)  # still in the log when the connection was called lost
    assert bench.position == 50
    bench.execution(entry, 50)  # nobody was there to hear it
    bench.feed(Connected("DU1", 1))
    bench.sweep(position=100, completed=(bench.open_order(entry, BrokerStatus.FILLED, filled=100),))
    assert bench.position == 100 and stage(bench, entry) == "filled"
    assert sum(p.quantity for p in bench.sent if not p.entry) == 100, "and all of them are protected"


def unanswered(bench: Bench) -> list[Place]:
    return [p for p in bench.sent if stage(bench, p) == "intended"]


def answer(bench: Bench, placed: Place) -> None:
    """The broker takes an order, and fills what is not a stop; the stop of what an exit took off ends by its group."""
    bench.acknowledge(placed)
    if placed.order_type is not OrderType.STOP:
        bench.fill(placed)
    for other in [p for p in bench.sent if not placed.entry and p.oca_group == placed.oca_group and p is not placed and stage(bench, p) == "working"]:
        bench.status(other, BrokerStatus.CANCELLED)


def test_b18_one_placement_in_ten_that_is_swallowed_is_asked_about_unknown_and_never_resent():
    bench, swallowed = Bench().connect(), []
    for number in range(40):
        bench.signal(number % 2)
        for _ in range(4):
            for placed in unanswered(bench):
                if len(bench.sent) % 10 == 0 and placed.entry:
                    swallowed.append(placed)
                    assert any(isinstance(e, AskSweep) for e in bench.wait(5))
                    bench.wait(25)
                    assert stage(bench, placed) == "unknown"
                else:
                    answer(bench, placed)
        for _ in range(3):
            bench.wait(11)
            bench.sweep(position=bench.position, open_orders=resting(bench))
    assert len(swallowed) >= 4 and {stage(bench, p) for p in swallowed} == {"never_sent"}
    assert len({p.intent for p in bench.sent}) == len(bench.sent) == len({p.order_id for p in bench.sent})


def resting(bench: Bench) -> tuple[OrderSeen, ...]:
    live = bench.desk.state.book(BOOK).live
    return tuple(bench.open_order(p) for p in bench.sent if p.intent in live and live[p.intent].perm_ids)


def test_b19_a_cancel_of_an_order_that_is_not_found_ends_the_wait_and_leaves_the_order_to_evidence():
    bench, entry = entered()
    bench.acknowledge(entry)
    bench.signal(0)
    assert stage(bench, entry) == "leaving"
    bench.feed(BrokerError(entry.order_id, 10147, "OrderId that needs to be cancelled is not found"))
    assert stage(bench, entry) == "working", "not found is not gone"
    bench.sweep(completed=(bench.open_order(entry, BrokerStatus.CANCELLED, filled=0),))
    assert stage(bench, entry) == "cancelled"


@pytest.mark.parametrize("code", sorted(REJECTED))
def test_b20_every_code_that_rejects_ends_the_order_that_it_names(code: int):
    assert {200, 460} <= REJECTED
    bench, entry = entered()
    bench.feed(BrokerError(entry.order_id, code, "no"))
    assert stage(bench, entry) == "rejected" and any(a.key == f"rejected/{BOOK}" for a in bench.alerts)


def told(**gateway: Any) -> dict[str, Any]:
    """What the probes are told of a system whose gateway says this."""
    picture = as_json(full_picture(5_000 * NS_PER_SECOND), 5_000 * NS_PER_SECOND)
    picture["sections"]["gateway"]["value"].update(gateway)
    return dict(picture)


def test_b21_a_connection_that_is_lost_for_good_is_not_ready_down_and_calls_a_person():
    lost = told(connected=False)
    assert any("no session" in reason for reason in not_ready(lost))
    assert judge(lost, MACHINE).components["broker_gateway"].status == "down", "which calls a person after 15 s"
    rule = next(rule for rule in default_rules(AlertingConfig()) if rule.name == "connection_lost")
    assert rule.condition({"ibkr_connected": False}) and rule.condition({})
    bench, _ = entered()
    bench.feed(Disconnected("1100"))
    assert bench.desk.reconciled_symbols == () and not bench.desk.snapshot().connected


def test_b22_a_loss_in_the_nightly_window_is_a_loss_like_any_other():
    night = told(connected=False, session="closed")
    assert judge(night, MACHINE).components["broker_gateway"].status == "down" and not_ready(night)


def test_b23_a_foreign_order_is_left_alone_and_blocks_nothing():
    bench = Bench().connect()
    foreign = OrderSeen(SPY, Side.SELL, 500, "LMT", BrokerStatus.PRE_SUBMITTED, 3, 99, 4711, "someone else's", "")
    bench.feed(foreign)
    bench.sweep(open_orders=(foreign, replace(foreign, client_id=0, order_id=0, order_ref="", perm_id=4712)))
    bench.signal(1)
    assert [p.quantity for p in entries(bench)] == [100] and bench.cancelled == []


def test_b24_a_fill_that_overtakes_every_other_word_of_its_order_counts():
    bench, entry = entered()
    bench.fill(entry)
    assert bench.position == 100 and stage(bench, entry) == "filled"
    bench.acknowledge(entry)
    bench.status(entry, BrokerStatus.FILLED, filled=100, remaining=0)
    assert bench.position == 100 and stage(bench, entry) == "filled"


def test_b25_a_duplicate_id_ends_that_order_and_no_number_comes_twice():
    bench, entry = entered()
    bench.feed(StatusSeen(entry.order_id + 40, CLIENT, 77, BrokerStatus.SUBMITTED, 0, 5))  # a second process with our client id
    bench.feed(BrokerError(entry.order_id, 103, "Duplicate order id"))
    assert stage(bench, entry) == "rejected"
    bench.signal(0)
    bench.signal(-1)
    assert entries(bench)[-1].order_id > entry.order_id + 40


def test_b26_an_order_that_stays_pending_and_is_never_seen_again_is_unknown_and_then_resolved():
    bench, entry = entered()
    bench.feed(StatusSeen(entry.order_id, CLIENT, 0, BrokerStatus.PENDING_SUBMIT, 0, 100))
    stages = []
    for _ in range(8):
        bench.wait(11)
        bench.sweep()
        stages.append(stage(bench, entry))
    assert "unknown" in stages and stages[-1] in {"never_sent", "cancelled"}
    assert entries(bench) == [entry]


def test_b27_a_position_that_the_broker_pushes_makes_no_position_here():
    bench = Bench().connect()
    bench.feed(Disconnected("1100"), PositionSeen(SPY, 300), Connected("DU1", 1), PositionSeen(SPY, 300))
    bench.sweep(position=300)
    bench.sweep(position=300)
    assert bench.position == 0 and bench.desk.state.net(SPY) == 0 and bench.sent == []
    assert [h.halt.reason for h in bench.halts] == ["drift"]
    assert not any(isinstance(e, Refused) and e.control == "C05" for e in bench.journal)
