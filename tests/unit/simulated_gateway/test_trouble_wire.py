"""What befalls connections: pieces, clogs, a gateway that does not read, garbage, and a strict pace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ib_insync.client import Client

from robo_trader.errors import ProtocolError
from robo_trader.simulated_gateway.connection import OUTPUT_BYTES_MAX
from robo_trader.simulated_gateway.fault_kinds_wire import Garbage
from robo_trader.simulated_gateway.frames import FrameReader, decode
from robo_trader.simulated_gateway.trouble_wire import garbage
from tests.support.exchange_bench import quote
from tests.support.gateway_bench import Bench, names

SOON = {"wall_seconds": 1}


def ask(client: Client) -> None:
    client.reqCurrentTime()


def bench(directory: Path, **fault: Any) -> Bench:
    return Bench(directory, scenario=[{"when": SOON, **fault}])


def begin(it: Bench, seconds: float = 1) -> None:
    """Let process time pass, and the gateway notice."""
    it.process.pass_seconds(seconds)
    it.gateway.beat()


def forms(form: str) -> list[bytes]:
    return FrameReader(frame_bytes_max=2**16).feed(garbage(Garbage(form=form)))


def test_frames_are_split_for_a_while_and_one_client_may_be_meant(tmp_path: Path) -> None:
    it = bench(tmp_path, fault="split_frames", client=8, piece_bytes=3, pause_milliseconds=20, seconds=10)
    other, meant = it.client(7), it.client(8)
    begin(it)
    assert (other.wire.chopped, meant.wire.chopped) == ((0, 0), (3, 0.02))
    begin(it, 10)
    assert meant.wire.chopped == (0, 0)


def test_a_clog_holds_everything_and_then_lets_it_go_in_one_piece(tmp_path: Path) -> None:
    it = bench(tmp_path, fault="clog", seconds=5)
    client = it.client()
    begin(it)
    assert client.say(ask, ask) == []
    assert client.connection.counts.queued == 2, "in lockstep the market waits for what was not said"
    begin(it, 5)
    assert names(client.heard()) == ["currentTime"] * 2


def test_what_waits_in_a_clog_is_bounded_like_all_that_waits(tmp_path: Path) -> None:
    it = bench(tmp_path, fault="clog", seconds=5)
    client = it.client()
    begin(it)
    client.connection.babble(bytes(OUTPUT_BYTES_MAX))
    it.gateway.flush()
    assert not client.wire.aborted
    client.connection.babble(b"x")
    it.gateway.flush()
    assert client.wire.aborted
    assert [line["waiting_bytes"] for line in it.lines() if line["k"] == "dropped"] == [OUTPUT_BYTES_MAX + 1]


def test_a_client_that_is_sent_away_in_a_clog_is_told_why(tmp_path: Path) -> None:
    it = bench(tmp_path, fault="clog", seconds=5)
    client = it.client()
    begin(it)
    client.connection.tell(("4", "2", "-1", "326", "in use", ""))
    client.connection.end()
    assert names(client.heard()[1:])[-1] == "error 326"


def test_a_gateway_that_does_not_read_reads_again(tmp_path: Path) -> None:
    it = bench(tmp_path, fault="stop_reading", seconds=5)
    client = it.client()
    begin(it)
    assert not client.wire.reading
    begin(it, 5)
    assert client.wire.reading


@pytest.mark.parametrize("fault", ["clog", "stop_reading", "split_frames"])
def test_of_two_alike_that_overlap_the_first_end_ends_neither_the_other_nor_its_share(tmp_path: Path, fault: str) -> None:
    it = Bench(tmp_path, scenario=[{"fault": fault, "when": {"wall_seconds": begins}, "seconds": 5} for begins in (1, 3)])
    client = it.client()
    troubled = []
    for seconds in (1, 2, 3, 2):  # at 1 and 3 one begins, at 6 and 8 one ends
        begin(it, seconds)
        troubled.append(client.connection.clogged or not client.wire.reading or client.wire.chopped != (0, 0))
    assert troubled == [True, True, True, False]


def test_frames_are_split_as_the_latest_says_that_lasts(tmp_path: Path) -> None:
    splits = ((1, 3, 9), (2, 5, 3))
    it = Bench(
        tmp_path,
        scenario=[{"fault": "split_frames", "when": {"wall_seconds": at}, "piece_bytes": size, "seconds": long} for at, size, long in splits],
    )
    client = it.client()
    sizes = []
    for seconds in (1, 1, 3, 5):
        begin(it, seconds)
        sizes.append(client.wire.chopped[0])
    assert sizes == [3, 5, 3, 0]


def test_a_half_open_connection_is_not_read_whatever_ends_meanwhile(tmp_path: Path) -> None:
    it = Bench(tmp_path, scenario=[{"fault": "stop_reading", "when": SOON, "seconds": 3}, {"fault": "half_open", "when": {"wall_seconds": 2}}])
    client = it.client()
    for seconds in (1, 1, 2):
        begin(it, seconds)
        assert not client.wire.reading


@pytest.mark.parametrize(("breach", "heard"), [("told", ["currentTime", "error 100", "currentTime"]), ("refused", ["currentTime", "error 100"])])
def test_a_stricter_pace_is_told_and_may_refuse_what_was_too_much(tmp_path: Path, breach: str, heard: list[str]) -> None:
    it = bench(tmp_path, fault="pacing", messages_per_second=2, breach=breach)
    client = it.client()
    begin(it)
    it.process.pass_seconds(1)
    client.say(ask)
    assert names(client.say(ask, ask)) == heard
    assert names(client.say(ask)) == (["currentTime"] if breach == "told" else [])


def test_a_breach_may_cut_at_once_and_the_message_is_not_carried_out(tmp_path: Path) -> None:
    it = bench(tmp_path, fault="pacing", messages_per_second=2)
    client, other = it.client(), it.client(8)
    begin(it)
    it.process.pass_seconds(1)
    assert names(client.say(ask, ask)) == ["currentTime"] * 2
    assert client.say(ask) == []
    assert client.wire.aborted and it.gateway.clients.keys() == {8}
    assert not other.wire.aborted
    assert [line["conn"] for line in it.lines() if line.get("step") == "befalls"] == [client.connection.number]


def test_of_two_paces_the_later_counts_and_the_other_lasts_to_its_own_end(tmp_path: Path) -> None:
    strict = [{"fault": "pacing", "when": SOON, "messages_per_second": most, "seconds": seconds} for most, seconds in ((3, 9), (2, 5))]
    it = Bench(tmp_path, scenario=strict)
    begin(it)
    limits = [it.gateway.trouble.pacing]
    for _ in range(2):
        begin(it, 5)
        limits.append(it.gateway.trouble.pacing)
    assert [pacing and pacing.messages_per_second for pacing in limits] == [2, 3, None]


def test_the_pace_is_what_it_was_after_it(tmp_path: Path) -> None:
    it = bench(tmp_path, fault="pacing", messages_per_second=1, seconds=5)
    client = it.client()
    begin(it)
    begin(it, 5)
    assert names(client.say(ask, ask, ask)) == ["currentTime"] * 3


@pytest.mark.parametrize("form", ["noise", "unknown", "short", "empty", "oversize"])
def test_garbage_comes_between_whole_messages_and_the_connection_stays(tmp_path: Path, form: str) -> None:
    it = bench(tmp_path, fault="garbage", form=form)
    client = it.client()
    client.heard()
    begin(it)
    assert client.wire.data == garbage(Garbage(form=form))
    client.wire.data = b""
    assert names(client.say(ask)) == ["currentTime"]


def test_a_truncated_frame_is_the_last_that_is_heard(tmp_path: Path) -> None:
    it = bench(tmp_path, fault="garbage", form="truncated")
    client = it.client()
    client.heard()
    begin(it)
    assert client.wire.aborted
    assert client.heard() == []
    assert it.gateway.clients == {}


def test_each_form_of_garbage_is_wrong_in_its_own_way() -> None:
    (noise,), (unknown,), (short,), (empty,) = map(forms, ("noise", "unknown", "short", "empty"))
    assert len(noise) == 64
    assert decode(unknown)[0] == "999"
    assert decode(short) == ("3", "1")
    assert empty == b""
    assert forms("truncated") == []
    with pytest.raises(ProtocolError, match="2147483647"):
        forms("oversize")


def test_the_same_seed_is_the_same_noise() -> None:
    assert garbage(Garbage(seed=5)) == garbage(Garbage(seed=5)) != garbage(Garbage(seed=6))


def test_of_two_restarts_at_once_the_later_end_opens_the_port_and_it_is_told_once(tmp_path: Path) -> None:
    it = Bench(tmp_path, scenario=[{"fault": "restart", "when": SOON, "seconds": seconds} for seconds in (5, 9)])
    doors: list[bool] = []
    it.gateway.trouble.listening = doors.append
    begin(it)
    begin(it, 5)
    assert doors == [False]
    begin(it, 4)
    assert doors == [False, True]


def test_another_programs_order_can_be_seen_by_who_asks_for_all(tmp_path: Path) -> None:
    fault = {"fault": "foreign_order", "when": SOON, "symbol": "SPY", "side": "BUY", "quantity": 30, "order_ref": "theirs"}
    it = Bench(tmp_path, quote("09:30:30", "168.10", "168.12"), scenario=[fault])
    client = it.client()
    client.heard()
    begin(it)
    assert client.heard() == []
    assert names(client.say(lambda c: c.reqOpenOrders())) == ["openOrderEnd"]
    order, status, _ = client.say(lambda c: c.reqAllOpenOrders())
    assert "theirs" in order
    assert (status[2], status[9]) == ("Submitted", "99")
