"""What the parts share."""

from robo_trader.desk.settings import Execution
from robo_trader.simulation.kit import ACCOUNT, REST_SECONDS, STRATEGY
from tests.support.world_bench import SPY, calm, world


def test_the_desk_of_a_world_is_told_its_books_its_size_and_its_bounds():
    settings = world(calm(quantity=100, stop_permille=8, position_max=400)).kit.desk_settings(3)
    (book,) = settings.books
    assert (book.strategy, book.symbol, settings.epoch, settings.account) == (STRATEGY, SPY, 3, ACCOUNT)
    assert (settings.books[book].quantity, settings.limits.max_position, settings.books[book].stop_percent * 10) == (100, 400, 8)


def test_the_plan_says_how_entries_meet_the_market():
    (book,) = world(calm(execution=Execution.LIMIT)).kit.desk_settings(1).books.values()
    assert book.execution is Execution.LIMIT and book.rest_seconds == REST_SECONDS


def test_only_a_world_that_begins_with_shares_accepts_them():
    assert not world().kit.desk_settings(1).baseline_external
    assert world(calm(baseline=250)).kit.desk_settings(1).baseline_external
