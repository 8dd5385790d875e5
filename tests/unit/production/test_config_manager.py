"""Loading the configuration: in order, checked, and with halts part of the answer whether to trade."""

from __future__ import annotations

import json
import logging
import stat
from pathlib import Path

import pytest

from robo_trader.errors import ConfigurationError
from robo_trader.production.config_manager import FOLDER_VARIABLE, ConfigManager, Environment, checked, get_config, get_config_manager
from robo_trader.production.config_sources import VARIABLES
from robo_trader.production.emergency_stop import EmergencyStopManager
from robo_trader.production.stop_words import StopReason, StopScope

HUSH = "hush-hush"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No variable of the machine's own, an empty working directory, and a folder of configurations in it."""
    for name in (*VARIABLES, "TRADING_ENV", "SECRET_PROVIDER", "DATABASE_URL", FOLDER_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    made = tmp_path / "config" / "environments"
    made.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    get_config_manager.cache_clear()
    return made


def write(path: Path, **tree: object) -> None:
    path.write_text(json.dumps(tree))


def test_each_source_overrides_the_one_before(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ConfigManager("staging").config.ibkr.host == "127.0.0.1"
    write(folder / "base.json", ibkr={"host": "base", "client_id": 5})
    assert ConfigManager("staging").config.ibkr.host == "base"
    write(folder / "staging.json", ibkr={"host": "staging"})
    assert ConfigManager("staging").config.ibkr.host == "staging"
    (tmp_path / ".env").write_text("IBKR_HOST=secret\n")
    assert ConfigManager("staging").config.ibkr.host == "secret"
    monkeypatch.setenv("IBKR_HOST", "variable")
    loaded = ConfigManager("staging").get_config()
    assert (loaded.ibkr.host, loaded.ibkr.client_id, loaded.environment) == ("variable", 5, Environment.STAGING)


def test_the_environment_is_named_by_its_variable_and_a_wrong_one_is_not_development(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADING_ENV", "testing")
    assert ConfigManager().environment is Environment.TESTING
    monkeypatch.setenv("TRADING_ENV", "prodution")
    with pytest.raises(ConfigurationError, match="prodution"):
        ConfigManager()


def test_the_folder_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "base.json", debug_mode=True)
    assert ConfigManager(config_dir=tmp_path).config.debug_mode
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    assert ConfigManager().config.debug_mode


@pytest.mark.parametrize(
    ("tree", "says"),
    [
        ({"trading_limits": {"max_daily_loss": "much"}}, "trading_limits.max_daily_loss: .*give dollars above 0"),
        ({"trading_limits": {"max_dialy_loss": 5}}, "trading_limits.max_dialy_loss is no setting"),
        ({"limits": {}}, "limits is no setting"),
        ({"alerting": {"alert_channels": ["pager"]}}, "alerting.alert_channels.0"),
        ({"ibkr": {"port": 99_999}}, "ibkr.port: .*give a port from 1 to 65535"),
        ({"ibkr": 5}, "ibkr: "),
        ({"environment": "production"}, "None"),
    ],
)
def test_what_is_wrong_is_answered_with_field_and_remedy(folder: Path, tree: dict, says: str) -> None:
    write(folder / "base.json", **tree)
    if says == "None":
        assert ConfigManager().config.environment is Environment.DEVELOPMENT, "a file does not choose the environment that chose it"
        return
    with pytest.raises(ConfigurationError, match=says):
        ConfigManager()


def test_a_secret_is_never_part_of_the_answer() -> None:
    with pytest.raises(ConfigurationError) as refused:
        checked({"alerting": {"slack_webhook_url": {"x": HUSH}}, "api_key": [HUSH]})
    assert HUSH not in str(refused.value)


def test_a_reload_that_fails_leaves_what_was(folder: Path) -> None:
    manager = ConfigManager()
    write(folder / "base.json", log_level="DEBUG")
    manager.reload_config()
    assert manager.config.log_level == "DEBUG"
    write(folder / "base.json", log_level="LOUD")
    with pytest.raises(ConfigurationError, match="log_level"):
        manager.reload_config()
    assert manager.config.log_level == "DEBUG"


def test_production_that_trades_live_needs_its_key(folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    write(folder / "production.json", feature_flags={"enable_live_trading": True}, trading_limits={"require_stop_loss": False, "max_leverage": 3})
    with pytest.raises(ConfigurationError, match="api_key"):
        ConfigManager("production")
    monkeypatch.setenv("TRADING_API_KEY", HUSH)
    ConfigManager("production")
    assert "require_stop_loss is off" in caplog.text
    assert "max_leverage is 3" in caplog.text
    assert "nothing in this system keeps to it" in caplog.text


def test_a_flag_is_switched_and_one_that_there_is_not_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    manager = ConfigManager()
    with caplog.at_level(logging.WARNING):
        manager.update_feature_flag("dry_run_mode", True)
    assert manager.get_config().feature_flags.dry_run_mode
    assert "dry_run_mode" in caplog.text
    for flag, value in (("dry_rum_mode", True), ("dry_run_mode", "yes")):
        with pytest.raises(ConfigurationError, match=flag):
            manager.update_feature_flag(flag, value)  # type: ignore[arg-type]


def test_live_trading_cannot_be_switched_on_past_its_check() -> None:
    manager = ConfigManager("production")
    with pytest.raises(ConfigurationError, match="api_key"):
        manager.update_feature_flag("enable_live_trading", True)
    assert not manager.config.feature_flags.enable_live_trading


def test_trading_needs_its_switch_no_maintenance_and_no_halt() -> None:
    manager = ConfigManager()
    assert manager.check_trading_allowed()
    manager.update_feature_flag("maintenance_mode", True)
    assert not manager.check_trading_allowed()
    manager.update_feature_flag("maintenance_mode", False)
    manager.update_feature_flag("enable_paper_trading", False)
    assert not manager.check_trading_allowed()
    assert not ConfigManager("production").check_trading_allowed()
    manager.update_feature_flag("enable_paper_trading", True)
    stops = EmergencyStopManager()
    stops.emergency_stop(StopReason.MANUAL, StopScope.SPECIFIC_SYMBOL, "SPY")
    assert manager.check_trading_allowed()
    stops.emergency_stop(StopReason.MANUAL)
    assert not manager.check_trading_allowed()


def test_an_export_holds_secrets_only_if_asked_and_is_its_users_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_WEBHOOK_URL", HUSH)
    manager, path = ConfigManager(), tmp_path / "out.json"
    path.write_text("older, and readable by all")
    manager.export_config(path)
    assert HUSH not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    manager.export_config(str(path), include_secrets=True)
    assert json.loads(path.read_text())["alerting"]["slack_webhook_url"] == HUSH
    with pytest.raises(ConfigurationError, match="nowhere"):
        manager.export_config(tmp_path / "nowhere" / "out.json")


def test_there_is_one_manager_a_process() -> None:
    assert get_config_manager() is get_config_manager()
    assert get_config() is get_config_manager().config
