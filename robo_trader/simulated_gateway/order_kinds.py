"""The order types and times in force that this exchange carries out, and what sets each apart.

    MKT LMT                 at once; a limit order may rest
    STP, STP LMT            wait for a trade at or through the stop, then are a market or a limit order
    TRAIL, TRAIL LIMIT      the same, with a stop that follows the market at a distance
    MOC LOC                 at the session's closing price
    MKT or LMT with OPG     at the session's opening price

DAY lasts until the close, GTC until it is cancelled, GTD until an instant, OPG until the opening; of IOC and FOK what does not fill at once is
cancelled, and FOK fills whole or not at all.
"""

from __future__ import annotations

from typing import Final

AT_ONCE: Final = frozenset({"MKT", "LMT"})
TRAILING: Final = frozenset({"TRAIL", "TRAIL LIMIT"})
STOPS: Final = frozenset({"STP", "STP LMT"}) | TRAILING
LIMITS: Final = frozenset({"LMT", "LOC", "STP LMT", "TRAIL LIMIT"})
AT_CLOSE: Final = frozenset({"MOC", "LOC"})
OUTSIDE_HOURS: Final = frozenset({"LMT", "STP LMT", "TRAIL LIMIT"})
"""What may work while the exchange is closed: nothing that could fill at any price."""
ORDER_TYPES: Final = AT_ONCE | STOPS | AT_CLOSE
AT_OPEN: Final = "OPG"
IMMEDIATE: Final = frozenset({"IOC", "FOK"})
TIMES_IN_FORCE: Final = frozenset({"DAY", "GTC", "GTD", AT_OPEN}) | IMMEDIATE
ONE_CHANCE: Final = IMMEDIATE | {AT_OPEN}
"""What has one moment to fill in."""
OF_OTHER_VENUES: Final = frozenset(
    {
        "MIT", "LIT", "MTL", "MKT PRT", "STP PRT", "MIDPRICE", "REL", "PASSV REL", "PEG BENCH", "PEG BEST", "PEG MID", "PEG MKT", "PEG PRIM",
        "PEG STK", "REL + LMT", "REL + MKT", "LMT + MKT", "SNAP MID", "SNAP MKT", "SNAP PRIM", "BOX TOP", "VOL", "VWAP", "LWAP", "RPI",
    }
)  # fmt: skip
"""Types that the broker knows, and this exchange does not carry out."""
