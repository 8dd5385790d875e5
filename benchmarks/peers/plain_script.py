"""What a person writes in an evening: one process, ib_insync, no journal, no stops, no limits. `python plain_script.py PORT SYMBOL[,SYMBOL...]`."""

import sys

from ib_insync import IB, MarketOrder, RealTimeBarList, Stock

SHARES, LAST_PART_SECONDS = 10, 55
ib = IB()
ib.client.MaxRequests = 40  # a second; of its own it sends 45, and a hundred subscriptions in bursts of them pass the broker's bound of 50
last_close: dict[str, float] = {}
held: dict[str, int] = {}


def on_bar(bars: RealTimeBarList, _fresh: bool) -> None:
    """Turn the position when the minute that just closed is above (below) the one before."""
    bar, symbol = bars[-1], bars.contract.symbol
    if bar.time.second != LAST_PART_SECONDS:
        return
    before, last_close[symbol] = last_close.get(symbol), bar.close
    if before is None or before == bar.close:
        return
    change = (SHARES if bar.close > before else -SHARES) - held.get(symbol, 0)
    if change:
        held[symbol] = held.get(symbol, 0) + change
        ib.placeOrder(bars.contract, MarketOrder("BUY" if change > 0 else "SELL", abs(change)))


ib.connect("127.0.0.1", int(sys.argv[1]), clientId=7, timeout=30)
contracts = ib.qualifyContracts(*(Stock(symbol, "SMART", "USD") for symbol in sys.argv[2].split(",")))
for contract in contracts:
    ib.reqMktData(contract)
for contract in contracts:
    ib.reqRealTimeBars(contract, 5, "TRADES", False).updateEvent += on_bar
ib.run()
