"""The tokens of the HTTP side: one secret for each thing that a stranger to this machine may be allowed to do.

A token opens its own scope and no other, so the one that a scraper holds can never halt, and the one that halts can never resume. They lie in one
file of the system's directory that only its user can read. It is read anew for each question: who replaces the file has changed the locks.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
import stat
from pathlib import Path
from typing import Final, Literal

from robo_trader.errors import StateUnreadable

FILE_NAME: Final = "http.tokens"
FILE_BYTES_MAX: Final = 4096
TOKEN_BYTES: Final = 32
TOKEN_LETTERS_MIN: Final = 20

Scope = Literal["read", "halt", "resume"]
SCOPES: Final[tuple[Scope, ...]] = ("read", "halt", "resume")
REMEDY: Final = "remove the file: the next start makes new tokens"


class AccessTokens:
    """The tokens in one file; made by `at`."""

    def __init__(self, path: Path) -> None:
        """Built by `at`."""
        self.path = path

    @classmethod
    def at(cls, folder: Path) -> AccessTokens:
        """The tokens of the system whose directory is `folder`, made now if there are none; raises `StateUnreadable`."""
        path = folder / FILE_NAME
        if not path.exists():
            _make(path)
        tokens = cls(path)
        tokens.read()
        return tokens

    def read(self) -> dict[Scope, str]:
        """The secret of each scope. Raises `StateUnreadable` for a file that is damaged, or that others than its user can read."""
        try:
            with self.path.open("rb") as file:
                status = os.fstat(file.fileno())
                raw = file.read(FILE_BYTES_MAX)
            found = json.loads(raw)
        except (OSError, ValueError) as broken:
            raise StateUnreadable(f"the tokens in {self.path} cannot be read: {broken}", REMEDY) from None
        if status.st_uid != os.getuid() or stat.S_IMODE(status.st_mode) & 0o077:
            raise StateUnreadable(f"{self.path} belongs to another user, or others can read it", f"chmod 600 it, or {REMEDY}")
        if not isinstance(found, dict) or not all(isinstance(found.get(scope), str) and len(found[scope]) >= TOKEN_LETTERS_MIN for scope in SCOPES):
            raise StateUnreadable(f"{self.path} has no token of {TOKEN_LETTERS_MIN} letters for each of {', '.join(SCOPES)}", REMEDY)
        return {scope: found[scope] for scope in SCOPES}

    def scopes_of(self, token: str) -> frozenset[Scope]:
        """What `token` opens; nothing if it is unknown. The time this takes says nothing of how near a guess was. Raises `StateUnreadable`."""
        given = token.encode(errors="replace")
        return frozenset(scope for scope, secret in self.read().items() if hmac.compare_digest(secret.encode(), given))


def bearer(authorization: str) -> str:
    """The token in an Authorization header; empty if it is of another kind."""
    kind, _, token = authorization.partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _make(path: Path) -> None:
    """Write a file of fresh tokens, whole or not at all; whoever is first wins."""
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({scope: secrets.token_urlsafe(TOKEN_BYTES) for scope in SCOPES}, file)
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(fresh)  # refuses to replace a file, which `rename` would not
        except FileExistsError:
            return
        finally:
            fresh.unlink()
    except OSError as refused:
        raise StateUnreadable(f"the tokens in {path} cannot be made: {refused.strerror}", "make its directory writable") from None
