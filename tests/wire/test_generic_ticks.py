"""The numbers that a client adds to a market data line, as the real client library hears of them over TCP."""

from __future__ import annotations

from math import isnan

from tests.wire.conftest import Simulated


async def test_a_line_is_told_what_its_numbers_ask_for(simulated: Simulated) -> None:
    client = await simulated.client()
    ticker = client.ib.reqMktData(await client.stock(), "165,221,236,293,294,295,375")
    await client.until(lambda: ticker.tradeCount > 0 and ticker.rtTradeVolume > 0)
    assert ticker.low52week <= ticker.low26week <= ticker.low13week < ticker.high13week <= ticker.high26week <= ticker.high52week
    assert min(ticker.avVolume, ticker.tradeRate, ticker.volumeRate) > 0
    assert ticker.shortableShares > 1_000
    assert (ticker.bidExchange, ticker.askExchange, ticker.lastExchange) == ("P", "P", "P")
    counted, marked = ticker.tradeCount, ticker.markPrice
    await client.until(lambda: ticker.tradeCount > counted and ticker.markPrice != marked)


async def test_a_line_without_numbers_is_told_none_of_them(simulated: Simulated) -> None:
    client = await simulated.client()
    ticker = client.ib.reqMktData(await client.stock())
    await client.until(lambda: ticker.last > 0)
    told = (ticker.markPrice, ticker.shortableShares, ticker.tradeCount, ticker.low52week, ticker.avVolume)
    assert all(map(isnan, told))
