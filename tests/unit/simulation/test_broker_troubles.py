"""What brokers do to orders when things go wrong."""

from robo_trader.desk.effects import Cancel
from robo_trader.orders.evidence import BrokerError, BrokerStatus, ExecutionSeen, StatusSeen
from robo_trader.simulation.broker import OPEN, TIME
from robo_trader.simulation.session import Answer, Notice
from tests.support.world_bench import CALM, INSTRUMENT, SPY, always, order, run_until, world
from tests.unit.simulation.test_broker import GONE, Client


def troubled(plan=CALM):
    made = world(plan)
    made.kit.broker.advance()
    return made, Client(made.kit.broker)


def test_a_swallowed_order_never_reaches_the_ledger_and_is_never_spoken_of():
    made, client = troubled(always("F16"))
    made.kit.faults._chances["F16"].seed(3)
    for order_id in range(1, 30):
        client.broker.place(client.session, order(order_id, quantity=1), INSTRUMENT, GONE)
    run_until(client.broker.agenda, 1)
    reached = {r.order_id for r in client.broker.ledger.received}
    spoken = {seen.order_id for seen in client.of(StatusSeen)}
    assert reached <= set(range(1, 30)) and not spoken - reached and len(reached) < 29


def test_a_rejected_order_is_refused_with_a_code_and_is_not_there():
    _, client = troubled(always("F17"))
    client.broker.place(client.session, order(1), INSTRUMENT, GONE)
    client.broker.place(client.session, order(2, stop=5_000, group="g.0", entry=False), INSTRUMENT, GONE)
    run_until(client.broker.agenda, 20)
    assert client.of(BrokerError) and not client.broker.exchange.open_orders()


def test_a_fill_may_race_a_cancel_or_come_after_it_and_the_ledger_knows_it():
    made, client = troubled(always("F18"))
    races = {True: 0, False: 0}
    for order_id in range(1, 12):
        client.broker.place(client.session, order(order_id, quantity=10, stop=5_000, group=f"g{order_id}", entry=False), INSTRUMENT, GONE)
        run_until(client.broker.agenda, 0.1)
        client.broker.cancel(client.session, Cancel(f"{order_id:016x}", order_id))
        run_until(client.broker.agenda, 10)
        statuses = [seen.status for seen in client.of(StatusSeen) if seen.order_id == order_id]
        fills = [seen for seen in client.of(ExecutionSeen) if seen.order_id == order_id]
        races[bool(fills) and statuses[-1] is BrokerStatus.CANCELLED] += 1
    assert -made.kit.ledger.own[SPY] == sum(fill.quantity for fill in client.of(ExecutionSeen))
    assert races[False]


def test_an_outage_ends_with_a_notice_and_the_exchange_went_on_meanwhile():
    made, client = troubled(always("F15"))
    client.broker.place(client.session, order(1, stop=5_000, group="g.0", entry=False), INSTRUMENT, GONE)
    run_until(client.broker.agenda, 1)
    made.troubles.outage()
    run_until(client.broker.agenda, 60)
    codes = [notice.code for notice in client.of(Notice)]
    assert codes[0] == 1100 and codes[1] in {1101, 1102}


def test_a_correction_is_told_as_the_next_version_of_its_execution():
    made, client = troubled(always("F18"))
    changed = []
    made.troubles.corrected = lambda symbol, exec_id: changed.append((symbol, exec_id))
    client.broker.place(client.session, order(1, quantity=5), INSTRUMENT, GONE)
    run_until(client.broker.agenda, 1)
    made.troubles.correct()
    run_until(client.broker.agenda, 1)
    told = client.of(ExecutionSeen)[-1]
    assert told.exec_id.endswith(".02") and changed == [(SPY, told.exec_id)]


def test_people_trade_and_meddle_and_what_they_do_is_theirs():
    made, client = troubled(always("F20"))
    for _ in range(6):
        made.troubles.trade_by_hand()
    assert made.kit.ledger.foreign and not made.kit.ledger.own
    client.broker.place(client.session, order(1, stop=5_000, group="g.0", entry=False), INSTRUMENT, GONE)
    run_until(client.broker.agenda, 1)
    made.troubles.touch_our_order()
    assert not [r for r in client.broker.exchange.open_orders() if r.ticket.order_ref]


def test_a_question_may_stay_without_an_answer_but_the_time_is_always_told():
    _, client = troubled(always("F21"))
    client.broker.ask(client.session, OPEN, 1)
    client.broker.ask(client.session, TIME, 2)
    run_until(client.broker.agenda, 1)
    assert [answer.number for answer in client.of(Answer)] == [2]


def test_a_dead_connection_holds_its_client_id_until_the_broker_notices():
    made, client = troubled(always("F13"))
    made.troubles.deafen()
    client.session.close()
    client.connect()
    assert client.refusals == ["326"]
    run_until(client.broker.agenda, 25)
    client.connect()
    assert len(client.refusals) == 1


def test_a_restart_of_the_gateway_ends_every_session_and_refuses_meanwhile():
    made, client = troubled(always("F14"))
    made.troubles.restart_gateway()
    run_until(client.broker.agenda, 0.1)
    assert client.lost and client.broker.down
    client.connect()
    assert client.refusals == ["connection refused"]
    run_until(client.broker.agenda, 40)
    assert not client.broker.down


def test_messages_of_one_moment_change_places_but_the_statuses_of_an_order_do_not():
    _, client = troubled(always("F11"))
    client.broker.place(client.session, order(1, quantity=5), INSTRUMENT, GONE)
    run_until(client.broker.agenda, 1)
    filled = [seen.filled for seen in client.of(StatusSeen)]
    assert filled == sorted(filled)


def test_silence_and_a_wrong_position_are_said_of_one_symbol():
    made, client = troubled(always("F21", "F23"))
    made.troubles.silence(SPY, 1_000)
    assert SPY in made.kit.market.silent
    run_until(client.broker.agenda, 1)
    assert SPY not in made.kit.market.silent
    made.troubles.say_wrong_position()
    run_until(client.broker.agenda, 1)
    assert client.heard[-1].quantity != 0
