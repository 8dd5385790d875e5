"""One connection a client id, and for a while a dead one's."""

from __future__ import annotations

from pathlib import Path

from robo_trader.simulated_gateway.client_ids import ClientIds
from robo_trader.simulated_gateway.connection import Connection
from robo_trader.values import NS_PER_SECOND
from tests.support.gateway_bench import Bench, ProcessClock


def connection(directory: Path) -> Connection:
    return Bench(directory).client().connection


def test_an_id_has_one_living_connection(tmp_path: Path) -> None:
    ids = ClientIds(ProcessClock())
    first, second = connection(tmp_path), connection(tmp_path)
    assert ids.grant(7, first)
    assert not ids.grant(7, second)
    assert ids.living == {7: first}


def test_a_zombie_holds_its_id_for_its_time(tmp_path: Path) -> None:
    clock = ProcessClock()
    ids = ClientIds(clock)
    first = connection(tmp_path)
    ids.grant(7, first)
    ids.leave(first, 3 * NS_PER_SECOND)
    assert not ids.grant(7, connection(tmp_path))
    clock.pass_seconds(3)
    assert ids.grant(7, connection(tmp_path))


def test_the_longer_hold_counts(tmp_path: Path) -> None:
    clock = ProcessClock()
    ids = ClientIds(clock)
    ids.hold(7, clock() + 5 * NS_PER_SECOND)
    ids.hold(7, clock() + NS_PER_SECOND)
    clock.pass_seconds(4)
    assert not ids.grant(7, connection(tmp_path))


def test_a_connection_that_never_got_an_id_leaves_none_behind(tmp_path: Path) -> None:
    ids = ClientIds(ProcessClock())
    nameless = Bench(tmp_path).client(None).connection
    ids.leave(nameless, NS_PER_SECOND)
    assert ids.known == frozenset()


def test_who_was_here_is_remembered(tmp_path: Path) -> None:
    ids = ClientIds(ProcessClock())
    gone, stays = connection(tmp_path), Bench(tmp_path).client(8).connection
    ids.grant(7, gone)
    ids.grant(8, stays)
    ids.leave(gone, 0)
    assert ids.known == {7, 8}


def test_a_next_id_that_was_rolled_back_is_told_until_an_order_goes_beyond_it() -> None:
    ids = ClientIds(ProcessClock())
    assert ids.next_told(7, 42) == 42
    ids.roll_back(7, 42, 10)
    ids.roll_back(8, 5, 10)
    assert (ids.next_told(7, 42), ids.next_told(7, 43), ids.next_told(8, 5)) == (32, 43, 1)
