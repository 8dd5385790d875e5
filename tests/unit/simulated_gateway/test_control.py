"""Membership in lockstep, line by line, without a socket."""

from __future__ import annotations

import contextlib
import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.errors import ConfigurationError, ProtocolError
from robo_trader.simulated_gateway.clock import ProcessReport
from robo_trader.simulated_gateway.control import LINE_BYTES_MAX, ControlLine, ControlPort, Members
from robo_trader.values import Instant


class Witness:
    """Remembers what it is told, in order."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def registered(self, client_id: int) -> Instant:
        self.told.append(f"register {client_id}")
        return Instant(42)

    def reported(self) -> None:
        self.told.append("report")

    def unregistered(self, client_id: int, *, crash: bool) -> None:
        self.told.append(f"{'crash' if crash else 'unregister'} {client_id}")


def said(**line: object) -> bytes:
    return json.dumps(line).encode() + b"\n"


def report(client_id: int, **changes: object) -> bytes:
    return said(**({"op": "report", "client_id": client_id, "received": 5, "sent": 6, "idle": True, "deadline_ns": None} | changes))


REGISTER = said(op="register", client_id=7)
UNREGISTER = said(op="unregister", client_id=7)


def conversation() -> tuple[Witness, Members, ControlLine]:
    witness = Witness()
    members = Members(witness)
    return witness, members, ControlLine(members)


def test_registering_is_answered_with_the_clock() -> None:
    _, members, line = conversation()
    assert json.loads(line.feed(REGISTER)) == {"ok": True, "clock_ns": 42}
    assert members.reports == {7: None}


def test_the_last_report_stands() -> None:
    _, members, line = conversation()
    line.feed(REGISTER + report(7) + report(7, received=9, deadline_ns=11, idle=False))
    assert members.reports == {7: ProcessReport(7, 9, 6, idle=False, deadline_ns=Instant(11))}


def test_leaving_with_a_word_is_no_crash() -> None:
    witness, members, line = conversation()
    line.feed(REGISTER + UNREGISTER)
    line.lost()
    assert witness.told == ["register 7", "unregister 7"]
    assert not members.reports


def test_a_line_that_ends_without_a_word_is_a_crash() -> None:
    witness, members, line = conversation()
    line.feed(REGISTER)
    line.lost()
    assert witness.told == ["register 7", "crash 7"]
    assert not members.reports


def test_a_process_that_registers_anew_proves_its_elders_crash() -> None:
    witness, members, line = conversation()
    line.feed(REGISTER)
    ControlLine(members).feed(REGISTER)
    line.lost()
    assert witness.told == ["register 7", "crash 7", "register 7"]
    assert members.reports == {7: None}


@given(cuts=st.lists(st.integers(0, 400), max_size=6))
def test_how_the_bytes_are_cut_makes_no_difference(cuts: list[int]) -> None:
    whole = REGISTER + report(7) + report(7, idle=False) + UNREGISTER
    witness, _, line = conversation()
    places = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    answers = b"".join(line.feed(whole[a:b]) for a, b in itertools.pairwise(places))
    assert witness.told == ["register 7", "report", "report", "unregister 7"]
    assert len(answers.splitlines()) == 2


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"[1]\n",
        b"\xff\xfe\n",
        b"[" * 100_000 + b"\n",
        said(op="register"),
        said(op="register", client_id=True),
        said(op="register", client_id=-1),
        said(op="halt", client_id=7),
        said(op="unregister", client_id=8),
        report(8),
        report(7, idle=1),
        report(7, received="5"),
        report(7, deadline_ns=1.5),
        b"x" * (LINE_BYTES_MAX + 1),
    ],
)
def test_anything_else_raises_one_class_of_error(line: bytes) -> None:
    _, _, conversing = conversation()
    conversing.feed(REGISTER)
    with pytest.raises(ProtocolError):
        conversing.feed(line)


@given(noise=st.binary(max_size=200))
def test_noise_raises_nothing_but_a_protocol_error(noise: bytes) -> None:
    _, _, line = conversation()
    with contextlib.suppress(ProtocolError):
        line.feed(noise + b"\n")


def test_a_path_too_long_for_a_unix_socket_is_refused_before_anything_is_opened() -> None:
    _, members, _ = conversation()
    with pytest.raises(ConfigurationError, match="longer than"):
        ControlPort(Path("/tmp") / ("x" * 120), members)
