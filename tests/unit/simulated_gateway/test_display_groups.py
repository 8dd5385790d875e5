"""Window groups: who follows one is told what it shows."""

from __future__ import annotations

from robo_trader.simulated_gateway.display_groups import NOTHING_SHOWN, DisplayGroups
from robo_trader.simulated_gateway.subscriptions import Line

MINE, OTHERS, ELSEWHERE = Line(1, 5), Line(2, 5), Line(2, 6)


def test_a_group_shows_nothing_at_first_and_then_what_was_put_there() -> None:
    groups = DisplayGroups()
    assert groups.follow(MINE, 1) == NOTHING_SHOWN
    assert groups.show(MINE, "8314@SMART") == [MINE]
    assert (groups.follow(OTHERS, 1), groups.follow(ELSEWHERE, 2)) == ("8314@SMART", NOTHING_SHOWN)
    assert groups.show(OTHERS, "none") == [MINE, OTHERS]


def test_a_line_that_follows_no_group_shows_nothing_in_any() -> None:
    groups = DisplayGroups()
    assert groups.show(MINE, "8314@SMART") is None
    groups.follow(MINE, 1)
    groups.leave(MINE)
    groups.leave(MINE)
    assert groups.show(MINE, "8314@SMART") is None


def test_a_line_follows_one_group_at_a_time() -> None:
    groups = DisplayGroups()
    groups.follow(MINE, 1)
    groups.follow(MINE, 2)
    groups.follow(OTHERS, 1)
    assert groups.show(OTHERS, "8314@SMART") == [OTHERS]


def test_what_a_connection_follows_ends_with_it_and_what_it_showed_stays() -> None:
    groups = DisplayGroups()
    groups.follow(MINE, 1)
    groups.show(MINE, "8314@SMART")
    groups.forget(1)
    assert groups.follow(OTHERS, 1) == "8314@SMART"
    assert groups.show(OTHERS, "none") == [OTHERS]
