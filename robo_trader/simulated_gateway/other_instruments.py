"""Instruments that are no US stocks: a table to read in, for this gateway's market has prices of none of them.

EUR.USD, the quarterly futures of the S&P 500 and their continuous one, bitcoin, the S&P 500 itself, a chain of options on SPY, and some European
stocks, as they stand on the market's date. Ids are the broker's where they are published; any other is made from a name, and always the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from typing import Final

from robo_trader.simulated_gateway.foreign_stocks import BEGIN, END, FOREIGN_STOCKS, TIME_ZONE, ForeignStock
from robo_trader.simulated_gateway.instrument import SMART, ContractSpec
from robo_trader.simulated_gateway.option_chain import MULTIPLIER, RIGHTS, chain, third_fridays

QUARTERS: Final = 12
SPY: Final = "SPY"
NO_GROUP: Final = 2**31 - 1
_DAYS_TOLD: Final = 6
_SATURDAY: Final = 5
_MADE_ID_FLOOR: Final = 1_900_000_000  # above the ids that are made of stocks' symbols
_MADE_IDS: Final = 200_000_000
_QUARTER_LETTERS: Final = {3: "H", 6: "M", 9: "U", 12: "Z"}
_FUTURES_IDS: Final = {
    "202509": 637533641, "202512": 495512563, "202603": 649180695, "202606": 649180678, "202609": 649180671, "202612": 515416632, "202703": 649180684,
    "202706": 649180661, "202709": 649180681, "202712": 586139767, "202803": 649180666, "202806": 649180690, "202809": 649180675, "202812": 654503299,
    "202903": 672387437, "202906": 691171642, "202909": 711280049,
}  # fmt: skip
_OPTION_IDS: Final = {"SPY   260116C00440000": 653318228}
_ALIASES: Final = {"GLOBEX": "CME"}  # what the broker's older texts call it
_ANY_RIGHT: Final = ("", "?", "0")
_OPTION_VENUES: Final = ("SMART", "AMEX", "CBOE", "PHLX", "PSE", "ISE", "BOX", "BATS", "NASDAQOM")


@dataclass(frozen=True, slots=True)
class Hours:
    """When it trades on a weekday, as the broker writes times; `overnight`: it begins on the evening before."""

    begin: str
    end: str
    overnight: bool = False

    def told(self, day: date) -> str:
        """The broker's text for `day` and the days after it."""
        return ";".join(self._on(day + timedelta(days=ahead)) for ahead in range(_DAYS_TOLD))

    def _on(self, day: date) -> str:
        if day.weekday() >= _SATURDAY:
            return f"{day:%Y%m%d}:CLOSED"
        begins = day - timedelta(days=1) if self.overnight else day
        return f"{begins:%Y%m%d}:{self.begin}-{day:%Y%m%d}:{self.end}"


@dataclass(frozen=True, slots=True)
class Underlying:
    """What an instrument is derived from."""

    con_id: int
    symbol: str
    sec_type: str


NOTHING: Final = Underlying(0, "", "")


@dataclass(frozen=True, slots=True)
class Other:
    """One instrument; `exchanges` are where it trades, the first of them is told. Prices move in `min_tick` of its currency, sizes in `size_step`."""

    con_id: int
    symbol: str
    sec_type: str
    exchanges: tuple[str, ...]
    local_symbol: str
    trading_class: str
    market_name: str
    long_name: str
    min_tick: Decimal
    market_rule: int
    time_zone: str
    trading: Hours
    liquid: Hours
    currency: str = "USD"
    expiry: date | None = None
    ends_at: str = ""  # of the expiry, in its time zone
    multiplier: str = ""
    strike: Decimal = Decimal(0)
    right: str = ""
    under: Underlying = NOTHING
    size_step: Decimal = Decimal(1)
    agg_group: int = NO_GROUP
    primary_exchange: str = ""  # of stocks alone, and so is its type
    stock_type: str = ""

    @property
    def home(self) -> str:
        """Where it is listed."""
        return self.primary_exchange or self.exchanges[0]

    @property
    def expiry_text(self) -> str:
        """The last day on which it trades; empty where there is none."""
        return "" if self.expiry is None else f"{self.expiry:%Y%m%d}"


