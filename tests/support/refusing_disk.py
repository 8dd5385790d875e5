"""A disk that refuses from now on: the system itself answers this process's writes or syncs with an error.

It is a seccomp filter: a few instructions that the kernel runs before each system call of this process, until it ends. Nothing of the program under
test is replaced, and no rights are needed.
"""

from __future__ import annotations

import ctypes
import platform
import struct
from pathlib import Path
from typing import Final

CALLS: Final = {
    "x86_64": {"pwrite64": 18, "fdatasync": 75, "fsync": 74},
    "aarch64": {"pwrite64": 68, "fdatasync": 83, "fsync": 82},
}
_LOAD, _IS_EQUAL, _RETURN = 0x20, 0x15, 0x06  # BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_RET|K
_NUMBER_AT, _FIRST_ARGUMENT_AT = 0, 16  # in struct seccomp_data, little-endian
_ERRNO, _ALLOW = 0x00050000, 0x7FFF0000
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _MODE_FILTER = 38, 22, 2


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def refuse(call: str, error: int, descriptor: int | None = None) -> None:
    """Let `call` fail with `error` from now on, on this descriptor (None: on every one)."""
    asked = [(_LOAD, 0, 0, _NUMBER_AT), (_IS_EQUAL, 0, 1 if descriptor is None else 3, CALLS[platform.machine()][call])]
    if descriptor is not None:
        asked += [(_LOAD, 0, 0, _FIRST_ARGUMENT_AT), (_IS_EQUAL, 0, 1, descriptor)]
    code = b"".join(struct.pack("<HBBI", *each) for each in [*asked, (_RETURN, 0, 0, _ERRNO | error), (_RETURN, 0, 0, _ALLOW)])
    held = ctypes.create_string_buffer(code)
    program = _Program(len(code) // 8, ctypes.cast(held, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in ((_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0)):
        if libc.prctl(*arguments):
            raise OSError(ctypes.get_errno(), "seccomp is not to be had here")


def descriptor_of(end: str) -> int:
    """The descriptor of this process's open file whose name ends so."""
    for entry in Path("/proc/self/fd").iterdir():
        try:
            if str(entry.readlink()).endswith(end):
                return int(entry.name)
        except FileNotFoundError:
            continue
    raise FileNotFoundError(end)
