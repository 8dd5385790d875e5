"""Which sources a result is tied to."""

from __future__ import annotations

from robo_trader.walkforward.code_version import code_version, sources


def test_everything_that_computes_a_window_counts_and_no_page_or_command_does() -> None:
    names = set(sources())
    assert {"robo_trader.backtest.replay", "robo_trader.risk.sizing", "robo_trader.strategies.moving_average_cross"} <= names
    assert {"robo_trader.walkforward.search", "robo_trader.backtest.costs", "robo_trader.market.bar_series"} <= names
    assert not any(name.startswith(("robo_trader.cli", "robo_trader.edge", "robo_trader.desk")) for name in names)


def test_the_version_is_short_and_stands_still() -> None:
    assert len(code_version()) == 12
    assert code_version() == code_version()
