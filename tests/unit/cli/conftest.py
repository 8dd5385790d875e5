"""Systems on disk for the commands to find: a state directory of the test's own."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from robo_trader.edge.fence import Fence
from robo_trader.edge.state_directory import ENVIRONMENT_VARIABLE, StateDirectory


@pytest.fixture(autouse=True)
def state_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "state"
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(root))
    return root


@pytest.fixture
def system(request: pytest.FixtureRequest) -> Callable[..., StateDirectory]:
    """Makes a system with a fence; a running one is held by this very process."""

    def make(name: str, *, running: bool = False) -> StateDirectory:
        directory = StateDirectory.of(name).make()
        fence = Fence.open(directory.fence, create=True)
        request.addfinalizer(fence.close)
        if running:
            fence.take_lease(os.getpid())
        return directory

    return make
