"""The strategies of a world."""

from robo_trader.simulation.agenda import Life
from robo_trader.simulation.kit import HOST
from robo_trader.simulation.part_host import PartHost
from tests.support.world_bench import always, calm, run_until, world


def told(plan, seconds: float = 100):
    made, signals = world(plan), []
    made.kit.signalled = signals.append
    made.kit.lives["desk"] = Life("desk", 1, 1)
    made._market_steps()
    PartHost(made.kit, Life(HOST, 1, 2)).begin()
    run_until(made.agenda, seconds + 0.1)
    return made, signals


def test_every_bar_gets_an_answer_that_is_valid_until_the_next_bar_and_a_little():
    made, signals = told(calm())
    ends = [signal.bar_end for signal in signals]
    assert ends == sorted(set(ends)) and len(ends) == 10
    assert all(signal.valid_until - signal.bar_end == made.kit.plan.bar_ns + 5_000_000_000 for signal in signals)


def test_the_real_averages_speak_from_the_bar_on_which_both_exist():
    _, signals = told(calm(averages=True))
    assert 0 < len(signals) <= 10 - 3 and {signal.stance for signal in signals} <= {-1, 1}


def test_a_strategy_that_errs_contradicts_itself_and_speaks_of_old_bars():
    _, signals = told(always("F36"), 100)
    ends = [signal.bar_end for signal in signals]
    assert len(ends) > len(set(ends)) and ends != sorted(ends)


def test_nothing_is_said_any_more_when_the_troubles_are_over():
    made, signals = told(calm(), 20)
    made.kit.faults.over = True
    before = len(signals)
    run_until(made.agenda, 50)
    assert len(signals) == before
