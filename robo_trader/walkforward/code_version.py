"""Which code a result came from: a hash of every source that can change it, and of no other.

That is the module that computes a window and all of ours that it imports, directly or not. A change to a page or a command does not throw away
hours of search, and a change to a strategy, a cost or the search itself does.
"""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from pathlib import Path
from typing import Final

ROOT_MODULE: Final = "robo_trader.walkforward.study"


@cache
def code_version() -> str:
    """12 hex digits that change with any line of `sources`."""
    digest = hashlib.sha256()
    for name, path in sorted(sources().items()):
        digest.update(f"{name}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def sources() -> dict[str, Path]:
    """The modules that a result depends on, by name."""
    found: dict[str, Path] = {}
    wanted = [ROOT_MODULE]
    while wanted:
        name = wanted.pop()
        path = _path(name)
        if name in found or path is None:
            continue
        found[name] = path
        wanted += _imported(path)
    return found


def _path(module: str) -> Path | None:
    """The file of one of our modules; None for a package, and for a name that is no module."""
    path = Path(__file__).parent.parent.parent.joinpath(*module.split(".")).with_suffix(".py")
    return path if path.is_file() else None


def _imported(path: Path) -> list[str]:
    """What a source imports of ours, wherever in it; names that may be modules included."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [name for name in names if name.startswith("robo_trader.")]
