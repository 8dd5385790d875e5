"""The gateway's log and those who attach to it: what each is told, from where on, and what they may say."""

from __future__ import annotations

import pytest

from actors.messages import (
    DESK,
    STOPS,
    Attached,
    Command,
    ConnectionDoubted,
    DeskState,
    Follow,
    Line,
    Mark,
    Settled,
    SweepWanted,
)
from robo_trader.desk.news import Connected, Disconnected, HaltSeen, ResumeSeen
from robo_trader.edge.clock import process_ns
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from tests.nodes.bench import HOST, IBM, SPY, GatewayBench, Wire, entry, quote

HALT = Halt("h1", HaltLevel.REDUCE_ONLY, HaltScope.ALL, "", "test", None, "a person")


def command(seq: int, what: object | None = None) -> Command:
    return Command(seq, process_ns(), 1, what or entry())  # type: ignore[arg-type]


# Following.


def test_a_follower_that_knows_nothing_begins_where_the_log_ends(gateway: GatewayBench):
    gateway.hear(quote(), quote())
    gateway.close_minute()
    wire = gateway.follow()
    assert wire.sent[0] == Attached(3, fresh=True, marks=((SPY, 1), (IBM, 0)))
    assert wire.of(Line) == []
    gateway.hear(quote())
    assert [line.seq for line in wire.of(Line)] == [4]


def test_a_follower_that_comes_back_is_sent_what_it_missed_lines_and_marks_in_order(gateway: GatewayBench):
    gateway.hear(quote(), quote(bid=1), quote(bid=2))
    gateway.close_minute()
    wire = gateway.follow(gateway_epoch=gateway.node.epoch, after_seq=2)
    assert wire.sent[0] == Attached(2, fresh=False, marks=())
    assert [(type(message), message.seq) for message in wire.sent[1:]] == [(Line, 3), (Mark, 4)]


def test_a_follower_of_another_epoch_begins_anew_however_far_it_was(gateway: GatewayBench):
    gateway.hear(quote(), quote())
    wire = gateway.follow(gateway_epoch=gateway.node.epoch + 1, after_seq=1)
    assert wire.sent == [Attached(2, fresh=True, marks=((SPY, 0), (IBM, 0)))]


def test_a_follower_that_claims_a_future_line_begins_anew(gateway: GatewayBench):
    gateway.hear(quote())
    assert gateway.follow(gateway_epoch=gateway.node.epoch, after_seq=5).sent[0].fresh


def test_a_follower_that_is_further_behind_than_the_log_is_kept_begins_anew(gateway: GatewayBench):
    gateway.hear(quote(), quote(), quote())
    gateway.node.log._kept.popleft()
    assert gateway.follow(gateway_epoch=gateway.node.epoch, after_seq=0).sent[0].fresh
    assert not gateway.follow(gateway_epoch=gateway.node.epoch, after_seq=1).sent[0].fresh


def test_what_a_full_channel_does_not_take_of_the_missed_lines_ends_it(gateway: GatewayBench):
    """A hole in the log would never be noticed: the follower reads on from where it is when it comes back."""
    gateway.hear(quote(), quote())
    wire = gateway.join(DESK)

    class Small(Wire):
        def send(self, message: object, *, reserve: bool = False) -> bool:
            self.full = len(self.sent) == 2
            return Wire.send(self, message, reserve=reserve)

    wire.__class__ = Small
    gateway.node.received(wire, Follow(gateway.node.epoch, 0))
    assert [getattr(m, "seq", 0) for m in wire.sent] == [0, 1]
    assert wire.closed_for is not None
    assert gateway.node.followers == []


def test_a_follower_that_does_not_keep_up_loses_its_channel(gateway: GatewayBench):
    wire = gateway.follow()
    wire.full = True
    gateway.hear(Disconnected("test"))
    assert wire.closed_for == f"{DESK} does not keep up"


@pytest.mark.parametrize("message", [Follow(0, 0), Settled("x"), command(1), SweepWanted(""), ConnectionDoubted("")])
def test_a_host_may_only_ask_for_minutes(gateway: GatewayBench, message: object):
    host = gateway.join(HOST)
    gateway.node.received(host, message)
    assert host.closed_for is not None
    assert gateway.node.followers == []


# What is told when somebody comes.


def connected(gateway: GatewayBench, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a session were up."""
    monkeypatch.setattr(type(gateway.node.link), "connected", property(lambda _: True))
    gateway.node.gateway.session, gateway.node.gateway._told = Connected("DU1", 5), True


def test_a_desk_that_attaches_is_told_of_the_session_again(gateway: GatewayBench, monkeypatch: pytest.MonkeyPatch):
    connected(gateway, monkeypatch)
    wire = gateway.follow()
    assert [line.news for line in wire.of(Line)] == [Connected("DU1", 5)]
    assert gateway.node.gateway.busy, "a sweep is wanted"


def test_a_stop_controller_that_attaches_does_not_make_the_desk_begin_anew(gateway: GatewayBench, monkeypatch: pytest.MonkeyPatch):
    connected(gateway, monkeypatch)
    desk = gateway.follow()
    desk.take()
    gateway.node.gateway._sweep_wanted.clear()
    gateway.follow(STOPS)
    assert desk.take() == []
    assert gateway.node.gateway.busy, "it needs a sweep all the same"


def test_a_stop_controller_that_attaches_hears_what_the_desk_holds(gateway: GatewayBench):
    desk = gateway.follow()
    gateway.say(desk, positions=((SPY, 100), (IBM, 0)))
    stops = gateway.follow(STOPS)
    assert [state.positions for state in stops.of(DeskState)] == [((SPY, 100), (IBM, 0))]


def test_a_stop_controller_hears_of_the_desk_only_when_its_positions_change(gateway: GatewayBench):
    stops, desk = gateway.follow(STOPS), gateway.follow()
    gateway.say(desk, busy=True)
    gateway.say(desk)
    gateway.say(desk, positions=((SPY, 100), (IBM, 0)))
    assert [dict(state.positions)[SPY] for state in stops.of(DeskState)] == [0, 100]


def test_nobody_hears_of_positions_that_the_desk_does_not_vouch_for(gateway: GatewayBench):
    stops, desk = gateway.follow(STOPS), gateway.follow()
    gateway.say(desk, positions=())
    assert stops.of(DeskState) == []


def test_halts_that_stand_and_halts_that_ended_meanwhile_are_told_to_a_desk_that_attaches(gateway: GatewayBench):
    gateway.fence.raise_halt(HALT)
    desk = gateway.join(DESK)
    gateway.node.received(desk, Follow(0, 0, halts_known=("lifted-meanwhile",)))
    assert [line.news for line in desk.of(Line)] == [HaltSeen(HALT), ResumeSeen("lifted-meanwhile")]