EUR_USD: Final = Other(
    con_id=12087792,
    symbol="EUR",
    sec_type="CASH",
    exchanges=("IDEALPRO",),
    local_symbol="EUR.USD",
    trading_class="EUR.USD",
    market_name="EUR.USD",
    long_name="European Monetary Union Euro",
    min_tick=Decimal("0.00005"),
    market_rule=3188,
    time_zone="US/Eastern",
    trading=Hours("1715", "1700", overnight=True),
    liquid=Hours("1715", "1700", overnight=True),
    size_step=Decimal("0.01"),
    agg_group=4,
)
BITCOIN: Final = Other(
    con_id=479624278,
    symbol="BTC",
    sec_type="CRYPTO",
    exchanges=("PAXOS",),
    local_symbol="BTC.USD",
    trading_class="BTC",
    market_name="BTC",
    long_name="Bitcoin cryptocurrency",
    min_tick=Decimal("0.25"),
    market_rule=2806,
    time_zone="US/Eastern",
    trading=Hours("0000", "2359"),
    liquid=Hours("0000", "2359"),
    size_step=Decimal("0.0001"),
)
SPX: Final = Other(
    con_id=416904,
    symbol="SPX",
    sec_type="IND",
    exchanges=("CBOE",),
    local_symbol="SPX",
    trading_class="SPX",
    market_name="SPX",
    long_name="S&P 500 Stock Index",
    min_tick=Decimal("0.01"),
    market_rule=26,
    time_zone="US/Central",
    trading=Hours("0830", "1500"),
    liquid=Hours("0830", "1500"),
)


@lru_cache(maxsize=16)
def undated(day: date) -> tuple[Other, ...]:
    """What is listed on a day whatever prices are: all but options, the nearest future first."""
    futures = tuple(_future(expiry) for expiry in third_fridays(day, QUARTERS, every=3, from_month=3))
    return (EUR_USD, *futures, replace(futures[0], sec_type="CONTFUT"), BITCOIN, SPX, *STOCKS)


@lru_cache(maxsize=16)
def options(day: date, price: Decimal | None, under_con_id: int) -> tuple[Other, ...]:
    """The options on SPY, which trades at about `price` dollars, and those whose ids are published."""
    listed = chain(day, price)
    made = [_option(expiry, strike, right, under_con_id) for expiry in listed.expirations for strike in listed.strikes for right in RIGHTS]
    ours = {option.local_symbol for option in made}
    published = (_option(*_named_by(local), under_con_id) for local in _OPTION_IDS if local not in ours)
    return (*made, *(option for option in published if option.expiry in listed.expirations))


def matching(pattern: str) -> list[Other]:
    """The stocks whose ticker begins with a pattern, and then those with it in their names."""
    wanted = pattern.strip().upper()
    found = [stock for stock in STOCKS if wanted and (stock.symbol.startswith(wanted) or wanted in stock.long_name)]
    return sorted(found, key=lambda stock: not stock.symbol.startswith(wanted))


def venue_name(said: str) -> str:
    """An exchange by the one name of those that it has."""
    return _ALIASES.get(said, said)


def named(spec: ContractSpec, day: date, price: Callable[[], Decimal | None], under_con_id: int) -> list[Other]:
    """Those that a client's words fit. A contract id outranks the rest, but nothing said may contradict it; `price` is that of SPY in dollars."""
    listed = undated(day)
    if spec.con_id or spec.sec_type == "OPT":
        listed += options(day, price(), under_con_id)
    found = [other for other in listed if _fits(other, spec)]
    return found[:1] if spec.con_id else found


