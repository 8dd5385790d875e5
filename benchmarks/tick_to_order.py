"""From tick to order: `python benchmarks/tick_to_order.py [--symbols 1,20,100] [--orders 1000] [--rate 8] [--keep FOLDER]`.

Measured from the frame that closes a minute, leaving the gateway, to the placeOrder frame that it causes, read by the gateway: one clock, the
exchange's own log, for three rivals on the same market, one after the other, sitting by sitting, so that whatever else the machine does meets all:

  script        30 lines of ib_insync, one process: no journal, no stops, no limits
  one process   our own desk, everything in one asyncio process (`run --in-process`), as one would have it under a process manager
  tree          our own desk as a supervised tree of processes on Ray (`run`)

Ours keep the order on record before they send it, and protect each fill by a stop: what they send besides the order that is measured is a load that
the script does not have. Targets: tree p50 <= script + 3 ms, p99 <= 30 ms; and in a burst, where all 100 symbols close in one packet, exits leave
before entries and at 95% of the message budget: `share` counts from the first exit, and holds against the tree the time that it takes to decide the
first budget's worth; `pace` is that of the exits that the budget alone held up.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.market_feed import MINUTES_MAX
from benchmarks.order_log import HOP_NAMES, NS_PER_MS, Day, Order, Turn, hops_of, measured, percentile
from benchmarks.rivals import RIVALS, SCRIPT, TREE, Market, Sitting, sit
from robo_trader.edge.rate_budget import MESSAGES_PER_WINDOW_MAX, WINDOW_NS
from robo_trader.values import NS_PER_SECOND

P50_OVER_SCRIPT_MS_MAX, P99_MS_MAX, BUDGET_SHARE_MIN = 3.0, 30.0, 0.95
WARM_UP_TURNS = 30
BURST_SYMBOLS, BURSTS = 100, 6
LATE_NS = 9 * NS_PER_SECOND


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--symbols", default="1,20,100", help="markets to trade, by their number of symbols")
    parser.add_argument("--orders", type=int, default=1000, help="orders to measure of each rival and market")
    parser.add_argument("--rate", type=float, default=3.0, help="closing bars a second; each makes about three orders")
    parser.add_argument("--rivals", default=",".join(RIVALS))
    parser.add_argument("--no-burst", action="store_true")
    parser.add_argument("--nice", type=int, default=0, help="niceness of each measured session, below 0 (root) where others use the machine")
    parser.add_argument("--keep", type=Path, help="keep logs and traces here")
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, niceness {options.nice}", flush=True)
    with tempfile.TemporaryDirectory(prefix="rt-bench-") as folder:
        run(options, options.keep or Path(folder))


def run(options: argparse.Namespace, folder: Path) -> None:
    """All markets, and the burst."""
    rivals = options.rivals.split(",")
    for count in map(int, options.symbols.split(",")):
        compare(count, rivals, options, folder)
    if not options.no_burst:
        for rival in rivals:
            if rival != SCRIPT:
                market = Market(BURST_SYMBOLS, 0, BURSTS, together=True)
                burst(rival, sit(rival, market, folder / f"burst-{rival.replace(' ', '-')}", options.nice))


def compare(count: int, rivals: list[str], options: argparse.Namespace, folder: Path) -> None:
    """One market, all rivals in turn until each has its orders."""
    warm_up = max(WARM_UP_TURNS, 2 * count)
    turns: dict[str, list[Turn]] = {rival: [] for rival in rivals}
    hops: dict[str, list[list[float]]] = {rival: [] for rival in rivals}
    loads: list[float] = []
    number = 0
    while (missing := options.orders - min(len(found) for found in turns.values())) > 0:
        number += 1
        minutes = min(MINUTES_MAX, -(-(missing + warm_up + count) // count) + 2)
        market = Market(count, options.rate, minutes)
        for rival in rivals:
            sitting = sit(rival, market, folder / f"{count}-{rival.replace(' ', '-')}-{number}", options.nice)
            counted = measured(sitting.day.turns(), warm_up)
            turns[rival] += counted
            hops[rival] += hops_of(counted, sitting.trace)
            loads.append(sitting.load)
            _tell_end(rival, sitting, counted)
    print(f"\n{count} symbols, {options.rate:g} closing bars a second, load {min(loads):.1f} to {max(loads):.1f}; milliseconds")
    print(f"  {'':12} {'orders':>7} {'none':>5} {'p50':>8} {'p90':>8} {'p99':>8} {'max':>8}   p50 to the script")
    for rival in rivals:
        _tell(rival, turns)
    for rival in rivals:
        _tell_hops(rival, hops[rival])


def _tell_end(rival: str, sitting: Sitting, counted: list[Turn]) -> None:
    """A sitting that went wrong must not pass for a measurement."""
    said = sitting.summary
    books = {True: "books equal", False: f"books DIFFER: {said.get('violations')}", None: ""}[said.get("reconciled")]
    print(f"  # {rival}: {len(counted)} closing bars measured, {len(sitting.day.orders)} orders in all {books}", file=sys.stderr, flush=True)


def _tell(rival: str, turns: dict[str, list[Turn]]) -> None:
    took = [turn.ms for turn in turns[rival] if turn.ms is not None]
    base = [turn.ms for turn in turns.get(SCRIPT, []) if turn.ms is not None]
    p50, p99 = percentile(took, 0.5), percentile(took, 0.99)
    line = f"  {rival:12} {len(took):7} {len(turns[rival]) - len(took):5} {p50:8.2f} {percentile(took, 0.9):8.2f} {p99:8.2f} {max(took):8.2f}"
    over = p50 - percentile(base, 0.5)
    verdict = "" if rival == SCRIPT else f"   +{over:.2f} ms, x{p50 / percentile(base, 0.5):.1f}"
    if rival == TREE:
        verdict += f"; {'within' if over <= P50_OVER_SCRIPT_MS_MAX and p99 <= P99_MS_MAX else 'MISSES'} +3 ms and 30 ms"
    print(line + verdict, flush=True)


def _tell_hops(rival: str, hops: list[list[float]]) -> None:
    if not hops:
        return
    print(f"  {rival}, by hop of {len(hops)} orders:")
    for name, took in zip(HOP_NAMES, zip(*hops, strict=True), strict=True):
        print(f"    {name:58} p50 {percentile(list(took), 0.5):7.2f}   p99 {percentile(list(took), 0.99):7.2f}", flush=True)


def burst(rival: str, sitting: Sitting) -> None:
    """How the orders of each burst left, in the order of time."""
    print(f"\nburst of {rival}: {BURST_SYMBOLS} symbols close in one packet, {BURSTS} times")
    heads = ("exits", "entries", "stops", "first exit ms", "exits drained s", "by the budget s", "share", "pace", "entries before an exit")
    print("  " + "  ".join(f"{head:>7}" for head in heads))
    budget_seconds = drained_seconds = 0.0
    for began, orders in bursts(sitting.day):
        exits = [order for order in orders if order.what == "exit"]
        entries = [order.at for order in orders if order.what == "entry"]
        if not exits:
            print(f"  {0:6} {len(entries):8} {sum(order.what == 'stop' for order in orders):6}")
            continue
        drained = (exits[-1].at - exits[0].at) / NS_PER_SECOND
        budget = (len(exits) - 1) // MESSAGES_PER_WINDOW_MAX * WINDOW_NS / NS_PER_SECOND
        share = budget / drained if drained and budget else 1.0
        budget_seconds, drained_seconds = budget_seconds + budget, drained_seconds + drained
        early = sum(at < exits[-1].at for at in entries)
        stops = sum(order.what == "stop" for order in orders)
        first = (exits[0].at - began) / NS_PER_MS
        cells = (f"{first:.1f}", f"{drained:.2f}", f"{budget:.2f}", f"{share:.0%}", pace(exits), early)
        print("  " + "  ".join(f"{cell:>7}" for cell in (len(exits), len(entries), stops, *cells)), flush=True)
    if drained_seconds:
        share = budget_seconds / drained_seconds
        print(f"  all exits drained in {drained_seconds:.2f} s, by the budget {budget_seconds:.2f} s: {share:.1%}", flush=True)


def pace(exits: list[Order]) -> str:
    """How much of the budget's rate the exits kept to that had to wait for it: each left a window after the one that it waited for, at best."""
    waits = [later.at - earlier.at for earlier, later in zip(exits, exits[MESSAGES_PER_WINDOW_MAX:], strict=False)]
    return f"{WINDOW_NS * len(waits) / sum(waits):.0%}" if waits else "-"


def bursts(day: Day) -> list[tuple[int, list[Order]]]:
    """Each burst's first closing frame, and the orders until the next."""
    began = sorted({min(times) for times in zip(*day.closings.values(), strict=False)})
    return [(at, [order for order in day.orders if at <= order.at < at + LATE_NS]) for at in began]


if __name__ == "__main__":
    main()
