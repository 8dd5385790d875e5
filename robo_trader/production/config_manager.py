"""The configuration of the operator's API: read from its sources in order, checked once, replaced whole.

Low to high: defaults, `base.json`, `<environment>.json` (both in the folder of configurations), secrets, environment variables. A value that is
wrong, or a name that nobody knows, is answered with the field and the remedy, never with a guess: a misspelt limit would be a limit that is not
there.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import os
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from robo_trader.errors import ConfigurationError
from robo_trader.production.config_enforced import unenforced
from robo_trader.production.config_sections import AlertingConfig as AlertingConfig
from robo_trader.production.config_sections import DatabaseConfig as DatabaseConfig
from robo_trader.production.config_sections import Environment as Environment
from robo_trader.production.config_sections import FeatureFlags as FeatureFlags
from robo_trader.production.config_sections import IBKRConfig as IBKRConfig
from robo_trader.production.config_sections import ProductionConfig as ProductionConfig
from robo_trader.production.config_sections import SecretProvider as SecretProvider
from robo_trader.production.config_sections import TradingLimits as TradingLimits
from robo_trader.production.config_sections import described
from robo_trader.production.config_sources import Tree, environment_named, from_variables, json_file, merged, secrets_from
from robo_trader.production.emergency_stop import EmergencyStopManager

FOLDER_VARIABLE: Final = "ROBO_TRADER_CONFIG_DIR"
LEVERAGE_UNUSUAL: Final = 2.0
_LOG: Final = logging.getLogger("robo_trader.production")


class ConfigManager:
    """One loaded configuration. `config` is a frozen value; changes replace it."""

    def __init__(self, environment: str | None = None, *, config_dir: Path | None = None) -> None:
        """`environment` None reads TRADING_ENV; files are below `config_dir`, else $ROBO_TRADER_CONFIG_DIR, else `config/environments`.

        Raises `ConfigurationError` naming the field, the variable or the file.
        """
        self.environment: Environment = environment_named(environment if environment is not None else os.environ.get("TRADING_ENV"))
        self.config_dir: Path = (config_dir or Path(os.environ.get(FOLDER_VARIABLE) or "config/environments")).absolute()
        self.secrets_provider: SecretProvider = SecretProvider.ENV_FILE
        self.config: ProductionConfig = self._load()

    def get_config(self) -> ProductionConfig:
        """The configuration as it was loaded, with the flags that were changed since."""
        return self.config

    def reload_config(self) -> None:
        """Read every source again; if one is wrong the present configuration stays and `ConfigurationError` says why."""
        self.config = self._load()

    def update_feature_flag(self, flag: str, value: bool) -> None:
        """Switch a flag in this process until the next reload; raises `ConfigurationError` for a flag that there is not, or no truth value."""
        known = [field.name for field in dataclasses.fields(FeatureFlags)]
        if flag not in known:
            raise ConfigurationError(f"there is no feature flag '{flag}'", f"choose one of: {', '.join(known)}")
        if not isinstance(value, bool):
            raise ConfigurationError(f"feature_flags.{flag} is {value!r}", "give True or False")
        changed = dataclasses.replace(self.config, feature_flags=dataclasses.replace(self.config.feature_flags, **{flag: value}))
        _refuse_live_without_key(changed)
        self.config = changed
        _LOG.warning("feature flag %s is now %s", flag, value)

    def check_trading_allowed(self) -> bool:
        """Whether anything may be traded: no maintenance, the environment's kind of trading switched on, and no halt of everything."""
        flags = self.config.feature_flags
        switched_on = flags.enable_live_trading if self.environment is Environment.PRODUCTION else flags.enable_paper_trading
        return switched_on and not flags.maintenance_mode and EmergencyStopManager().check_trading_allowed()[0]

    def export_config(self, filepath: str | Path, include_secrets: bool = False) -> None:
        """Write the configuration as JSON, for this user alone; secrets only if asked for. Raises `ConfigurationError`."""
        text = json.dumps(self.config.to_dict(include_secrets=include_secrets), indent=2) + "\n"
        fresh = Path(f"{filepath}.new")
        try:
            fresh.unlink(missing_ok=True)
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            fresh.replace(filepath)
        except OSError as broken:
            raise ConfigurationError(f"{filepath} cannot be written: {broken.strerror}", "name a file in a folder that is yours") from None

    def _load(self) -> ProductionConfig:
        """All sources in their order, checked."""
        folder = self.config_dir
        tree = merged(json_file(folder / "base.json"), json_file(folder / f"{self.environment}.json"))
        secrets = secrets_from(os.environ.get("SECRET_PROVIDER"), self.environment, Path.cwd())
        tree = merged(tree, merged(from_variables(secrets), from_variables(os.environ)))
        config = checked({**tree, "environment": self.environment})
        _refuse_live_without_key(config)
        _warn(config)
        for name in unenforced(config):
            _LOG.warning("%s is set, and nothing in this system keeps to it", name)
        return config


@cache
def get_config_manager() -> ConfigManager:
    """The one manager of this process; made by the first call. Raises `ConfigurationError`."""
    return ConfigManager()


def get_config() -> ProductionConfig:
    """The configuration of `get_config_manager`."""
    return get_config_manager().get_config()


def checked(tree: Tree) -> ProductionConfig:
    """The configuration of a plain tree; raises `ConfigurationError` naming the first field that is wrong, and never a secret's value."""
    try:
        return _ADAPTER.validate_python(tree)
    except ValidationError as wrong:
        raise _explained(wrong) from None


_ADAPTER: Final[TypeAdapter[ProductionConfig]] = TypeAdapter(ProductionConfig)


def _explained(wrong: ValidationError) -> ConfigurationError:
    first: Any = wrong.errors(include_url=False, include_input=False)[0]
    place: tuple[str | int, ...] = tuple(step for step in first["loc"] if step != "default_factory")
    name = ".".join(map(str, place)) or "the configuration"
    if first["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        return ConfigurationError(f"{name} is no setting", "correct its spelling, or remove it")
    reason = str(first["msg"]).removeprefix("Value error, ")
    return ConfigurationError(f"{name}: {reason}", f"give {described(place) or 'a value of that kind'}")


def _refuse_live_without_key(config: ProductionConfig) -> None:
    live = config.environment is Environment.PRODUCTION and config.feature_flags.enable_live_trading
    if live and not config.api_key:
        raise ConfigurationError("api_key is missing and production trades live", "set TRADING_API_KEY, or enable_live_trading to false")


def _warn(config: ProductionConfig) -> None:
    """Say what is allowed and unusual, in production with live trading only."""
    if config.environment is not Environment.PRODUCTION or not config.feature_flags.enable_live_trading:
        return
    if not config.trading_limits.require_stop_loss:
        _LOG.warning("trading_limits.require_stop_loss is off in production")
    if not config.alerting.enable_alerts:
        _LOG.warning("alerting.enable_alerts is off in production")
    if config.trading_limits.max_leverage > LEVERAGE_UNUSUAL:
        _LOG.warning("trading_limits.max_leverage is %s in production", config.trading_limits.max_leverage)
