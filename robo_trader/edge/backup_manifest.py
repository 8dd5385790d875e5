"""What a backup says of itself: every file with its size and SHA-256, where the journal ends, and which program wrote it.

    <system>-<time>/manifest.json      this
    <system>-<time>/manifest.sha256    the manifest's own hash, in the form that `sha256sum --check` reads
    <system>-<time>/files/...          the system's directory, as far as it means anything without its processes

A file that is not listed does not belong to the backup, and one that is listed and differs by one bit is not the one that was saved.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from robo_trader.edge import codec
from robo_trader.edge.journal_store_copy import JournalEnd
from robo_trader.errors import NotFound, StateUnreadable

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
SEAL: Final = "manifest.sha256"
FILES: Final = "files"
CHUNK_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Saved:
    """One file as it was saved: its size in bytes and its SHA-256 in hex."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A backup's contents. `created_at` is UTC in ISO form; paths in `files` are relative to the system's directory, with `/`."""

    format: int
    system: str
    created_at: str
    traded: bool
    code_hash: str
    versions: dict[str, str]
    journal: JournalEnd
    epoch: int
    files: dict[str, Saved]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(saved.size for saved in self.files.values())


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest and its seal, and wait for the disk."""
    text = codec.dump(manifest).encode() + b"\n"
    for name, content in ((MANIFEST, text), (SEAL, _seal(text))):
        descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the backup in `folder`, whose seal holds.

    Raises `NotFound` where there is no backup, `StateUnreadable` for a manifest that is not the one that was written, or of another version.
    """
    try:
        text = (folder / MANIFEST).read_bytes()
        seal = (folder / SEAL).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(f"there is no backup in {folder}", f"name the folder that holds {MANIFEST} and {SEAL}") from None
    if seal != _seal(text):
        raise StateUnreadable(f"the manifest of {folder} is not the one that was written: its hash differs", "use another backup")
    manifest = codec.load(Manifest, text.decode().rstrip("\n"))
    if manifest.format != FORMAT:
        raise StateUnreadable(f"{folder} is a backup of format {manifest.format}, this program reads {FORMAT}", "use the version that wrote it")
    return manifest


def files_below(folder: Path) -> Iterator[str]:
    """Every file and link below `folder`, as relative paths with `/`, sorted."""
    yield from sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())


def saved_of(path: Path) -> Saved:
    """Size and hash of a file as it is now."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
    return Saved(size, digest.hexdigest())


def _seal(text: bytes) -> bytes:
    return f"{hashlib.sha256(text).hexdigest()}  {MANIFEST}\n".encode()
