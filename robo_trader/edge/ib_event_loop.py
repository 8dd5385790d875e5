"""An event loop for the client library's import, and for nothing else.

The library's event package asks for the current event loop while it is imported. Where none is set (a Ray worker, a thread, a program before
`asyncio.run`) that raises or, by version, creates one that nobody closes. So it gets a loop of its own under a policy of its own, and the
caller's policy comes back untouched.
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loop_for_import() -> Iterator[None]:
    """Within this block the current event loop is a fresh one that does not run; it is closed at the end. Deprecation warnings are not errors."""
    policy = asyncio.get_event_loop_policy()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop_policy(asyncio.DefaultEventLoopPolicy())
    asyncio.set_event_loop(loop)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        asyncio.set_event_loop_policy(policy)
        loop.close()
