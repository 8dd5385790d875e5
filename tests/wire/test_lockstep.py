"""The clock of a gateway and a real client in lockstep: nothing is ever in flight while it moves."""

from __future__ import annotations

import asyncio

from ib_insync import LimitOrder

from robo_trader.simulated_gateway.clock import RUN_ON_SECONDS_MAX
from robo_trader.values import NS_PER_SECOND, Instant
from tests.wire.conftest import MID_MORNING, WAIT_SECONDS, RealClient, Simulated

SECOND = NS_PER_SECOND


class Witness:
    """Looks at both ends of the wire whenever the clock is about to move."""

    def __init__(self, simulated: Simulated, client: RealClient) -> None:
        self.moves: list[Instant] = []
        self.in_flight: list[tuple[int, int]] = []
        step = simulated.gateway.step

        def watched(to: Instant) -> None:
            wire, stats = simulated.gateway.counts()[client.client_id], client.ib.client.connectionStats()
            self.in_flight.append((wire.written - stats.numBytesRecv, stats.numBytesSent - wire.read))
            self.moves.append(to)
            step(to)

        simulated.gateway.step = watched  # type: ignore[method-assign]


async def test_the_clock_never_moves_while_bytes_are_in_flight(simulated: Simulated) -> None:
    client = await simulated.client()
    contract = await client.stock()
    witness = Witness(simulated, client)
    client.ib.reqMktData(contract)
    bars = client.ib.reqRealTimeBars(contract, 5, "TRADES", True)
    for n in range(1, 7):
        client.ib.placeOrder(contract, LimitOrder("BUY", 100, float(n), tif="DAY"))  # each is answered while the clock stands
        await client.until(lambda count=n: len(bars) >= 2 * count)
    assert set(witness.in_flight) == {(0, 0)}
    assert len(witness.moves) == 60
    assert witness.moves == [MID_MORNING + n * SECOND for n in range(1, 61)]


async def test_a_client_that_does_not_read_holds_the_clock_whatever_it_reports(simulated: Simulated) -> None:
    client = await simulated.client()
    transport = client.ib.client.conn.transport
    bars = client.ib.reqRealTimeBars(await client.stock(), 5, "TRADES", True)
    await client.until(lambda: len(bars) == 1)
    transport.pause_reading()
    stood = simulated.gateway.now
    client.ib.client.reqCurrentTime()  # its answer will lie in the socket
    for _ in range(20):
        client.report(idle=True)
        await asyncio.wait_for(client.ask_control(op="register", client_id=99), WAIT_SECONDS)
        await client.ask_control(op="unregister", client_id=99)
    assert simulated.gateway.now == stood
    transport.resume_reading()
    await client.until(lambda: len(bars) == 2)


async def test_a_client_that_connects_later_holds_the_clock_from_its_registration_on(simulated: Simulated) -> None:
    assert simulated.server.settings.control_path is not None
    first = await simulated.client(7)
    late = RealClient(9)
    await late.register(simulated.server.settings.control_path)
    bars = first.ib.reqRealTimeBars(await first.stock(), 5, "TRADES", True)
    stood = simulated.gateway.now
    first.report(idle=True)
    await first.ib.reqCurrentTimeAsync()
    first.report(idle=True)
    await first.ask_control(op="register", client_id=98)
    await first.ask_control(op="unregister", client_id=98)
    assert simulated.gateway.now == stood
    await late.unregister()
    await first.until(lambda: len(bars) == 1)


async def test_a_client_that_never_registered_does_not_hold_the_clock(simulated: Simulated) -> None:
    client, other = await simulated.client(7), await simulated.client(8, lockstep=False)
    other.ib.client.conn.transport.pause_reading()
    other.ib.client.reqCurrentTime()
    bars = client.ib.reqRealTimeBars(await client.stock(), 5, "TRADES", True)
    await client.until(lambda: len(bars) == 3)


async def test_after_a_crash_the_market_runs_on_and_waits_for_the_next_registration(simulated: Simulated) -> None:
    client, other = await simulated.client(7), await simulated.client(8, lockstep=False)
    stood = simulated.gateway.now
    client.ib.client.conn.transport.abort()
    client.hang_up()
    await simulated.without(7)
    again = await simulated.client(7)
    ran_on = simulated.gateway.now - stood
    assert 0 < ran_on <= RUN_ON_SECONDS_MAX * SECOND
    assert (await other.ib.reqCurrentTimeAsync()).timestamp() == simulated.gateway.now // SECOND
    assert simulated.gateway.now == stood + ran_on
    again.report(idle=False)


async def test_leaving_in_order_stops_the_clock_at_once(simulated: Simulated) -> None:
    client = await simulated.client(7)
    bars = client.ib.reqRealTimeBars(await client.stock(), 5, "TRADES", True)
    await client.until(lambda: len(bars) == 1)
    stood = simulated.gateway.now
    await client.unregister()
    await client.ib.reqCurrentTimeAsync()
    assert simulated.gateway.now == stood
