"""What the exchange says, in the words of the desk."""

from dataclasses import replace
from decimal import Decimal

from robo_trader.orders.evidence import BrokerStatus
from robo_trader.simulated_gateway.model import Execution, OrderReport, Ticket
from robo_trader.simulation import wire_words
from robo_trader.simulation.broker import _ticket
from robo_trader.values import Instant
from tests.support.world_bench import INSTRUMENT, order, world


def report() -> OrderReport:
    made = world()
    exchange, submit = made.kit.broker.exchange, ticket()
    return next(h for h in exchange.submit(submit) if isinstance(h, OrderReport))


def ticket() -> Ticket:
    return _ticket(order(7, stop=9_000, group="g.0", entry=False), 7, INSTRUMENT, "DU1000001")


def test_an_open_order_keeps_its_names_and_a_completed_one_has_no_order_id_but_states_its_fills():
    seen = wire_words.order_seen(report())
    assert (seen.order_id, seen.client_id, seen.oca_group, seen.status) == (7, 7, "g.0", BrokerStatus.PRE_SUBMITTED)
    done = wire_words.order_seen(report(), completed=True)
    assert (done.order_id, done.filled, done.order_ref) == (0, 0, seen.order_ref)
    assert done.quantity == seen.quantity
    assert wire_words.order_seen(replace(report(), status="Filled"), completed=True).quantity == 0, "as a real gateway says it"


def test_a_waiting_stop_says_that_it_is_held_by_its_trigger():
    assert wire_words.status_seen(report()).why_held == "trigger"


def test_an_execution_of_a_person_names_no_order_id():
    by_hand, price = replace(ticket(), client_id=0), Decimal(10)
    assert wire_words.execution_seen(Execution("e.01", by_hand, 5, 10, price, Instant(1), 10, price)).order_id == 0
