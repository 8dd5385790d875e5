"""The predecessor's configuration, section by section, as values that are right or do not exist.

Each section is a frozen dataclass that pydantic checks: an unknown name, a wrong type or a value out of its bounds is refused where the value is
made, and `config_manager` turns the refusal into one line with the field and the remedy. Amounts are dollars and kept as the API's floats; where
money is reckoned they are turned into exact decimals once (`values.money_of`). Secrets are left out of every repr, and out of `to_dict` at any
depth.
"""

from __future__ import annotations

import dataclasses
import re
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, field_validator, model_validator
from pydantic.dataclasses import dataclass

REDACTED: Final = "***REDACTED***"
SECRETS: Final = frozenset({"api_key", "secret_key", "encryption_key", "slack_webhook_url", "smtp_password", "pg_password"})

_SYMBOL: Final = re.compile(r"[A-Z][A-Z0-9.]{0,11}")
_CHECKED: Final = ConfigDict(extra="forbid", hide_input_in_errors=True)

Dollars = Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False, description="dollars above 0, at most 1000000000")]
Count = Annotated[int, Field(ge=1, le=1_000_000, description="a whole number from 1 to 1000000")]
Seconds = Annotated[int, Field(ge=1, le=86_400, description="whole seconds from 1 to 86400")]
Port = Annotated[int, Field(ge=1, le=65_535, description="a port from 1 to 65535")]
Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="a time of day such as 09:30")]
Channel = Literal["log", "slack", "email"]
_LOG_ONLY: Final[tuple[Channel, ...]] = ("log",)
Share = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False, description="a share above 0, at most 1 (0.05 is 5 percent)")]


def _secret() -> str | None:
    """A secret's default: not set, and never in a repr."""
    unset: str | None = Field(default=None, repr=False)
    return unset


class Environment(StrEnum):
    """Where the system runs."""

    DEVELOPMENT = "development"
    STAGING = "staging"
    PRODUCTION = "production"
    TESTING = "testing"


class SecretProvider(StrEnum):
    """Where secrets come from, below the environment's own variables."""

    ENV_FILE = "env_file"
    AWS_SECRETS = "aws_secrets"
    HASHICORP_VAULT = "vault"
    ENCRYPTED_FILE = "encrypted_file"


@dataclass(frozen=True, config=_CHECKED)
class TradingLimits:
    """Bounds on trading: sizes and losses in dollars, hours in New York time."""

    max_position_size: Dollars = 10000.0
    max_daily_loss: Dollars = 1000.0
    max_daily_trades: Count = 100
    max_open_positions: Count = 10
    max_leverage: Annotated[float, Field(gt=0, le=4, allow_inf_nan=False, description="a factor above 0, at most 4")] = 1.0
    allowed_symbols: list[str] = Field(default_factory=list)
    blocked_symbols: list[str] = Field(default_factory=list)
    trading_hours_start: Clock = "09:30"
    trading_hours_end: Clock = "16:00"
    enable_short_selling: bool = False
    require_stop_loss: bool = True
    max_slippage_percent: Annotated[float, Field(gt=0, le=50, allow_inf_nan=False, description="a percentage above 0, at most 50")] = 0.5

    @field_validator("allowed_symbols", "blocked_symbols")
    @classmethod
    def _are_symbols(cls, value: list[str]) -> list[str]:
        wrong = [symbol for symbol in value if not _SYMBOL.fullmatch(symbol)]
        if wrong:
            raise ValueError(f"{wrong[0]!r} is no symbol; symbols are upper case, such as SPY")
        return value

    @model_validator(mode="after")
    def _hold_together(self) -> TradingLimits:
        if self.trading_hours_start >= self.trading_hours_end:
            raise ValueError(f"trading_hours_start {self.trading_hours_start} is not before trading_hours_end {self.trading_hours_end}")
        if both := sorted(set(self.allowed_symbols) & set(self.blocked_symbols)):
            raise ValueError(f"{both[0]} is allowed and blocked")
        return self

    def allows(self, symbol: str) -> bool:
        """Whether this symbol may be traded: not blocked, and on the list of those allowed if there is one."""
        return symbol not in self.blocked_symbols and (not self.allowed_symbols or symbol in self.allowed_symbols)


