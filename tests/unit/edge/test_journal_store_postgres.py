"""An address that leads to no database is refused with what to do, before anything is trusted to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from robo_trader.edge.journal_store import Journal
from robo_trader.errors import ConfigurationError, StateUnreadable


def test_an_address_where_nobody_answers_or_without_the_driver_is_refused(tmp_path: Path):
    with pytest.raises((ConfigurationError, StateUnreadable)) as refusal:
        Journal.open(f"postgresql://trader:secret@/postgres?host={tmp_path}")
    assert refusal.value.remedy
    assert "secret" not in str(refusal.value)


def test_what_is_no_address_is_refused():
    with pytest.raises(ConfigurationError):
        Journal.open("postgresql://host:port/x")
