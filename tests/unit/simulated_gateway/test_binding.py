"""An order is bound once, and only to who asked for it."""

from __future__ import annotations

from robo_trader.simulated_gateway.binding import Binding


def test_nothing_is_bound_before_it_was_asked_for_nor_after_it_was_stopped() -> None:
    binding = Binding()
    assert not binding.binds(5)
    binding.ask([])
    assert binding.binds(5)
    binding.stop()
    assert not binding.binds(6)


def test_an_order_is_bound_once_and_never_if_it_was_placed_or_open_before() -> None:
    binding = Binding()
    binding.placed(1)
    binding.ask([2])
    assert [binding.binds(number) for number in (1, 2, 3, 3)] == [False, False, True, False]
