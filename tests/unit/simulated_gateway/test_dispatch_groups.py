"""Window groups as clients hear of them, in the words that a real gateway was heard to use."""

from __future__ import annotations

from pathlib import Path

from tests.support.gateway_bench import Bench, names


def test_there_are_seven_groups(tmp_path: Path) -> None:
    assert Bench(tmp_path).client().say(lambda it: it.queryDisplayGroups(5)) == [("67", "1", "5", "1|2|3|4|5|6|7")]


def test_who_follows_a_group_is_told_what_it_shows_and_nobody_else_is(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    first, second, third = bench.client(1), bench.client(2), bench.client(3)
    assert first.say(lambda it: it.subscribeToGroupEvents(5, 1)) == [("68", "1", "5", "none")]
    second.say(lambda it: it.subscribeToGroupEvents(9, 1))
    third.say(lambda it: it.subscribeToGroupEvents(5, 2))
    assert first.say(lambda it: it.updateDisplayGroup(5, "8314@SMART")) == [("68", "1", "5", "8314@SMART")]
    assert second.heard() == [("68", "1", "9", "8314@SMART")]
    assert third.heard() == []


def test_who_left_a_group_or_the_gateway_is_told_nothing_of_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    first, second, third = bench.client(1), bench.client(2), bench.client(3)
    for client in (first, second, third):
        client.say(lambda it: it.subscribeToGroupEvents(5, 1))
    assert second.say(lambda it: it.unsubscribeFromGroupEvents(5)) == []
    bench.gateway.dismiss(third.connection)
    first.say(lambda it: it.updateDisplayGroup(5, "8314@SMART"))
    assert second.heard() == third.heard() == []


def test_a_group_that_there_is_not_and_an_id_that_follows_none_are_refused(tmp_path: Path) -> None:
    client = Bench(tmp_path).client()
    for call in (lambda it: it.subscribeToGroupEvents(5, 8), lambda it: it.updateDisplayGroup(5, "8314@SMART")):
        (fields,) = client.say(call)
        assert (names([fields]), fields[2]) == (["error 321"], "5")
    assert client.say(lambda it: it.unsubscribeFromGroupEvents(5)) == []
