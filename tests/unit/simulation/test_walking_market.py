"""The market of the worlds."""

from robo_trader.simulated_gateway.model import QuoteChange, TradePrint
from robo_trader.simulation.walking_market import WalkingMarket, dollars
from robo_trader.simulation.world import DAY
from robo_trader.values import NS_PER_SECOND, Instant
from tests.support.world_bench import SPY, START


def market(seed: int = 1) -> WalkingMarket:
    return WalkingMarket((SPY,), seed, DAY, start=START, step_ns=NS_PER_SECOND, stride=10)


def test_one_seed_is_one_market_however_the_clock_is_advanced():
    whole, pieces = market(), market()
    told = whole.events_until(Instant(START + 20 * NS_PER_SECOND))
    cut = [event for second in range(21) for event in pieces.events_until(Instant(START + second * NS_PER_SECOND))]
    assert told == cut and told != market(2).events_until(Instant(START + 20 * NS_PER_SECOND))


def test_a_quote_follows_its_print_and_is_never_crossed():
    events = market().events_until(Instant(START + 60 * NS_PER_SECOND))
    for printed, quoted in zip(events[::2], events[1::2], strict=True):
        assert isinstance(printed, TradePrint) and isinstance(quoted, QuoteChange)
        assert quoted.bid is not None and quoted.ask is not None and quoted.bid < printed.price < quoted.ask


def test_what_is_pushed_happens_at_the_next_advance_and_silence_is_silent():
    quiet = market()
    quiet.silent.add(SPY)
    assert quiet.events_until(Instant(START + NS_PER_SECOND)) == []
    pushed = TradePrint(SPY, dollars(9_900), 5, Instant(START + NS_PER_SECOND))
    quiet.push(pushed)
    assert quiet.events_until(Instant(START + NS_PER_SECOND)) == [pushed] and quiet.last_trade(SPY) == pushed
