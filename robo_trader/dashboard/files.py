"""The page's files, read once: what is not in this table does not exist, whatever path is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Final

PAGE: Final = "index.html"
_FOLDER: Final = Path(__file__).with_name("static")
_TYPES: Final = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def page_files() -> dict[str, tuple[bytes, str]]:
    """Name -> content and its type, for every file of the page."""
    return {path.name: (path.read_bytes(), _TYPES[path.suffix]) for path in sorted(_FOLDER.iterdir())}
