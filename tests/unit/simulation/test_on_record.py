"""What the last look compares with the desk's word."""

from decimal import Decimal

from robo_trader.simulation.on_record import cash_change, held_in_vain, recorded
from tests.support.world_bench import begun, run_until, signal


def test_a_buy_moved_its_price_and_its_commission_and_stands_in_the_journal_once():
    made = begun()
    assert cash_change(made.kit) == 0 and recorded(made.kit) == []
    signal(made, 1)
    run_until(made.agenda, 1)
    fills = made.kit.ledger.fills
    assert sorted(recorded(made.kit)) == sorted(fill.exec_id for fill in fills) and fills
    executions = made.kit.broker.exchange.executions()
    notes = [made.kit.broker.exchange.commission_of(execution.exec_id) for execution in executions]
    paid = sum((note.commission for note in notes if note is not None), Decimal(0))
    assert cash_change(made.kit) == -sum((e.ticket.side.sign * e.quantity * e.price for e in executions), Decimal(0)) - paid
    assert paid > 0


def test_an_order_that_the_exchange_has_not_is_held_in_vain():
    """Found by seed 17933: a world was called at rest while a swallowed stop waited for the second look that does not show it."""
    made = begun()
    signal(made, 1)
    run_until(made.agenda, 1)
    desk = made.lineage.desk.desk
    working = {name for book in desk.state.orders.books.values() for name in book.live}
    assert working and not held_in_vain(desk, working)
    assert held_in_vain(desk, working - {min(working)})
