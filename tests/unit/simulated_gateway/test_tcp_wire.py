"""The wire over a transport: bytes keep their order whatever their pieces, reading stops and goes on, and an end comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from robo_trader.simulated_gateway.tcp_wire import CLOSE_SECONDS_MAX, INPUT_SLICE_BYTES, TcpConnection, TransportWire


class Transport(asyncio.Transport):
    """Keeps what is written; `stuck` bytes are not taken by the client."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.stuck = 0
        self.closed = self.aborted = False
        self.reading = True

    def write(self, data: Any) -> None:
        assert not self.closed
        self.writes.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        return self.stuck

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        del name, default
        return self

    def setsockopt(self, *_: object) -> None:
        pass

    def is_closing(self) -> bool:
        return self.closed

    def is_reading(self) -> bool:
        return self.reading

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.aborted = True


class Turns:
    """What is to run later, run when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[tuple[float, Callable[[], None]]] = []

    def __call__(self, seconds: float, run: Callable[[], None]) -> None:
        self.waiting.append((seconds, run))

    def one(self) -> float:
        seconds, run = min(self.waiting, key=lambda turn: turn[0])
        self.waiting.remove((seconds, run))
        run()
        return seconds

    def all(self) -> None:
        while self.waiting:
            self.one()


@pytest.fixture
def made() -> tuple[TransportWire, Transport, Turns]:
    transport, turns = Transport(), Turns()
    return TransportWire(transport, turns), transport, turns


Made = tuple[TransportWire, Transport, Turns]


def test_a_wire_writes_whole_and_at_once(made: Made) -> None:
    wire, transport, turns = made
    wire.write(b"abc")
    wire.write(b"de")
    assert transport.writes == [b"abc", b"de"]
    assert turns.waiting == []


@pytest.mark.parametrize("size", range(1, 9))
def test_pieces_have_their_size_whatever_was_written_and_keep_their_order(made: Made, size: int) -> None:
    wire, transport, turns = made
    wire.chop(size, 0.01)
    for part in (b"abc", b"d", b"efgh"):
        wire.write(part)
    turns.all()
    assert b"".join(transport.writes) == b"abcdefgh"
    assert {len(piece) for piece in transport.writes[:-1]} <= {size}
    assert len(transport.writes) == -(-8 // size)


def test_a_pause_follows_each_piece_and_what_waits_is_counted(made: Made) -> None:
    wire, transport, turns = made
    wire.chop(2, 0.5)
    transport.stuck = 100
    wire.write(b"abcde")
    assert wire.waiting_bytes() == 105
    assert turns.one() == 0.5
    assert wire.waiting_bytes() == 103


def test_what_is_whole_again_does_not_overtake_what_waits(made: Made) -> None:
    wire, transport, turns = made
    wire.chop(1, 0)
    wire.write(b"abc")
    wire.chop(0, 0)
    wire.write(b"def")
    turns.all()
    assert transport.writes == [b"abcdef"]
    wire.write(b"g")
    assert transport.writes[-1] == b"g"


def test_a_close_comes_after_the_last_piece(made: Made) -> None:
    wire, transport, turns = made
    wire.chop(1, 0)
    wire.write(b"ab")
    wire.close()
    turns.one()
    assert not transport.closed
    turns.all()
    assert transport.writes == [b"a", b"b"]
    assert transport.closed and not transport.aborted


def test_a_client_that_does_not_take_its_end_is_reset_a_while_later(made: Made) -> None:
    wire, transport, turns = made
    transport.stuck = 1
    wire.close()
    assert not transport.aborted
    assert turns.one() == CLOSE_SECONDS_MAX
    assert transport.aborted


def test_one_that_took_it_is_not(made: Made) -> None:
    wire, transport, turns = made
    transport.stuck = 1
    wire.close()
    transport.stuck = 0
    turns.all()
    assert not transport.aborted


def test_an_abort_leaves_no_piece_behind(made: Made) -> None:
    wire, transport, turns = made
    wire.chop(1, 0)
    wire.write(b"ab")
    wire.abort()
    turns.all()
    assert transport.writes == [] and transport.aborted


def test_pieces_for_a_client_that_is_gone_are_forgotten(made: Made) -> None:
    wire, transport, turns = made
    wire.chop(1, 0)
    wire.write(b"ab")
    transport.closed = True
    turns.all()
    assert transport.writes == []
    assert wire.waiting_bytes() == 0


def test_reading_stops_once_and_begins_once_and_never_after_the_end(made: Made) -> None:
    wire, transport, _ = made
    wire.listen(on=False)
    assert not transport.reading
    wire.listen(on=True)
    assert transport.reading
    transport.closed = True
    wire.listen(on=False)
    assert transport.reading


class Ear:
    """Stands where a connection is, and notes what it is fed."""

    def __init__(self) -> None:
        self.fed: list[bytes] = []
        self.closing = False

    def feed(self, data: bytes) -> None:
        self.fed.append(data)


FLOOD = bytes(range(256)) * (5 * INPUT_SLICE_BYTES // 512)


@pytest.fixture
def flooded() -> tuple[TcpConnection, Ear, Transport, Turns, list[Any]]:
    ear, transport, turns, closed = Ear(), Transport(), Turns(), list[Any]()
    tcp = TcpConnection(lambda _wire: ear, closed.append, before=lambda: None, after=lambda: None, later=turns)  # type: ignore[arg-type, return-value]
    tcp.connection_made(transport)
    return tcp, ear, transport, turns, closed


Flooded = tuple[TcpConnection, Ear, Transport, Turns, list[Any]]


def test_a_flood_is_heard_by_slices_and_others_between_them(flooded: Flooded) -> None:
    tcp, ear, transport, turns, _ = flooded
    tcp.data_received(FLOOD)
    assert [len(data) for data in ear.fed] == [INPUT_SLICE_BYTES]
    assert not transport.reading
    turns.one()
    assert len(ear.fed) == 2
    turns.all()
    assert b"".join(ear.fed) == FLOOD
    assert transport.reading


def test_what_is_no_flood_is_heard_at_once(flooded: Flooded) -> None:
    tcp, ear, transport, turns, _ = flooded
    tcp.data_received(FLOOD[:INPUT_SLICE_BYTES])
    assert (len(ear.fed), transport.reading, turns.waiting) == (1, True, [])


def test_what_was_said_before_the_end_is_heard_before_the_end(flooded: Flooded) -> None:
    tcp, ear, _, turns, closed = flooded
    tcp.data_received(FLOOD)
    tcp.connection_lost(None)
    assert b"".join(ear.fed) == FLOOD
    assert closed == [ear] and ear.closing
    turns.all()
    assert len(ear.fed) == 2


def test_more_that_comes_in_a_flood_waits_for_its_turn(flooded: Flooded) -> None:
    tcp, ear, _, turns, _ = flooded
    tcp.data_received(FLOOD)
    tcp.data_received(b"more")
    assert (len(ear.fed), len(turns.waiting)) == (1, 1)
    turns.all()
    assert b"".join(ear.fed) == FLOOD + b"more"


def test_a_gateway_that_does_not_read_does_not_begin_again_because_a_flood_is_over(flooded: Flooded) -> None:
    tcp, _, transport, turns, _ = flooded
    tcp.data_received(FLOOD)
    tcp._wire.listen(on=False)
    turns.all()
    assert not transport.reading
    tcp._wire.listen(on=True)
    assert transport.reading
