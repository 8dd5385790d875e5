"""Is a backup whole? What is looked at, in the order of what each look rests on; nothing in the backup is changed by looking.

The manifest's seal says that the list is the one that was written, the list says that each file is. That would do against chance; what follows asks
whether the files mean anything together: the journal's pages and chain, its events in this program's words, the head that was published, the fence.
A journal whose bytes are not the saved ones is not opened, since a database library may begin to mend what it finds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from robo_trader.desk.state import State
from robo_trader.edge.backup_fence import standing_in
from robo_trader.edge.backup_manifest import FILES, MANIFEST, SEAL, Manifest, files_below, read_manifest, saved_of
from robo_trader.edge.journal_head import check_head, head_path
from robo_trader.edge.journal_store import Journal
from robo_trader.errors import ImpossibleStep, StateUnreadable

JOURNAL: Final = "journal.sqlite"
FENCE: Final = "fence"
NAMES_TOLD_MAX: Final = 3
Tell = Callable[[int, int], None]
"""Hears how many bytes of how many are done."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: whether it is in order, and what was found."""

    what: str
    ok: bool
    finding: str


def verify(folder: Path, tell: Tell = lambda _done, _total: None) -> tuple[Manifest | None, list[Finding]]:
    """Look at everything in the backup at `folder`; the manifest is None if it cannot be trusted. Raises `NotFound` where there is no backup."""
    try:
        manifest = read_manifest(folder)
    except StateUnreadable as broken:
        return None, [Finding("manifest", ok=False, finding=broken.cause)]
    wrong = _wrong_files(folder, manifest, tell)
    findings = [
        Finding("manifest", ok=True, finding=f"system {manifest.system}, saved {manifest.created_at}, sealed"),
        Finding("files", not wrong, _told(wrong) if wrong else f"{len(manifest.files)} files, {manifest.size} bytes, every hash holds"),
    ]
    suspect = any(name.startswith(JOURNAL) for name in wrong)
    looks: dict[str, Callable[[Path, Manifest], str]] = {"journal": _journal, "events": _events, "head": _head}
    for what, look in looks.items():
        if suspect:
            findings.append(Finding(what, ok=False, finding="not looked at: the journal's bytes are not those that were saved"))
        else:
            findings.append(_found(what, look, folder / FILES, manifest))
    findings.append(_found("fence", _fence, folder / FILES, manifest))
    return manifest, findings


def _found(what: str, look: Callable[[Path, Manifest], str], files: Path, manifest: Manifest) -> Finding:
    """The finding of `look`, or its complaint."""
    try:
        return Finding(what, ok=True, finding=look(files, manifest))
    except StateUnreadable as broken:
        return Finding(what, ok=False, finding=broken.cause)
    except ImpossibleStep as broken:
        return Finding(what, ok=False, finding=f"no start could rebuild its books: {broken}")


def _wrong_files(folder: Path, manifest: Manifest, tell: Tell) -> dict[str, str]:
    """What is wrong with which file: missing, changed, or not of this backup."""
    wrong: dict[str, str] = {}
    done = 0
    for name, saved in manifest.files.items():
        path = folder / FILES / name
        if path.is_symlink() or not path.is_file():
            wrong[name] = "is missing"
        elif (found := saved_of(path)) != saved:
            wrong[name] = f"has {found.size} bytes instead of {saved.size}" if found.size != saved.size else "is not what was saved"
        done += saved.size
        tell(done, manifest.size)
    listed = {MANIFEST, SEAL, *(f"{FILES}/{name}" for name in manifest.files)}
    strange = [name for name in files_below(folder) if name not in listed]
    return wrong | {name.removeprefix(f"{FILES}/"): "is not in the manifest" for name in strange}


def _told(wrong: dict[str, str]) -> str:
    first = ", ".join(f"{name} {what}" for name, what in list(wrong.items())[:NAMES_TOLD_MAX])
    return first if len(wrong) <= NAMES_TOLD_MAX else f"{first} and {len(wrong) - NAMES_TOLD_MAX} more"


def _journal(files: Path, manifest: Manifest) -> str:
    journal = Journal.open(files / JOURNAL, create=False, read_only=True)
    try:
        ends = journal.durable_seq, journal.head
    finally:
        journal.close()
    if ends != (manifest.journal.seq, manifest.journal.head):
        raise StateUnreadable(f"it ends at {ends[0]}, and {manifest.journal.seq} was saved", "use another backup")
    return f"{ends[0]} events, every page and every link of the chain holds"


def _events(files: Path, _manifest: Manifest) -> str:
    """Whether this program can read the events and rebuild the books from them."""
    journal = Journal.open(files / JOURNAL, create=False, read_only=True)
    state = State()
    try:
        for _, event in journal.read():
            state.apply(event)
    finally:
        journal.close()
    held = ", ".join(f"{symbol} {state.own(symbol)}" for symbol in state.symbols if state.own(symbol)) or "nothing"
    return f"{len(state.orders.by_intent)} orders and {state.orders.fill_count} fills; held then: {held}"


def _head(files: Path, manifest: Manifest) -> str:
    journal = Journal.open(files / JOURNAL, create=False, read_only=True)
    try:
        published = check_head(head_path(files / JOURNAL), journal)
    finally:
        journal.close()
    if published is None or published.seq != manifest.journal.seq:
        raise StateUnreadable("the head is not that of the saved journal", "use another backup")
    return f"the head at {published.seq} is in the chain: {published.head[:12]}"


def _fence(files: Path, manifest: Manifest) -> str:
    found = standing_in(files / FENCE)
    if found.epoch != manifest.epoch:
        raise StateUnreadable(f"the fence is of epoch {found.epoch}, and {manifest.epoch} was saved", "use another backup")
    halts = ", ".join(halt.id for halt in found.halts) or "none"
    return f"every record can be read; epoch {found.epoch}; halts that stood: {halts}"
