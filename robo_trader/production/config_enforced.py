"""Which settings this system keeps to, and how they reach a run: a limit that nobody reads is worse than none, because somebody relies on it.

Every field of the limits, the flags and the broker's section is either enforced here or named as not enforced. A setting of the second kind that
differs from its default is said at loading, and refused by `run_options`, so no run can begin under a limit that it would not keep.
"""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any, Final

from robo_trader.errors import ConfigurationError
from robo_trader.production.config_sections import ProductionConfig

# Section -> the fields that are kept to, here or in `ConfigManager.check_trading_allowed`. What stands in no list must keep its default.
ENFORCED: Final[dict[str, frozenset[str]]] = {
    "trading_limits": frozenset({"max_position_size", "max_daily_trades", "allowed_symbols", "blocked_symbols"}),
    "feature_flags": frozenset({"enable_paper_trading", "enable_live_trading", "maintenance_mode"}),
    "ibkr": frozenset({"host", "port", "client_id", "account"}),
}


def unenforced(config: ProductionConfig) -> list[str]:
    """Names of the settings that differ from their default and that nothing keeps to."""
    default = ProductionConfig()
    found = []
    for section, kept in ENFORCED.items():
        ours, theirs = getattr(config, section), getattr(default, section)
        changed = [field.name for field in dataclasses.fields(ours) if getattr(ours, field.name) != getattr(theirs, field.name)]
        found += [f"{section}.{name}" for name in changed if name not in kept]
    return found


def run_options(config: ProductionConfig, symbols: tuple[str, ...]) -> dict[str, Any]:
    """The options of a run that this configuration sets: amounts in exact dollars, counts a day and symbol.

    Raises `ConfigurationError` for a symbol that may not be traded and for a setting that nothing would keep to.
    """
    if ignored := unenforced(config):
        raise ConfigurationError(f"{ignored[0]} is set, and nothing in this system keeps to it", "remove it from the configuration")
    limits = config.trading_limits
    for symbol in symbols:
        if not limits.allows(symbol):
            blocked = symbol in limits.blocked_symbols
            place = "blocked_symbols" if blocked else "allowed_symbols"
            raise ConfigurationError(
                f"{symbol} may not be traded: it is {'on' if blocked else 'not on'} trading_limits.{place}", f"leave it out, or change {place}"
            )
    options = {"max_notional": Decimal(repr(limits.max_position_size)), "entries_per_day": limits.max_daily_trades}
    broker = {"host": config.ibkr.host, "port": config.ibkr.port, "client_id": config.ibkr.client_id, "account": config.ibkr.account or None}
    return {**options, **broker}
