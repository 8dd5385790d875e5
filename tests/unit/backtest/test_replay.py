"""The replay: a case calculated by hand to the cent, the latch, no look into the future, and nothing for nothing."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest

from robo_trader.backtest.costs import MICRO, Costs
from robo_trader.backtest.replay import Fill, Mark, Outcome, Rules, Why, replay
from robo_trader.strategies.catalogue import create
from robo_trader.strategies.strategy import NO_OPINION
from tests.support.bars import Row, rows, stretch

RULES = Rules(quantity=100, stop_parts=20_000, costs=Costs(100))


class Scripted:
    """Says the stances of a list, bar by bar."""

    name = "scripted"
    parameters: Mapping[str, int] = {}
    warmup_bars = 0

    def __init__(self, stances: Sequence[int]) -> None:
        self._stances = iter(stances)

    def on_bar(self, open: int, high: int, low: int, close: int, volume: int) -> int:  # noqa: A002, ARG002
        return next(self._stances)


HAND_MADE: list[tuple[Row, int]] = [
    ((10_000, 10_010, 9_990, 10_000), 1),
    ((10_000, 10_100, 9_950, 10_050), 1),  # buys at 100.01, stop at 98.01
    ((10_060, 10_200, 10_050, 10_150), -1),
    ((10_140, 10_150, 10_000, 10_020), -1),  # sells at 101.38, sells short at 101.38, stop at 103.40
    ((10_030, 10_400, 10_020, 10_350), -1),  # stopped out at 103.42: short is latched
    ((10_300, 10_310, 10_200, 10_250), 1),  # nothing; the other side lifts the latch
    ((10_260, 10_270, 10_250, 10_260), 1),  # buys at 102.62, stop at 100.57
    ((10_000, 10_020, 9_980, 10_010), 0),  # opens below the stop: sold at 99.99
    ((10_020, 10_050, 10_010, 10_040), 1),
    ((10_050, 10_060, 10_040, 10_055), 1),  # buys at 100.52; the end: sold at 100.53
]


def hand_made() -> Outcome:
    return replay(Scripted([stance for _, stance in HAND_MADE]), stretch([bar for bar, _ in HAND_MADE], bars_per_day=5), RULES)


def test_ten_bars_by_hand_to_the_cent() -> None:
    outcome = hand_made()
    assert [(fill.bar, fill.why, fill.shares, fill.price) for fill in outcome.fills] == [
        (1, Why.ENTER, 100, 10_001),
        (3, Why.EXIT, -100, 10_138),
        (3, Why.ENTER, -100, 10_138),
        (4, Why.STOP, 100, 10_342),
        (6, Why.ENTER, 100, 10_262),
        (7, Why.STOP, -100, 9_999),
        (9, Why.ENTER, 100, 10_052),
        (9, Why.END, -100, 10_053),
    ]
    # 137 - 204 - 263 + 1 dollars, and eight orders at a dollar; fourteen ticks of slippage on a hundred shares.
    assert Decimal(outcome.net) / MICRO == Decimal("-337.00")
    assert Decimal(outcome.commission) / MICRO == Decimal("8.00")
    assert Decimal(outcome.slippage) / MICRO == Decimal("14.00")
    assert outcome.marks == (Mark(0, -71 * MICRO), Mark(1, -337 * MICRO))


def test_an_open_position_is_marked_at_the_day_s_last_close() -> None:
    bars = [(10_000, 10_010, 9_990, 10_000), (10_000, 10_100, 9_950, 10_050), (10_060, 10_200, 10_050, 10_150)]
    outcome = replay(Scripted([1, 1, 1]), stretch(bars, bars_per_day=2), RULES)
    assert outcome.marks[0] == Mark(0, (100 * 49 - 100) * MICRO // 100)  # 0.49 a share, and the order's dollar


def test_a_latched_side_is_not_entered_again_until_the_strategy_wanted_nothing() -> None:
    fall = (9_700, 9_710, 9_690, 9_700)
    flat = (10_000, 10_010, 9_990, 10_000)
    bars = [flat, flat, fall, flat, flat, flat, flat, flat]
    kept = replay(Scripted([1, 1, 1, 1, 1, 1, 1, 1]), stretch(bars), RULES)
    assert [fill.why for fill in kept.fills] == [Why.ENTER, Why.STOP]
    lifted = replay(Scripted([1, 1, 1, 1, 0, 1, 1, 1]), stretch(bars), RULES)
    assert [(fill.bar, fill.why) for fill in lifted.fills] == [(1, Why.ENTER), (2, Why.STOP), (6, Why.ENTER), (7, Why.END)]


def test_the_bar_that_stopped_may_lift_the_latch_because_it_ends_after_the_fill() -> None:
    flat = (10_000, 10_010, 9_990, 10_000)
    outcome = replay(Scripted([1, 1, -1, -1, -1]), stretch([flat, flat, (9_700, 9_710, 9_690, 9_700), flat, flat]), RULES)
    assert [(fill.bar, fill.why, fill.shares) for fill in outcome.fills[:3]] == [(1, Why.ENTER, 100), (2, Why.STOP, -100), (3, Why.ENTER, -100)]


def test_a_stop_may_be_touched_in_the_bar_of_its_own_entry() -> None:
    bars = [(10_000, 10_010, 9_990, 10_000), (10_000, 10_010, 9_000, 9_500), (9_500, 9_510, 9_490, 9_500)]
    outcome = replay(Scripted([1, 1, 1]), stretch(bars), RULES)
    assert [(fill.bar, fill.why, fill.price) for fill in outcome.fills] == [(1, Why.ENTER, 10_001), (1, Why.STOP, 9_800)]


def test_an_exit_that_waits_wins_over_a_stop_that_the_open_has_passed() -> None:
    flat = (10_000, 10_010, 9_990, 10_000)
    outcome = replay(Scripted([1, 0, 1, 1]), stretch([flat, flat, (9_000, 9_010, 8_990, 9_000), flat]), RULES)
    assert [(fill.bar, fill.why) for fill in outcome.fills[:3]] == [(1, Why.ENTER), (2, Why.EXIT), (3, Why.ENTER)]


def test_no_opinion_changes_nothing_and_warm_up_bars_trade_nothing() -> None:
    bars = [(10_000, 10_010, 9_990, 10_000)] * 6
    assert replay(Scripted([NO_OPINION] * 6), stretch(bars), RULES).fills == ()
    warmed = replay(Scripted([1, 1, 1, NO_OPINION, NO_OPINION, 1]), stretch(bars, first=3), RULES)
    assert warmed.fills == (), "a stance on the last bar has no bar to fill in"
    held = replay(Scripted([1, 1, 1, 1, NO_OPINION, 0]), stretch(bars, first=3), RULES)
    assert [(fill.bar, fill.why) for fill in held.fills] == [(4, Why.ENTER), (5, Why.END)]


def test_entries_of_a_day_are_bounded_and_asked_for_again_the_next_day() -> None:
    bars = [(10_000, 10_010, 9_990, 10_000)] * 14
    stances = [1, -1, 1, -1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
    outcome = replay(Scripted(stances), stretch(bars), Rules(100, 20_000, Costs(100), entries_per_day_max=2))
    assert [fill.bar for fill in outcome.fills if fill.why is Why.ENTER] == [1, 2, 7]


@pytest.mark.parametrize("length", range(30, 120, 7))
def test_what_comes_later_changes_nothing_that_was_done(length: int) -> None:
    walk = rows(120, seed=length)
    parameters = {"fast": 2, "slow": 5}

    def fills(bars: Sequence[Row]) -> list[Fill]:
        outcome = replay(create("moving_average_cross", parameters), stretch(bars, first=5), Rules(100, 3_000, Costs(100)))
        return [fill for fill in outcome.fills if fill.why is not Why.END and fill.bar < length]

    assert fills(walk[:length]) == fills(walk)


def test_a_random_strategy_loses_its_costs() -> None:
    gross, net = [], []
    for seed in range(60):
        chance = random.Random(f"stances {seed}")
        stances = [chance.choice((-1, 0, 1)) for _ in range(400)]
        outcome = replay(Scripted(stances), stretch(rows(400, seed)), Rules(100, 5_000, Costs(100)))
        gross.append((outcome.net + outcome.commission + outcome.slippage) / MICRO)
        net.append(outcome.net / MICRO)
    mean, costs = math.fsum(gross) / 60, math.fsum(g - n for g, n in zip(gross, net, strict=True)) / 60
    error = math.sqrt(math.fsum((value - mean) ** 2 for value in gross) / 59 / 60)
    assert costs > 6 * error, "the costs stand out from chance"
    assert abs(mean) < 3 * error, "before costs it earns nothing"
    assert abs(math.fsum(net) / 60 + costs) < 3 * error


@pytest.mark.parametrize(("quantity", "stop_parts"), [(0, 1), (1, -1), (1, MICRO)])
def test_rules_that_mean_nothing_are_a_bug(quantity: int, stop_parts: int) -> None:
    with pytest.raises(AssertionError):
        Rules(quantity, stop_parts, Costs(100))