@dataclass(frozen=True, config=_CHECKED)
class AlertingConfig:
    """Who hears of what: the loss in dollars, drawdown and errors as shares, latency in milliseconds."""

    enable_alerts: bool = True
    alert_channels: list[Channel] = Field(default_factory=lambda: [*_LOG_ONLY])
    slack_webhook_url: str | None = _secret()
    slack_channel: str = "#trading-alerts"
    slack_username: str = "RoboTrader"
    smtp_host: str | None = None
    smtp_port: Port = 587
    smtp_username: str | None = None
    smtp_password: str | None = _secret()
    alert_recipients: list[str] = Field(default_factory=list)
    pnl_alert_threshold: Dollars = 1000.0
    drawdown_alert_threshold: Share = 0.05
    error_rate_threshold: Share = 0.1
    latency_alert_ms: Annotated[int, Field(ge=1, le=600_000, description="milliseconds from 1 to 600000")] = 1000


@dataclass(frozen=True, config=_CHECKED)
class FeatureFlags:
    """What is switched on."""

    enable_paper_trading: bool = True
    enable_live_trading: bool = False
    enable_ml_predictions: bool = False
    enable_news_sentiment: bool = False
    enable_options_trading: bool = False
    enable_crypto_trading: bool = False
    enable_international_markets: bool = False
    use_advanced_risk_models: bool = False
    log_all_orders: bool = True
    dry_run_mode: bool = False
    maintenance_mode: bool = False


@dataclass(frozen=True, config=_CHECKED)
class IBKRConfig:
    """The broker's gateway; time-outs in seconds."""

    host: Annotated[str, Field(min_length=1, description="a host name or address")] = "127.0.0.1"
    port: Port = 7497
    client_id: Annotated[int, Field(ge=1, le=2_147_483_647, description="a whole number from 1 to 2147483647")] = 1
    account: str = ""
    enable_delayed_data: bool = False
    connection_timeout: Seconds = 30
    request_timeout: Seconds = 10
    max_retry_attempts: Annotated[int, Field(ge=0, le=1000, description="a whole number from 0 to 1000")] = 3


@dataclass(frozen=True, config=_CHECKED)
class DatabaseConfig:
    """Where the journal lives."""

    db_type: Literal["sqlite", "postgresql"] = "sqlite"
    db_path: str = "trading.db"
    connection_pool_size: Annotated[int, Field(ge=1, le=1000, description="a whole number from 1 to 1000")] = 10
    enable_ssl: bool = False
    pg_host: str | None = None
    pg_port: Port = 5432
    pg_database: str | None = None
    pg_username: str | None = None
    pg_password: str | None = _secret()


@dataclass(frozen=True, config=_CHECKED)
class ProductionConfig:
    """The whole configuration. Times in seconds, `request_rate_limit` in requests a minute."""

    environment: Environment = Environment.DEVELOPMENT
    debug_mode: bool = False
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    api_key: str | None = _secret()
    secret_key: str | None = _secret()
    encryption_key: str | None = _secret()
    enable_caching: bool = True
    cache_ttl_seconds: Seconds = 300
    request_rate_limit: Count = 100
    trading_limits: TradingLimits = Field(default_factory=TradingLimits)
    alerting: AlertingConfig = Field(default_factory=AlertingConfig)
    feature_flags: FeatureFlags = Field(default_factory=FeatureFlags)
    ibkr: IBKRConfig = Field(default_factory=IBKRConfig)
    database: DatabaseConfig = Field(default_factory=DatabaseConfig)

    def to_dict(self, *, include_secrets: bool = False) -> dict[str, Any]:
        """Ready for JSON; every secret that is set, at any depth, reads `REDACTED` unless it is asked for."""
        whole: dict[str, Any] = dataclasses.asdict(self) | {"environment": self.environment.value}
        return whole if include_secrets else redacted(whole)


def redacted(tree: dict[str, Any]) -> dict[str, Any]:
    """The same tree with each secret that is set replaced, at any depth."""
    found: dict[str, Any] = {}
    for name, value in tree.items():
        if isinstance(value, dict):
            found[name] = redacted(value)
        else:
            found[name] = REDACTED if name in SECRETS and value else value
    return found


def described(path: tuple[str | int, ...]) -> str | None:
    """What a field takes, in words; None where that is not written down. `path` names section and field, as pydantic reports them."""
    kind: Any = ProductionConfig
    for step in path[:-1]:
        kind = getattr(kind, "__pydantic_fields__", {}).get(step)
        kind = getattr(kind, "annotation", None)
    field = getattr(kind, "__pydantic_fields__", {}).get(path[-1]) if path else None
    return getattr(field, "description", None)
