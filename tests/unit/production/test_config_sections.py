"""Sections: the predecessor's defaults, nothing wrong accepted, no secret shown."""

from __future__ import annotations

import dataclasses
import json

import pytest
from pydantic import ValidationError

from robo_trader.production.config_sections import (
    REDACTED,
    SECRETS,
    AlertingConfig,
    DatabaseConfig,
    Environment,
    FeatureFlags,
    IBKRConfig,
    ProductionConfig,
    SecretProvider,
    TradingLimits,
    described,
    redacted,
)

HUSH = "hush-hush"


def test_the_defaults_are_the_predecessors() -> None:
    config = ProductionConfig()
    assert (config.environment, config.log_level, config.cache_ttl_seconds, config.request_rate_limit) == (Environment.DEVELOPMENT, "INFO", 300, 100)
    assert (config.trading_limits.max_position_size, config.trading_limits.max_daily_loss, config.trading_limits.max_daily_trades) == (
        10_000,
        1_000,
        100,
    )
    assert config.alerting.alert_channels == ["log"]
    assert config.feature_flags == FeatureFlags(enable_paper_trading=True, log_all_orders=True)
    assert (config.ibkr.port, config.ibkr.client_id, config.database.db_type) == (7497, 1, "sqlite")


def test_the_words_are_the_predecessors() -> None:
    assert list(Environment) == ["development", "staging", "production", "testing"]
    assert list(SecretProvider) == ["env_file", "aws_secrets", "vault", "encrypted_file"]


@pytest.mark.parametrize(
    ("section", "wrong"),
    [
        (TradingLimits, {"max_daily_loss": float("nan")}),
        (TradingLimits, {"max_daily_loss": 0}),
        (TradingLimits, {"max_daily_los": 100}),
        (TradingLimits, {"trading_hours_start": "9:30"}),
        (TradingLimits, {"trading_hours_start": "16:00"}),
        (TradingLimits, {"allowed_symbols": ["spy"]}),
        (TradingLimits, {"allowed_symbols": ["SPY"], "blocked_symbols": ["SPY"]}),
        (AlertingConfig, {"alert_channels": ["pager"]}),
        (AlertingConfig, {"drawdown_alert_threshold": 5}),
        (IBKRConfig, {"port": 0}),
        (IBKRConfig, {"client_id": 0}),
        (DatabaseConfig, {"db_type": "oracle"}),
        (ProductionConfig, {"log_level": "LOUD"}),
        (ProductionConfig, {"environment": "prod"}),
    ],
)
def test_what_cannot_be_right_is_refused(section: type, wrong: dict) -> None:
    with pytest.raises(ValidationError):
        section(**wrong)


def test_a_value_cannot_be_changed_behind_its_checks() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        FeatureFlags().enable_live_trading = True  # type: ignore[misc]


def secretive() -> ProductionConfig:
    return ProductionConfig(
        api_key=HUSH,
        secret_key=HUSH,
        encryption_key=HUSH,
        alerting=AlertingConfig(slack_webhook_url=HUSH, smtp_password=HUSH),
        database=DatabaseConfig(pg_password=HUSH),
    )


def test_no_secret_is_shown_at_any_depth_unless_it_is_asked_for() -> None:
    config = secretive()
    assert HUSH not in repr(config) + json.dumps(config.to_dict())
    assert json.dumps(config.to_dict()).count(REDACTED) == len(SECRETS)
    assert json.dumps(config.to_dict(include_secrets=True)).count(HUSH) == len(SECRETS)
    assert redacted({"a": {"b": {"pg_password": HUSH, "c": None, "api_key": None}}}) == {
        "a": {"b": {"pg_password": REDACTED, "c": None, "api_key": None}}
    }


def test_a_symbol_is_allowed_unless_blocked_or_left_off_the_list() -> None:
    assert TradingLimits().allows("SPY")
    assert not TradingLimits(blocked_symbols=["SPY"]).allows("SPY")
    assert not TradingLimits(allowed_symbols=["IBM"]).allows("SPY")


def test_a_field_says_what_it_takes() -> None:
    assert described(("ibkr", "port")) == "a port from 1 to 65535"
    assert described(("ibkr", "nothing")) is None
    assert described(()) is None
