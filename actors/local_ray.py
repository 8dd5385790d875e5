"""Ray for one machine and one errand: joined where it runs already, started and ended again where it does not.

A Ray that is started here belongs to the process that started it and dies with it, however that ends (after a SIGKILL two idle agents
of Ray's own need a minute to notice). It has no dashboard, reports nothing to
anybody, asks for a token that only this process and its children know, and keeps its files in a directory of its own with a short name, because the
paths of its sockets are bounded. A running cluster is joined by `RAY_ADDRESS`, which a submitted job finds in its environment.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

OBJECT_STORE_BYTES: Final = 100 * 2**20
_PREFIX: Final = "rt-ray-"
_ENVIRONMENT: Final = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # tasks without a GPU keep what the environment says of GPUs; else Ray warns of a change to come
    "RAY_DEDUP_LOGS": "0",
}


@contextmanager
def ray_session(cpus: int) -> Iterator[bool]:
    """Be connected to Ray inside; whether it is a cluster that was joined. `cpus` counts only for a Ray that is started here."""
    address = os.environ.get("RAY_ADDRESS")
    if address:
        import ray  # noqa: PLC0415 - it reads the environment when it is imported

        ray.init(address=address, log_to_driver=False, configure_logging=False)
        try:
            yield True
        finally:
            ray.shutdown()
        return
    with local_ray(cpus):
        yield False


@contextmanager
def local_ray(cpus: int, **options: object) -> Iterator[None]:
    """A Ray of this process's own, ended at the end; `options` go to `ray.init`."""
    quieten()
    import ray  # noqa: PLC0415 - as above

    folder = _new_folder()
    settings: dict[str, Any] = {
        "num_cpus": cpus,
        "include_dashboard": False,
        "object_store_memory": OBJECT_STORE_BYTES,
        "log_to_driver": False,
        "configure_logging": False,
        "_temp_dir": str(folder),
    }
    try:
        ray.init(address="local", **(settings | options))
        yield
    finally:
        ray.shutdown()
        shutil.rmtree(folder, ignore_errors=True)


def quieten() -> None:
    """Set what Ray reads from the environment; what the user has set stands. The token is the only one that is never shown to anybody."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    if "RAY_AUTH_MODE" not in os.environ:
        os.environ["RAY_AUTH_MODE"] = "token"
        os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)


def _new_folder() -> Path:
    """A directory named after this process; those of processes that were killed are removed."""
    for old in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        owner = old.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdecimal() and not Path(f"/proc/{owner}").exists() and old.stat().st_uid == os.getuid():
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
