"""Systems on disk to halt: a state directory of the test's own."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from robo_trader.edge import clock
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


@pytest.fixture
def confirming() -> Callable[[StateDirectory], AbstractContextManager[None]]:
    """Somebody who notes every halt at once, as the trading process does after the broker answered."""

    @contextmanager
    def confirm(directory: StateDirectory) -> Iterator[None]:
        ended = threading.Event()

        def note() -> None:
            fence = Fence.open(directory.fence, create=False)
            while not ended.wait(0.001):
                fence.write_seen(fence.sequence(), 1, clock.process_ns())
            fence.close()

        thread = threading.Thread(target=note)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    return confirm
