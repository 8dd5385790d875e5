"""A PostgreSQL of one's own: on a unix socket in a folder, gone with it. Its program refuses root, so root lends it to `nobody`."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDERS = ("/usr/local/bin", "/usr/lib/postgresql/*/bin", "/usr/bin")
LENT_TO = "nobody"


def programs() -> Path | None:
    """The folder with initdb and postgres, if there is one."""
    found = [match for folder in FOLDERS for match in sorted(Path("/").glob(f"{folder.lstrip('/')}/initdb"), reverse=True)]
    return found[0].resolve().parent if found else None


@contextmanager
def server(below: Path | None = None, settings: str = "") -> Iterator[str]:
    """Run one, with more of `postgres`'s own options; yields the address of an empty database."""
    where = programs()
    assert where is not None, "no PostgreSQL here"
    root = Path(tempfile.mkdtemp(prefix="pg-", dir=below))
    lent = pwd.getpwnam(LENT_TO) if os.getuid() == 0 else None
    who: dict[str, int] = {} if lent is None else {"user": lent.pw_uid, "group": lent.pw_gid}
    if lent is not None:
        os.chown(root, lent.pw_uid, lent.pw_gid)
    data = root / "data"
    try:
        subprocess.run([where / "initdb", "-D", data, "-A", "trust", "-U", "trader"], check=True, capture_output=True, cwd=root, **who)  # type: ignore[call-overload]
        control: list[str | Path] = [where / "pg_ctl", "-D", data, "-w", "-l", root / "log", "-o", f"-k {root} -c listen_addresses= {settings}"]
        subprocess.run([*control, "start"], check=True, capture_output=True, cwd=root, **who)  # type: ignore[call-overload]
        try:
            yield f"postgresql://trader@/postgres?host={root}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True, cwd=root, **who)  # type: ignore[call-overload]
    finally:
        shutil.rmtree(root, ignore_errors=True)
