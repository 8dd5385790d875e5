"""The ledger that the looks are made from."""

from decimal import Decimal

from robo_trader.orders.evidence import BrokerError, BrokerStatus, OrderSeen, StatusSeen
from robo_trader.simulated_gateway.model import Execution
from robo_trader.simulation.broker import _ticket
from robo_trader.simulation.exchange_ledger import Departure, ExchangeLedger, corrected_execution, name_of
from robo_trader.simulation.session import Answer
from robo_trader.values import NS_PER_SECOND, Instant, Side
from tests.support.world_bench import INSTRUMENT, SPY, order


def executed(ledger: ExchangeLedger, quantity: int = 40) -> Execution:
    made = Execution("0000e0d5.1.01.01", _ticket(order(), 7, INSTRUMENT, "DU1"), 5, quantity, Decimal(10), Instant(1), quantity, Decimal(10))
    ledger.executed(made)
    return made


def test_an_order_is_whose_its_reference_says():
    assert name_of("rt:world:3:abc") == (3, "abc")
    assert name_of("") == name_of("rt:world:abc") == name_of("xx:world:3:abc") == (0, "")


def test_a_frame_on_the_wire_is_live_until_it_arrives():
    ledger = ExchangeLedger({})
    ticket = _ticket(order(9), 7, INSTRUMENT, "DU1")
    ledger.left(ticket)
    assert not ledger.on_wire[9].reached and ledger.on_wire[9].remaining == 100
    ledger.arrived(ticket, Departure(5, durable=True, looked=2), 6)
    assert [(r.order_id, r.left, r.at, r.looked) for r in ledger.received] == [(9, 5, 6, 2)]


def test_an_order_is_named_by_whatever_message_of_it_was_delivered_alone_or_in_an_answer():
    ledger = ExchangeLedger({})
    ledger.delivered(7, StatusSeen(1, 7, 5, BrokerStatus.SUBMITTED, 0, 100))
    ledger.delivered(7, BrokerError(2, 201, "no"))
    ledger.delivered(7, Answer(9, (OrderSeen(SPY, Side.BUY, 100, "LMT", BrokerStatus.SUBMITTED, 3, 7, 5, "", ""),)))
    ledger.delivered(7, Answer(10, None))
    ledger.delivered(7, StatusSeen(4, 8, 5, BrokerStatus.SUBMITTED, 0, 100))
    assert ledger.named == {(7, 1), (7, 2), (7, 3)}


def test_a_correction_moves_cash_and_a_bust_moves_shares_too():
    ledger = ExchangeLedger({})
    made = executed(ledger)
    cheaper = corrected_execution(made, quantity=40, price=Decimal(9))
    ledger.corrected(made, cheaper)
    assert cheaper.exec_id.endswith(".02") and ledger.moved_cash == Decimal(40) and ledger.own[SPY] == 40
    ledger.corrected(cheaper, corrected_execution(cheaper, quantity=0, price=Decimal(9)))
    assert ledger.own[SPY] == 0 and ledger.moved_shares[SPY] == -40 and ledger.moved_cash == Decimal(400) and ledger.fills[0].taken_back


def test_a_fill_is_heard_once_and_only_in_the_version_that_counts():
    ledger = ExchangeLedger({})
    made = executed(ledger)
    ledger.heard(made.exec_id, 50)
    ledger.heard(made.exec_id, 60)
    assert ledger.fills[0].heard == 50
    corrected = corrected_execution(made, quantity=0, price=Decimal(10))
    ledger.corrected(made, corrected)
    ledger.heard(made.exec_id, 70)
    assert ledger.fills[0].heard is None


def test_only_the_messages_of_the_last_second_are_counted():
    ledger = ExchangeLedger({})
    for at in (0, 1, NS_PER_SECOND):
        ledger.message(at)
    assert list(ledger.messages) == [1, NS_PER_SECOND]
