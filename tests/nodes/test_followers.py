"""Those who read slowly get fewer quotes and nothing else less; those who read minutes get each of theirs."""

from __future__ import annotations

from actors import followers
from actors.messages import (
    STOPS,
    BarsWanted,
    Command,
    Line,
    Mark,
    NumberedBar,
)
from robo_trader.desk.news import Disconnected, QuoteSeen
from robo_trader.edge.clock import process_ns
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from tests.nodes.bench import HOST, IBM, SPY, GatewayBench, Wire, entry, quote

HALT = Halt("h1", HaltLevel.REDUCE_ONLY, HaltScope.ALL, "", "test", None, "a person")


def command(seq: int, what: object | None = None) -> Command:
    return Command(seq, process_ns(), 1, what or entry())  # type: ignore[arg-type]


# Minutes.


def test_a_host_is_sent_the_minutes_after_those_it_has_and_those_to_come(gateway: GatewayBench):
    for _ in range(3):
        gateway.close_minute()
    host = gateway.join(HOST)
    gateway.node.received(host, BarsWanted(((SPY, 1),)))
    gateway.close_minute()
    gateway.close_minute(IBM)
    assert [(bar.number, bar.bar.symbol) for bar in host.of(NumberedBar)] == [(2, SPY), (3, SPY), (4, SPY)]


def test_a_host_that_returns_reads_its_minutes_from_the_first(gateway: GatewayBench):
    for _ in range(3):
        gateway.close_minute()
    first = gateway.join(HOST)
    gateway.node.received(first, BarsWanted(((SPY, 0),)))
    first.close("died")
    second = gateway.join(HOST, epoch=2)
    gateway.node.received(second, BarsWanted(((SPY, 0),)))
    assert [bar.number for bar in second.of(NumberedBar)] == [1, 2, 3]
    assert gateway.node.followers == [HOST]


def test_a_host_that_asks_again_for_one_symbol_still_reads_the_other(gateway: GatewayBench):
    host = gateway.join(HOST)
    gateway.node.received(host, BarsWanted(((SPY, 0), (IBM, 0))))
    gateway.node.received(host, BarsWanted(((SPY, 0),)))
    gateway.close_minute(IBM)
    assert [bar.bar.symbol for bar in host.of(NumberedBar)] == [IBM]


def test_a_host_that_returns_with_fewer_symbols_is_sent_those_alone(gateway: GatewayBench):
    gateway.node.received(gateway.join(HOST), BarsWanted(((SPY, 0), (IBM, 0))))
    again = gateway.join(HOST, epoch=2)
    gateway.node.received(again, BarsWanted(((SPY, 0),)))
    gateway.close_minute(IBM)
    assert again.sent == []


def test_a_symbol_that_nobody_trades_is_not_sent(gateway: GatewayBench):
    host = gateway.join(HOST)
    gateway.node.received(host, BarsWanted((("QQQ", 0),)))  # type: ignore[arg-type]
    assert host.sent == []


def test_a_host_whose_channel_is_full_loses_it_with_the_minutes_it_asked_for(gateway: GatewayBench):
    gateway.close_minute()
    host = gateway.join(HOST)
    host.full = True
    gateway.node.received(host, BarsWanted(((SPY, 0),)))
    assert host.closed_for == f"{HOST} does not keep up"


def test_the_mark_of_a_minute_stands_in_the_log_before_its_bar_can_be_answered(gateway: GatewayBench):
    desk = gateway.follow()
    gateway.hear(quote())
    gateway.close_minute()
    assert [(mark.seq, mark.symbol, mark.number) for mark in desk.of(Mark)] == [(2, SPY, 1)]


# A slow follower.


def slow(gateway: GatewayBench) -> Wire:
    desk = gateway.follow()
    desk.take()
    desk.pending_bytes = followers.QUOTES_HELD_ABOVE_BYTES + 1
    return desk


def bids(wire: Wire) -> list[tuple[int, str, int]]:
    return [(line.seq, line.news.quote.symbol, line.news.quote.bid) for line in wire.of(Line) if isinstance(line.news, QuoteSeen)]


def test_a_slow_follower_gets_the_newest_quote_of_each_symbol_before_the_next_line(gateway: GatewayBench):
    desk = slow(gateway)
    gateway.hear(quote(SPY, 1), quote(IBM, 2), quote(SPY, 3))
    assert desk.sent == []
    gateway.hear(Disconnected("test"))
    assert bids(desk) == [(2, IBM, 2), (3, SPY, 3)], "in the order of the log"
    assert [line.seq for line in desk.of(Line)] == [2, 3, 4]


def test_quotes_stand_before_a_mark_too(gateway: GatewayBench):
    desk = slow(gateway)
    gateway.hear(quote(SPY, 1), quote(SPY, 2))
    gateway.close_minute()
    assert [line.seq for line in desk.sent] == [2, 3]


def test_a_follower_that_has_caught_up_gets_every_quote_again_the_held_ones_first(gateway: GatewayBench):
    desk = slow(gateway)
    gateway.hear(quote(SPY, 1), quote(IBM, 2))
    desk.pending_bytes = 0
    gateway.hear(quote(SPY, 3), quote(SPY, 4))
    assert bids(desk) == [(2, IBM, 2), (3, SPY, 3), (4, SPY, 4)]


def test_what_is_held_leaves_when_the_follower_says_that_it_has_read_the_rest(gateway: GatewayBench):
    """In lockstep nothing else may come before the desk has read the last line."""
    desk = slow(gateway)
    gateway.hear(quote(SPY, 1))
    gateway.node.batch_done(desk)
    assert desk.sent == [], "still slow"
    desk.pending_bytes = 0
    gateway.node.batch_done(desk)
    assert bids(desk) == [(1, SPY, 1)]


def test_a_slow_follower_takes_no_quote_from_a_quick_one(gateway: GatewayBench):
    desk, stops = slow(gateway), gateway.follow(STOPS)
    gateway.hear(quote(SPY, 1), quote(SPY, 2))
    assert bids(stops) == [(1, SPY, 1), (2, SPY, 2)]
    assert bids(desk) == []


def test_a_follower_that_returns_after_held_quotes_were_lost_is_sent_them(gateway: GatewayBench):
    desk = slow(gateway)
    gateway.hear(quote(SPY, 1), quote(SPY, 2))
    desk.close("broke")
    again = gateway.follow(gateway_epoch=gateway.node.epoch, after_seq=0)
    assert bids(again) == [(1, SPY, 1), (2, SPY, 2)]
