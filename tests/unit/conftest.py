"""Unit tests touch nothing outside themselves: no socket, no Ray, no file but below their own temporary folder.

An audit hook sees every way into these, whichever library takes it. It cannot be removed again, so a flag says whether a unit test is running.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
OWN_FOLDERS = {"__pycache__", ".hypothesis", ".pytest_cache"}
"""Where the test tools themselves write."""
TEMPORARY = Path(tempfile.gettempdir())
"""Hypothesis writes its caches whole or not at all: as a temporary file first."""

_allowed_root: str | None = None  # None: no unit test is running, everything is allowed


class OutsideWorldTouchedError(BaseException):
    """A unit test reached outside; not an `Exception`, so that the code under test cannot swallow it."""


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if _allowed_root is None:
        return
    if event in {"socket.connect", "socket.bind", "socket.sendto"}:
        raise OutsideWorldTouchedError(f"{event} {arguments[1:]} in a unit test; use tests/wire or tests/e2e")
    if event == "import" and arguments[0] == "ray":
        raise OutsideWorldTouchedError("import of ray in a unit test; use tests/tree")
    if event == "open" and isinstance(arguments[0], str | bytes) and isinstance(arguments[2], int) and arguments[2] & WRITES:
        path = Path(os.fsdecode(arguments[0])).absolute()
        of_the_tools = OWN_FOLDERS & set(path.parts) or (path.parent == TEMPORARY and path.name.startswith("tmp"))
        if not (path.is_relative_to(_allowed_root) or path.is_relative_to("/dev") or of_the_tools):
            raise OutsideWorldTouchedError(f"{path} opened for writing in a unit test; write below tmp_path")


sys.addaudithook(_watch)


@pytest.fixture(autouse=True)
def stays_inside(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Watch the outside world's doors while a unit test runs."""
    global _allowed_root  # noqa: PLW0603 -- the hook outlives every fixture
    if ray := sys.modules.get("ray"):

        def refuse(*_: object, **__: object) -> None:
            raise OutsideWorldTouchedError("ray.init in a unit test; use tests/tree")

        monkeypatch.setattr(ray, "init", refuse)
    _allowed_root = str(tmp_path_factory.getbasetemp())
    try:
        yield
    finally:
        _allowed_root = None
