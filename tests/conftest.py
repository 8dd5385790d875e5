"""For every test: where market data is, and one sane event loop to import the broker's client under."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from hypothesis import settings

from actors.local_ray import quieten

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure() -> None:
    """eventkit, under ib_insync, takes the current event loop when it is imported, and makes one that nobody closes where there is none.

    Ray reads its token once in a process, whoever imports it first: it is chosen before anybody does. A test's time is no property of what it tests:
    how long an example takes on a busy machine fails none.
    """
    settings.register_profile("project", deadline=None)
    settings.load_profile("project")
    quieten()
    os.environ.setdefault("RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S", "30")  # on a busy machine Serve would kill a proxy that only starts slowly
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        import eventkit  # noqa: F401, PLC0415
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes ten minutes by itself goes first: begun last, it would keep one worker busy while the others have nothing left."""
    items.sort(key=lambda item: item.get_closest_marker("lengthy") is None)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of recorded market data; a test that asks for it is skipped where there is none."""
    folder = Path(os.environ.get("ROBO_TRADER_DATA") or ROOT.parent / "shared" / "data")
    if not (folder / "intraday").is_dir():
        pytest.skip(f"no recorded market data in {folder}; set ROBO_TRADER_DATA to a folder with intraday/ in it")
    return folder