def _fits(other: Other, spec: ContractSpec) -> bool:
    said_and_so = (
        (spec.symbol, other.symbol),
        (spec.local_symbol, other.local_symbol),
        (spec.currency, other.currency),
        (spec.trading_class, other.trading_class),
        (spec.multiplier, other.multiplier),
        ("" if spec.primary_exchange == SMART or not other.primary_exchange else spec.primary_exchange, other.primary_exchange),
        (spec.sec_type if spec.con_id else spec.sec_type or "nothing", other.sec_type),
    )
    return (
        spec.con_id in (0, other.con_id)
        and bool(spec.con_id or spec.symbol or spec.local_symbol)
        and all(said in ("", so) for said, so in said_and_so)
        and venue_name(spec.exchange) in ("", *other.exchanges)
        and other.expiry_text.startswith(spec.last_trade_date.partition(" ")[0].partition("-")[0])
        and spec.strike in (0, other.strike)
        and (spec.right in _ANY_RIGHT or spec.right[:1].upper() == other.right)
    )


def _future(expiry: date) -> Other:
    month = f"{expiry:%Y%m}"
    return Other(
        con_id=_FUTURES_IDS.get(month) or _made_id(f"ES {month}"),
        symbol="ES",
        sec_type="FUT",
        exchanges=("CME", "QBALGO"),
        local_symbol=f"ES{_QUARTER_LETTERS[expiry.month]}{expiry.year % 10}",
        trading_class="ES",
        market_name="ES",
        long_name="E-mini S&P 500",
        min_tick=Decimal("0.25"),
        market_rule=67,
        time_zone="US/Central",
        trading=Hours("1700", "1600", overnight=True),
        liquid=Hours("0830", "1600"),
        expiry=expiry,
        ends_at="08:30:00",
        multiplier="50",
        under=Underlying(11004968, "ES", "IND"),
    )


def _option(expiry: date, strike: Decimal, right: str, under_con_id: int) -> Other:
    local = f"{SPY:<6}{expiry:%y%m%d}{right}{int(strike * 1000):08d}"
    return Other(
        con_id=_OPTION_IDS.get(local) or _made_id(local),
        symbol=SPY,
        sec_type="OPT",
        exchanges=_OPTION_VENUES,
        local_symbol=local,
        trading_class=SPY,
        market_name=SPY,
        long_name="SPDR S&P 500 ETF TRUST",
        min_tick=Decimal("0.01"),
        market_rule=32,
        time_zone="US/Eastern",
        trading=Hours("0930", "1615"),
        liquid=Hours("0930", "1615"),
        expiry=expiry,
        ends_at="16:00:00",
        multiplier=MULTIPLIER,
        strike=strike,
        right=right,
        under=Underlying(under_con_id, SPY, "STK"),
        agg_group=2,
    )


def _named_by(local: str) -> tuple[date, Decimal, str]:
    """Expiry, strike and right of an option's name."""
    year, month, day = (int(local[at : at + 2]) for at in (6, 8, 10))
    return date(2000 + year, month, day), Decimal(int(local[13:])) / 1000, local[12]


def _made_id(name: str) -> int:
    return _MADE_ID_FLOOR + int.from_bytes(sha256(name.encode()).digest()[:8], "big") % _MADE_IDS


def _stock(foreign: ForeignStock) -> Other:
    return Other(
        con_id=foreign.con_id or _made_id(f"{foreign.symbol}@{foreign.exchange}"),
        symbol=foreign.symbol,
        sec_type="STK",
        exchanges=(SMART, foreign.exchange),
        local_symbol=foreign.symbol,
        trading_class=foreign.trading_class,
        market_name=foreign.trading_class,
        long_name=foreign.long_name,
        min_tick=Decimal("0.01"),
        market_rule=26,
        time_zone=TIME_ZONE,
        trading=Hours(BEGIN, END),
        liquid=Hours(BEGIN, END),
        currency=foreign.currency,
        primary_exchange=foreign.exchange,
        stock_type="COMMON",
    )


STOCKS: Final = tuple(_stock(foreign) for foreign in FOREIGN_STOCKS)
