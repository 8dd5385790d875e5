"""The composition root: the one place that knows which broker, journal, fence and clock are real.

This is the one-process tree: every part is an asyncio object of one loop, written so that it can be moved into a process of its own. The order of
start is the order of trust: lock, fence, journal, market, lease, desk; the order of end is its reverse.
"""

from __future__ import annotations

import asyncio
import random
import signal
from contextlib import AsyncExitStack, suppress
from typing import Any

from actors.trader import Trader
from robo_trader.cli.run_config import RunConfig
from robo_trader.cli.view import View


def run_one_process(config: RunConfig, view: View) -> dict[str, Any]:
    """Trade until the end, an interrupt or a failure; the run's summary. Raises `UserError` for what a person can put right."""
    return asyncio.run(_run(config, view))


async def _run(config: RunConfig, view: View) -> dict[str, Any]:
    async with AsyncExitStack() as stack:
        trader = Trader(config, view, stack, random.Random(config.seed))  # noqa: S311  # jitter, not secrets
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(trader.fail)
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, trader.drain)
        await trader.open()
        try:
            return await trader.run()
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                with suppress(RuntimeError):
                    loop.remove_signal_handler(number)
