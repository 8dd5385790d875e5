"""A market scan: what passes a client's filters, ranked by a scan code. Pure: figures of the day in, ranks out.

The codes that rank by the day's move, volume, turnover, trades or range are carried out; those that a real scanner knows of options find nothing;
any other is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from robo_trader.simulated_gateway.instrument import Contract

ROWS_MAX: Final = 50
_PERCENT: Final = 100
_ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Figures:
    """One instrument's day so far: dollars, shares, and prints; `before` is the close of the session before, if it is known."""

    contract: Contract
    price: Decimal
    before: Decimal | None = None
    open: Decimal | None = None
    high: Decimal | None = None
    low: Decimal | None = None
    volume: int = 0
    turnover: Decimal = _ZERO
    trades: int = 0

    @property
    def change_percent(self) -> Decimal:
        """The move since the close before; 0 where that is unknown."""
        return _percent(self.price, self.before)


@dataclass(frozen=True, slots=True)
class Scan:
    """What a client asks for; None and blank filter nothing. `filters` are the tags and values of its newer way to filter."""

    code: str
    instrument: str = "STK"
    location: str = "STK.US.MAJOR"
    rows: int | None = None
    above_price: Decimal | None = None
    below_price: Decimal | None = None
    above_volume: int | None = None
    stock_type: str = ""
    filters: Mapping[str, Decimal] | None = None


def _percent(price: Decimal, since: Decimal | None) -> Decimal:
    return (price - since) * _PERCENT / since if since else _ZERO


RANKS: Final[Mapping[str, Callable[[Figures], Decimal]]] = {
    "TOP_PERC_GAIN": lambda figures: figures.change_percent,
    "TOP_PERC_LOSE": lambda figures: -figures.change_percent,
    "TOP_OPEN_PERC_GAIN": lambda figures: _percent(figures.price, figures.open),
    "TOP_OPEN_PERC_LOSE": lambda figures: -_percent(figures.price, figures.open),
    "HIGH_OPEN_GAP": lambda figures: _percent(figures.open or _ZERO, figures.before) if figures.open else _ZERO,
    "LOW_OPEN_GAP": lambda figures: -_percent(figures.open or _ZERO, figures.before) if figures.open else _ZERO,
    "TOP_PRICE_RANGE": lambda figures: (figures.high or _ZERO) - (figures.low or _ZERO),
    "HOT_BY_PRICE": lambda figures: abs(figures.change_percent),
    "MOST_ACTIVE": lambda figures: Decimal(figures.volume),
    "HOT_BY_VOLUME": lambda figures: Decimal(figures.volume),
    "TOP_VOLUME_RATE": lambda figures: Decimal(figures.volume),
    "MOST_ACTIVE_USD": lambda figures: figures.turnover,
    "TOP_TRADE_COUNT": lambda figures: Decimal(figures.trades),
    "TOP_TRADE_RATE": lambda figures: Decimal(figures.trades),
}
"""From a scan code to what is largest in its first row."""
FINDING_NOTHING: Final = frozenset({
    "HIGH_OPT_VOLUME_PUT_CALL_RATIO", "LOW_OPT_VOLUME_PUT_CALL_RATIO", "HIGH_OPT_IMP_VOLAT", "LOW_OPT_IMP_VOLAT", "TOP_OPT_IMP_VOLAT_GAIN",
    "TOP_OPT_IMP_VOLAT_LOSE", "HIGH_OPT_IMP_VOLAT_OVER_HIST", "LOW_OPT_IMP_VOLAT_OVER_HIST", "OPT_VOLUME_MOST_ACTIVE",
    "OPT_OPEN_INTEREST_MOST_ACTIVE", "HOT_BY_OPT_VOLUME", "COMBO_LATEST_TRADE",
})  # fmt: skip
"""Codes that a real scanner knows, of what there is none here."""
_FILTERS: Final[Mapping[str, Callable[[Figures, Decimal], bool]]] = {
    "priceAbove": lambda figures, bound: figures.price >= bound,
    "priceBelow": lambda figures, bound: figures.price <= bound,
    "volumeAbove": lambda figures, bound: figures.volume >= bound,
    "changePercAbove": lambda figures, bound: figures.change_percent >= bound,
    "changePercBelow": lambda figures, bound: figures.change_percent <= bound,
}
_HOMES: Final = {"STK.NASDAQ": "NASDAQ", "STK.NYSE": "NYSE", "STK.ARCA": "ARCA", "STK.AMEX": "AMEX"}


def is_known(code: str) -> bool:
    """Whether a real scanner would carry out this code."""
    return code in RANKS or code in FINDING_NOTHING


def filters_of(text: str) -> Mapping[str, Decimal]:
    """Tags and values from a client's `tag=value;tag=value;`; what is no number filters nothing."""
    found: dict[str, Decimal] = {}
    for part in text.split(";"):
        tag, _, value = part.partition("=")
        try:
            number = Decimal(value)
        except InvalidOperation:
            continue
        if number.is_finite():
            found[tag.strip()] = number
    return found


def scanned(scan: Scan, market: Iterable[Figures]) -> list[Contract]:
    """What the scan finds, best first; of equals the first ticker."""
    rank = RANKS.get(scan.code)
    if rank is None:
        return []
    found = sorted((figures for figures in market if _passes(scan, figures)), key=lambda figures: (-rank(figures), figures.contract.symbol))
    rows = scan.rows if scan.rows is not None and 0 < scan.rows < ROWS_MAX else ROWS_MAX
    return [figures.contract for figures in found[:rows]]


def _passes(scan: Scan, figures: Figures) -> bool:
    said = {"priceAbove": scan.above_price, "priceBelow": scan.below_price, "volumeAbove": scan.above_volume, **(scan.filters or {})}
    bounds = ((_FILTERS[tag], Decimal(bound)) for tag, bound in said.items() if bound is not None and tag in _FILTERS)
    return _is_there(scan, figures.contract) and all(passes(figures, bound) for passes, bound in bounds)


def _is_there(scan: Scan, contract: Contract) -> bool:
    """Whether the instrument is of the kind and the place that are scanned."""
    is_etf = contract.stock_type == "ETF"
    if scan.stock_type in ("CORP", "STOCK") and is_etf:
        return False
    if scan.stock_type == "ETF" and not is_etf:
        return False
    if scan.instrument.startswith("ETF."):
        return is_etf and scan.location.startswith(("ETF.", "STK.US"))
    if scan.instrument not in ("", "STK") or scan.location == "STK.US.MINOR":
        return False
    if scan.location in ("", "STK.US", "STK.US.MAJOR"):
        return True
    return _HOMES.get(scan.location.removesuffix(".NMS").removesuffix(".SCM")) == contract.primary_exchange
