"""The lock: what the project is built on is in it, pinned and hashed, and it names no place to fetch from."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ASKED_FOR = ["ray", "ib-insync", "numpy", "pandas", "optuna", "prometheus-client", "pydantic", "aiohttp", "tenacity", "pytest"]


def name_of(requirement: str) -> str:
    """The normalised package name at the head of a requirement."""
    return re.sub(r"[-_.]+", "-", re.match(r"[A-Za-z0-9._-]+", requirement)[0]).lower()


def pins() -> dict[str, list[str]]:
    """Each pinned package with the text of its entries (one per set of Python versions)."""
    found: dict[str, list[str]] = {}
    for entry in re.split(r"\n(?=\S)", LOCK.strip()):
        if not entry.startswith("#"):
            found.setdefault(name_of(entry), []).append(entry)
    return found


@pytest.mark.parametrize("package", ASKED_FOR)
def test_each_package_the_project_was_asked_to_use_is_declared_and_locked(package: str) -> None:
    declared = {name_of(r) for r in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]}
    assert package in declared
    assert package in pins()


def test_every_declared_dependency_is_locked() -> None:
    extras = PROJECT["optional-dependencies"]
    declared = {name_of(r) for r in [*PROJECT["dependencies"], *extras["test"], *extras["bench"]]}
    assert declared <= set(pins())


def test_every_locked_package_is_pinned_to_one_version_with_hashes() -> None:
    loose = [entry for entries in pins().values() for entry in entries if not re.match(r"[\w.\[\]-]+==\S+", entry) or "--hash=sha256:" not in entry]
    assert loose == []


def test_the_lock_names_no_address() -> None:
    assert "://" not in LOCK
    assert "index-url" not in LOCK
