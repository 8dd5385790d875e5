"""What a disk may hold after the power fails: a real process's writes are recorded, and any moment replayed with what was not synced in doubt.

strace writes down what a process asked of the system: which bytes at which place of which file, what it synced, what it created, renamed and removed,
and what it acknowledged on its output. Between two syncs of a file its writes may reach the disk in any order, in part, or not at all, by sectors of
512 bytes or by less, which a disk would not do; names may be behind the bytes of their files until the directory is synced, in their order. So a
crash state is a moment, and a seed for what became of the unsynced.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

PIECES_BYTES = (8, 64, 512)
CALLS = "openat,pwrite64,write,ftruncate,fsync,fdatasync,rename,link,linkat,unlink,unlinkat"
_CALL = re.compile(r"^(\w+)\((.*)\) += (-?\d+)(?:<([^>]*)>)?")
_WRITE = re.compile(r'^(\d+)<([^>]*)>, "([^"]*)", \d+(?:, (\d+))?$')
_TEXT = re.compile(r'"([^"]*)"')
_DESCRIPTOR = re.compile(r"^(\d+)<([^>]*)>(?:, (\d+))?")


@dataclass(frozen=True)
class Step:
    """One thing that a process asked for: `what` of CALLS, or `ack`; `other` is the new name of a rename or link, `at` an offset or a length."""

    what: str
    name: str
    data: bytes = b""
    at: int = 0
    other: str = ""


def record(script: str, folder: Path, *arguments: object) -> list[Step]:
    """Run a Python script with `folder` and `arguments`, and return what it did there; what it writes to its output are acknowledgements."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed: apt-get install strace")
    trace = folder.with_name(f"{folder.name}.strace")
    folder.mkdir()
    command = ["strace", "-q", "-y", "-xx", "-s", "4194304", "-o", str(trace), "-e", f"trace={CALLS}", sys.executable, "-c", script, str(folder)]
    done = subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=300)
    if "ptrace" in done.stderr and "not permitted" in done.stderr:
        pytest.skip(f"strace may not trace here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    steps = list(_steps(trace.read_text(), folder))
    trace.unlink()
    return steps


def _steps(trace: str, folder: Path) -> list[Step]:
    """The steps in strace's words; descriptors that are written in sequence know their place."""
    steps: list[Step] = []
    places: dict[str, int] = {}
    for line in trace.splitlines():
        call = _CALL.match(line)
        if call is None or int(call[3]) < 0:
            continue
        what, asked = call[1], call[2]
        texts = [_name(text, folder) for text in _TEXT.findall(asked)] if what in {"openat", "rename", "link", "linkat", "unlink", "unlinkat"} else []
        match what:
            case "openat" if texts[0] and ("O_CREAT" in asked or "O_TRUNC" in asked):
                steps.append(Step("create", texts[0], at=int("O_TRUNC" in asked)))
                places[call[3]] = 0
            case "pwrite64" | "write":
                written = _WRITE.match(asked)
                assert written is not None, line[:200]
                name, data = _name(written[2], folder), _bytes(written[3])[: int(call[3])]
                if written[1] == "1":
                    steps.append(Step("ack", "", data))
                elif name:
                    at = int(written[4]) if written[4] else places[written[1]]
                    places[written[1]] = at + len(data)
                    steps.append(Step("write", name, data, at))
            case "ftruncate" | "fsync" | "fdatasync":
                named = _DESCRIPTOR.match(asked)
                assert named is not None, line[:200]
                if name := _name(named[2], folder):
                    steps.append(Step("cut" if what == "ftruncate" else "sync", name, at=int(named[3] or 0)))
            case "rename" | "link" | "linkat" if texts[0]:
                steps.append(Step("rename" if what == "rename" else "link", texts[0], other=texts[1]))
            case "unlink" | "unlinkat" if texts[0]:
                steps.append(Step("unlink", texts[0]))
    return steps


def _bytes(text: str) -> bytes:
    """What strace wrote with -xx."""
    return bytes.fromhex(text.replace("\\x", "")) if text.startswith("\\x") else text.encode()


def _name(text: str, folder: Path) -> str:
    """A file's name in the folder, `.` for the folder itself, empty for what lies elsewhere."""
    path = Path(_bytes(text).decode(errors="replace"))
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else ""


@dataclass
class Platter:
    """One file: what is safely on the disk, and what was asked for since."""

    safe: bytearray = field(default_factory=bytearray)
    pending: list[Step] = field(default_factory=list)


@dataclass
class Disk:
    """A folder between what is safe and what was asked for; built up step by step."""

    names: dict[str, Platter] = field(default_factory=dict)
    safe_names: dict[str, Platter] = field(default_factory=dict)
    pending_names: list[Step] = field(default_factory=list)
    made: dict[int, Platter] = field(default_factory=dict)
    acknowledged: list[bytes] = field(default_factory=list)

    def take(self, step: Step) -> None:
        """Do one step."""
        match step.what:
            case "ack":
                self.acknowledged += step.data.splitlines()
            case "write" | "cut":
                self.names[step.name].pending.append(step)
            case "sync" if step.name == ".":
                for pending in self.pending_names:
                    self._rename(self.safe_names, pending)
                self.pending_names.clear()
            case "sync":
                platter = self.names[step.name]
                for pending in platter.pending:
                    _apply(platter.safe, pending)
                platter.pending.clear()
            case _:
                self._name(step)

    def _name(self, step: Step) -> None:
        if step.what == "create" and step.name in self.names:
            if step.at:
                self.names[step.name].pending.append(Step("cut", step.name))
            return
        if step.what == "create":
            self.made[id(step)] = Platter()
        self._rename(self.names, step)
        self.pending_names.append(step)

    def _rename(self, names: dict[str, Platter], step: Step) -> None:
        """One change of a name."""
        match step.what:
            case "create":
                names[step.name] = self.made[id(step)]
            case "rename":
                names[step.other] = names.pop(step.name)
            case "link":
                names[step.other] = names[step.name]
            case "unlink":
                names.pop(step.name)

    def crash(self, folder: Path, chance: Random) -> None:
        """Put into `folder` what the disk may hold now."""
        names = dict(self.safe_names)
        for step in self.pending_names[: chance.choice([0, chance.randint(0, len(self.pending_names)), len(self.pending_names)])]:
            self._rename(names, step)
        kept, torn = chance.choice([0.0, 0.2, 0.5, 0.8, 1.0]), chance.choice([0.0, 0.5, 1.0])
        for name, platter in names.items():
            held = bytearray(platter.safe)
            for step in platter.pending:
                if chance.random() < kept:
                    _apply(held, step)
                elif step.what == "write" and chance.random() < torn:
                    _tear(held, step, chance)
            if name.endswith("-shm"):  # mapped into memory, so nobody saw what was written, and nobody may rely on it
                held = bytearray(chance.randbytes(len(held)))
            (folder / name).write_bytes(held)


def _apply(held: bytearray, step: Step) -> None:
    """A write, or a cut, that reached the disk."""
    if step.what == "cut":
        del held[step.at :]
    held.extend(bytes(max(step.at + len(step.data) - len(held), 0)))
    held[step.at : step.at + len(step.data)] = step.data


def _tear(held: bytearray, step: Step, chance: Random) -> None:
    """A write of which only some pieces did."""
    piece, start = chance.choice(PIECES_BYTES), step.at
    while start < step.at + len(step.data):
        end = min((start // piece + 1) * piece, step.at + len(step.data))
        if chance.random() < 0.5:
            _apply(held, Step("write", step.name, step.data[start - step.at : end - step.at], start))
        start = end


def crashes(steps: Sequence[Step], count: int, seed: int) -> Iterator[tuple[str, Disk, Random]]:
    """`count` crashes at moments that the seed chooses, in their order: what to call each, the disk at that moment, and the chance for its fate."""
    moments = sorted(Random(seed).choices(range(len(steps) + 1), k=count))
    disk, done = Disk(), 0
    for number, moment in enumerate(moments):
        for step in steps[done:moment]:
            disk.take(step)
        done = moment
        yield f"seed {seed}, crash {number} after step {moment} of {len(steps)}", disk, Random(f"{seed} {number}")
