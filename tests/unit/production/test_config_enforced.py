"""No limit is read by nobody: it reaches the run, or the run does not begin."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest

from robo_trader.errors import ConfigurationError
from robo_trader.production.config_enforced import ENFORCED, run_options, unenforced
from robo_trader.production.config_sections import FeatureFlags, IBKRConfig, ProductionConfig, TradingLimits


def test_what_is_kept_to_reaches_the_run() -> None:
    config = ProductionConfig(trading_limits=TradingLimits(max_position_size=2500.5, max_daily_trades=7), ibkr=IBKRConfig(port=4002, account="DU1"))
    assert run_options(config, ("SPY",)) == {
        "max_notional": Decimal("2500.5"),
        "entries_per_day": 7,
        "host": "127.0.0.1",
        "port": 4002,
        "client_id": 1,
        "account": "DU1",
    }


@pytest.mark.parametrize(
    ("limits", "list_name"),
    [(TradingLimits(blocked_symbols=["SPY"]), "blocked_symbols"), (TradingLimits(allowed_symbols=["IBM"]), "allowed_symbols")],
)
def test_a_symbol_that_may_not_be_traded_is_refused(limits: TradingLimits, list_name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"SPY .* trading_limits.{list_name}"):
        run_options(ProductionConfig(trading_limits=limits), ("SPY",))


def test_a_limit_that_nothing_keeps_to_is_named_and_refused() -> None:
    config = ProductionConfig(trading_limits=TradingLimits(max_leverage=2.0), feature_flags=FeatureFlags(enable_options_trading=True))
    assert unenforced(config) == ["trading_limits.max_leverage", "feature_flags.enable_options_trading"]
    with pytest.raises(ConfigurationError, match="max_leverage"):
        run_options(config, ("SPY",))


def test_the_lists_name_fields_that_exist() -> None:
    default = ProductionConfig()
    for section, kept in ENFORCED.items():
        assert kept <= {field.name for field in dataclasses.fields(getattr(default, section))}
    assert unenforced(default) == []
