"""One client's connection: counts, bounds, pace, and an end that is its own."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from robo_trader.simulated_gateway.connection import BREACHES_MAX, MESSAGES_PER_SECOND_MAX, OUTPUT_BYTES_MAX, Pace
from robo_trader.simulated_gateway.frames import encode
from robo_trader.values import NS_PER_SECOND
from tests.support.gateway_bench import HELLO, Bench, MemoryWire, names
from tests.support.real_client import sent


def test_the_counts_are_all_bytes_in_and_all_bytes_out(tmp_path: Path) -> None:
    client = Bench(tmp_path).client()
    said = sent(lambda it: it.startApi(), client_id=7)
    assert client.connection.counts.read == len(HELLO) + len(said)
    assert client.connection.counts.written == len(client.wire.data)
    assert client.connection.counts.queued == 0


def test_a_hello_that_comes_byte_by_byte_is_a_hello(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    connection = bench.gateway.admit(MemoryWire())
    for byte in HELLO + sent(lambda it: it.startApi(), client_id=9):
        connection.feed(bytes([byte]))
    assert connection.client_id == 9
    assert bench.gateway.clients == {9: connection}


def test_garbage_ends_its_own_connection_and_no_other(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    good, bad = bench.client(7), bench.client(None)
    bad.feed(b"GET / HTTP/1.1\r\n\r\n")
    assert bad.wire.closed
    assert not good.wire.closed
    assert names(good.say(lambda it: it.reqCurrentTime())) == ["currentTime"]


def test_a_client_that_was_started_is_told_what_could_not_be_read_after_the_answers_to_what_could(tmp_path: Path) -> None:
    client = Bench(tmp_path).client()
    client.heard()
    client.feed(sent(lambda it: it.reqCurrentTime()) + encode(("60",)) + sent(lambda it: it.reqIds(1)))
    time, error = client.heard()
    assert time[0] == "49"
    assert error[2:5] == ("-1", "320", "Error reading request. Unable to parse data. there is no request 60")
    assert client.wire.closed


def test_a_client_that_was_not_started_is_cut_off_without_a_word(tmp_path: Path) -> None:
    client = Bench(tmp_path).client(None)
    client.heard()
    client.feed(encode(("61", "1")))
    assert (client.wire.data, client.wire.closed) == (b"", True)


def test_no_bytes_raise_anything_out_of_a_connection(tmp_path: Path) -> None:
    bench = Bench(tmp_path)

    @given(noise=st.binary(max_size=300), named=st.booleans())
    def feed(noise: bytes, named: bool) -> None:
        client = bench.client(7 if named else None)
        client.feed(noise)
        bench.gateway.dismiss(client.connection)

    feed()


def test_what_comes_after_the_end_is_not_read(tmp_path: Path) -> None:
    client = Bench(tmp_path).client(None)
    client.feed(b"\xff\xff\xff\xff")
    client.feed(sent(lambda it: it.startApi(), client_id=9))
    assert client.connection.client_id is None


def test_a_client_that_does_not_read_is_dropped(tmp_path: Path) -> None:
    client = Bench(tmp_path).client()
    client.wire.waiting = OUTPUT_BYTES_MAX
    client.feed(sent(lambda it: it.reqCurrentTime()))
    assert not client.wire.aborted
    client.wire.waiting = OUTPUT_BYTES_MAX + 1
    client.feed(sent(lambda it: it.reqCurrentTime()))
    assert client.wire.aborted


def test_fifty_messages_a_second_are_allowed_and_one_more_is_told_and_still_carried_out(tmp_path: Path) -> None:
    client = Bench(tmp_path).client()
    calls = [lambda it: it.reqCurrentTime()] * (MESSAGES_PER_SECOND_MAX - 1)
    assert set(names(client.say(*calls))) == {"currentTime"}
    assert names(client.say(calls[0])) == ["error 100", "currentTime"]


def test_a_client_that_keeps_breaking_the_pace_is_ended(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    client = bench.client()
    for _ in range(BREACHES_MAX):
        assert not client.wire.closed
        client.say(*[lambda it: it.reqCurrentTime()] * (MESSAGES_PER_SECOND_MAX + 1))
        bench.process.pass_seconds(2)
    assert client.wire.closed


def test_a_client_that_asked_to_be_paced_is_never_told_off(tmp_path: Path) -> None:
    bench, wire = Bench(tmp_path), MemoryWire()
    connection = bench.gateway.admit(wire)
    connection.feed(b"API\0\0\0\0\x12v157..176 +PACEAPI" + sent(lambda it: it.startApi()))
    connection.feed(sent(*[lambda it: it.reqCurrentTime()] * (MESSAGES_PER_SECOND_MAX + 9)))
    assert connection.pace.breaches == 0
    assert b"Max rate" not in wire.data
    assert [line["conn"] for line in bench.lines() if line["k"] == "slowed"] == [connection.number]


@given(gaps=st.lists(st.integers(0, NS_PER_SECOND // 10), max_size=120))
def test_a_breach_is_told_only_where_a_second_holds_too_many(gaps: list[int]) -> None:
    pace, now, times = Pace(), 0, []
    for gap in gaps:
        now += gap
        times.append(now)
        told = pace.breach(now)
        within = sum(1 for at in times if now - at < NS_PER_SECOND)
        assert told in (0, within)
        assert not told or within > MESSAGES_PER_SECOND_MAX


def test_a_burst_after_the_gateway_stood_still_is_forgiven(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    client = bench.client()
    client.say(*[lambda it: it.reqCurrentTime()] * (MESSAGES_PER_SECOND_MAX - 1))
    bench.process.pass_seconds(0.9)
    bench.gateway.beat()
    assert "error 100" not in names(client.say(lambda it: it.reqCurrentTime()))


def test_a_deaf_connection_hears_and_says_nothing_and_keeps_its_socket(tmp_path: Path) -> None:
    client = Bench(tmp_path).client()
    client.heard()
    client.connection.tell(("49", "1", "0"))
    client.connection.deafen()
    client.connection.tell(("49", "1", "0"))
    client.connection.flush()
    assert client.say(lambda it: it.reqCurrentTime()) == []
    assert not (client.wire.closed or client.wire.aborted)
