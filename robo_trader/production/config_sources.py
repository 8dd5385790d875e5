"""Where configuration comes from: JSON files, a file of secrets, environment variables; each read into the same plain tree.

Nothing here writes to `os.environ`, and a later source only ever adds to or replaces what an earlier one said. What is right is for the sections to
say; here it is only whether a source can be read at all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from robo_trader.errors import ConfigurationError
from robo_trader.production.config_sections import Environment, SecretProvider

Tree = dict[str, Any]

# Variable -> where its value goes.
VARIABLES: Final[dict[str, tuple[str, ...]]] = {
    "TRADING_API_KEY": ("api_key",),
    "TRADING_SECRET_KEY": ("secret_key",),
    "ENCRYPTION_KEY": ("encryption_key",),
    "LOG_LEVEL": ("log_level",),
    "IBKR_HOST": ("ibkr", "host"),
    "IBKR_PORT": ("ibkr", "port"),
    "IBKR_ACCOUNT": ("ibkr", "account"),
    "SLACK_WEBHOOK_URL": ("alerting", "slack_webhook_url"),
    "ENABLE_LIVE_TRADING": ("feature_flags", "enable_live_trading"),
    "ENABLE_PAPER_TRADING": ("feature_flags", "enable_paper_trading"),
}
_QUOTES: Final = "\"'"
_QUOTED_LENGTH_MIN: Final = 2


def environment_named(name: str | None) -> Environment:
    """The environment of this name, development if none is given; raises `ConfigurationError`: a misspelt production is not development."""
    if name is None or not name.strip():
        return Environment.DEVELOPMENT
    try:
        return Environment(name.strip().lower())
    except ValueError:
        raise ConfigurationError(f"TRADING_ENV is {name!r}", f"choose one of: {', '.join(Environment)}") from None


def json_file(path: Path) -> Tree:
    """The object in a file, empty if there is no such file; raises `ConfigurationError`."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as broken:
        raise ConfigurationError(f"{path} cannot be read: {broken}", "make it a JSON object, or remove it") from None
    if not isinstance(found, dict):
        raise ConfigurationError(f"{path} holds no JSON object", "make it one, such as {}")
    return found


def secrets_from(provider: str | None, environment: Environment, folder: Path) -> dict[str, str]:
    """The variables that the provider of secrets holds; raises `ConfigurationError` for a provider that is not there."""
    name = (provider or SecretProvider.ENV_FILE).strip().lower()
    if name not in list(SecretProvider):
        raise ConfigurationError(f"SECRET_PROVIDER is {provider!r}", f"choose {SecretProvider.ENV_FILE}")
    if name != SecretProvider.ENV_FILE:
        raise ConfigurationError(f"SECRET_PROVIDER {name} is not built", f"set it to {SecretProvider.ENV_FILE}, or give secrets as variables")
    own = folder / f".env.{environment}"
    return env_file(own if own.exists() else folder / ".env")


def env_file(path: Path) -> dict[str, str]:
    """NAME=value lines, `#` comments and `export` allowed; empty if there is no such file. Raises `ConfigurationError`; a line is never repeated."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as broken:
        raise ConfigurationError(f"{path} cannot be read: {type(broken).__name__}", "make it NAME=value lines in UTF-8") from None
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        text = line.strip().removeprefix("export ").strip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        if not equals or not name.strip().isidentifier():
            raise ConfigurationError(f"line {number} of {path} is no NAME=value", "correct it, or begin it with #")
        found[name.strip()] = _unquoted(value.strip())
    return found


def from_variables(variables: Mapping[str, str]) -> Tree:
    """The tree that these variables describe; a variable that is set to nothing counts as not set. Raises `ConfigurationError` for DATABASE_URL."""
    tree: Tree = {}
    for name, place in VARIABLES.items():
        if value := variables.get(name, ""):
            graft(tree, place, value)
    if url := variables.get("DATABASE_URL", ""):
        tree["database"] = _database(url)
    return tree


def graft(tree: Tree, place: tuple[str, ...], value: object) -> None:
    """Put a value at its place, making the sections on the way."""
    for step in place[:-1]:
        tree = tree.setdefault(step, {})
    tree[place[-1]] = value


def merged(low: Tree, high: Tree) -> Tree:
    """Both trees in one; where they differ the second holds."""
    found = dict(low)
    for name, value in high.items():
        before = found.get(name)
        found[name] = merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return found


def _database(url: str) -> Tree:
    """The database section of a URL; raises `ConfigurationError` without repeating the URL, which holds a password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ConfigurationError("DATABASE_URL cannot be read", "write postgresql://user:password@host:5432/database") from None
    if parts.scheme == "sqlite":
        return {"db_type": "sqlite", "db_path": unquote(parts.path.removeprefix("/"))}
    if parts.scheme not in ("postgresql", "postgres") or not parts.hostname:
        raise ConfigurationError(f"DATABASE_URL begins with '{parts.scheme}:'", "write postgresql://user:password@host:5432/database")
    found: Tree = {"db_type": "postgresql", "pg_host": parts.hostname, "pg_database": unquote(parts.path.strip("/"))}
    found |= {"pg_port": port} if port is not None else {}
    found |= {"pg_username": unquote(parts.username)} if parts.username else {}
    return found | ({"pg_password": unquote(parts.password)} if parts.password else {})


def _unquoted(value: str) -> str:
    if len(value) >= _QUOTED_LENGTH_MIN and value[0] == value[-1] and value[0] in _QUOTES:
        return value[1:-1]
    return value.split(" #", maxsplit=1)[0].strip()
