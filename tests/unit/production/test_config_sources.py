"""Sources of configuration: read or refused, and never repeated where they hold secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from robo_trader.errors import ConfigurationError
from robo_trader.production.config_sections import Environment
from robo_trader.production.config_sources import env_file, environment_named, from_variables, json_file, merged, secrets_from

HUSH = "hush-hush"


def test_an_environment_that_is_misspelt_is_refused_and_none_is_development() -> None:
    assert environment_named(None) is Environment.DEVELOPMENT
    assert environment_named(" Production ") is Environment.PRODUCTION
    with pytest.raises(ConfigurationError, match=r"TRADING_ENV is 'prod'.*choose one of: development"):
        environment_named("prod")


def test_a_json_file_is_an_object_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "base.json"
    assert json_file(path) == {}
    path.write_text('{"debug_mode": true}')
    assert json_file(path) == {"debug_mode": True}
    for wrong in ("{", "[]"):
        path.write_text(wrong)
        with pytest.raises(ConfigurationError, match=r"base\.json"):
            json_file(path)


def test_a_file_of_secrets_is_read_as_people_write_it(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# keys\n\nexport A=1\nB = 'two # parts'\nC=three # why\nD=\"x=y\"\nE=\n")
    assert env_file(path) == {"A": "1", "B": "two # parts", "C": "three", "D": "x=y", "E": ""}


def test_a_line_that_is_none_is_named_by_its_number_alone(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text(f"A=1\n{HUSH}\n")
    with pytest.raises(ConfigurationError, match="line 2") as refused:
        env_file(path)
    assert HUSH not in str(refused.value)


def test_the_environments_own_secrets_come_before_the_common_ones(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=common\n")
    assert secrets_from(None, Environment.STAGING, tmp_path) == {"A": "common"}
    (tmp_path / ".env.staging").write_text("A=own\n")
    assert secrets_from("env_file", Environment.STAGING, tmp_path) == {"A": "own"}


@pytest.mark.parametrize("provider", ["vault", "aws_secrets", "encrypted_file", "sticky_note"])
def test_a_provider_that_is_not_there_is_refused(tmp_path: Path, provider: str) -> None:
    with pytest.raises(ConfigurationError, match=f"SECRET_PROVIDER.*{provider}"):
        secrets_from(provider, Environment.TESTING, tmp_path)


def test_variables_find_their_places_and_an_empty_one_is_none() -> None:
    assert from_variables({"IBKR_PORT": "4002", "ENABLE_LIVE_TRADING": "true", "TRADING_API_KEY": "", "HOME": "/"}) == {
        "ibkr": {"port": "4002"},
        "feature_flags": {"enable_live_trading": "true"},
    }


def test_a_database_url_is_taken_apart() -> None:
    assert from_variables({"DATABASE_URL": "postgresql://ann:p%40ss@db:5433/trades"})["database"] == {
        "db_type": "postgresql",
        "pg_host": "db",
        "pg_database": "trades",
        "pg_port": 5433,
        "pg_username": "ann",
        "pg_password": "p@ss",
    }
    assert from_variables({"DATABASE_URL": "sqlite:////data/trades.db"})["database"] == {"db_type": "sqlite", "db_path": "/data/trades.db"}


@pytest.mark.parametrize("url", [f"mysql://ann:{HUSH}@db/x", f"postgresql://ann:{HUSH}@db:port/x", f"postgresql:///{HUSH}"])
def test_a_database_url_of_another_kind_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError, match="DATABASE_URL") as refused:
        from_variables({"DATABASE_URL": url})
    assert HUSH not in str(refused.value)


def test_the_higher_tree_holds_and_the_lower_fills_its_gaps() -> None:
    assert merged({"a": {"b": 1, "c": 2}, "d": 3}, {"a": {"b": 9}, "e": 4}) == {"a": {"b": 9, "c": 2}, "d": 3, "e": 4}
