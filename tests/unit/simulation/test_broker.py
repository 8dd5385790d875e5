"""The broker of a world, from the side of a client."""

from robo_trader.desk.effects import Cancel
from robo_trader.orders.evidence import BrokerError, BrokerStatus, ExecutionSeen, OrderSeen, StatusSeen
from robo_trader.simulation.broker import OPEN, POSITIONS, Broker
from robo_trader.simulation.exchange_ledger import Departure
from robo_trader.simulation.session import Answer, Session
from tests.support.world_bench import CALM, INSTRUMENT, always, life, order, run_until, world

GONE = Departure(0, durable=True, looked=2)


class Client:
    """A process with a session at the broker."""

    def __init__(self, broker: Broker) -> None:
        self.broker, self.heard, self.refusals, self.lost = broker, [], [], []
        self.session: Session | None = None
        self.connect()

    def connect(self) -> None:
        self.broker.connect(life(), 7, (self.heard.append, self.lost.append), self.ready, self.refusals.append)
        run_until(self.broker.agenda, 0.1)

    def ready(self, session: Session, next_id: int) -> None:
        self.session, self.next_id = session, next_id

    def of(self, kind: type) -> list:
        return [message for message in self.heard if isinstance(message, kind)]


def client(plan=CALM) -> Client:
    broker = world(plan).kit.broker
    broker.advance()
    return Client(broker)


def test_an_order_is_acknowledged_filled_and_told_in_the_desks_words():
    one = client()
    one.broker.place(one.session, order(1, quantity=5), INSTRUMENT, GONE)
    run_until(one.broker.agenda, 1)
    assert one.of(OrderSeen) and one.of(ExecutionSeen)[0].quantity == 5
    assert one.of(StatusSeen)[-1].status is BrokerStatus.FILLED
    assert one.broker.position(order().symbol) == 5 and one.broker.ledger.received[0].order_id == 1


def test_an_open_order_is_found_by_asking_and_cancelled_by_its_id():
    one = client()
    one.broker.place(one.session, order(1, stop=5_000, group="g.0", entry=False), INSTRUMENT, GONE)
    one.broker.ask(one.session, OPEN, 1)
    run_until(one.broker.agenda, 1)
    assert [seen.order_id for seen in one.of(Answer)[0].items] == [1]
    one.broker.cancel(one.session, Cancel("x", 1))
    one.broker.ask(one.session, OPEN, 2)
    run_until(one.broker.agenda, 1)
    assert one.of(Answer)[1].items == () and one.of(BrokerError)[-1].code == 202


def test_a_client_id_that_is_in_use_is_refused_and_one_whose_session_ended_is_not():
    one = client()
    other = Client(one.broker)
    assert other.refusals == ["326"]
    one.session.close()
    run_until(one.broker.agenda, 1)
    other.connect()
    assert other.session is not None


def test_a_process_that_dies_while_it_logs_on_leaves_the_client_id_free():
    """Found by seed 4867: the broker made the session after its process was dead, and refused the successor for good."""
    one = client()
    one.session.close()
    run_until(one.broker.agenda, 1)
    dying = life()
    one.broker.connect(dying, 7, (one.heard.append, one.lost.append), one.ready, one.refusals.append)
    one.broker.died(dying)
    dying.alive = False
    run_until(one.broker.agenda, 1)
    assert Client(one.broker).refusals == []


def test_who_is_offline_or_away_hears_nothing_and_a_question_then_has_no_answer():
    one = client()
    one.broker.offline = True
    one.broker.ask(one.session, POSITIONS, 1)
    one.broker.place(one.session, order(1), INSTRUMENT, GONE)
    run_until(one.broker.agenda, 5)
    assert one.heard == [] and one.broker.ledger.received == [] and one.broker.ledger.on_wire == {}


def test_next_valid_id_may_be_rolled_back_and_never_below_one():
    one = client()
    one.broker.place(one.session, order(9), INSTRUMENT, GONE)
    run_until(one.broker.agenda, 1)
    one.session.close()
    one.broker.rolled_back = 1000
    run_until(one.broker.agenda, 1)
    one.connect()
    assert one.next_id == 1


def test_a_quote_that_cannot_be_is_told_as_it_is():
    one = client(always("F23"))
    one.heard.clear()
    one.broker.agenda.now += 10_000_000_000
    one.broker.advance()
    run_until(one.broker.agenda, 0.1)
    assert all(tick.bid is None or tick.ask is None or tick.bid == 0 or tick.bid > tick.ask for tick in one.heard)
