"""Questions over the wire: whose answer it is, how long we wait, and what no answer means."""

import asyncio
from decimal import Decimal

import pytest

from robo_trader.edge.ib_callbacks import Callbacks
from robo_trader.edge.ib_calls import Calls
from robo_trader.edge.ib_event_loop import loop_for_import
from robo_trader.edge.ib_market_callbacks import Outlets
from robo_trader.edge.ib_questions import ANSWER_SECONDS_MAX, Questions
from robo_trader.edge.ib_requests import REQUEST_ID_FLOOR, UNANSWERED_MAX
from robo_trader.edge.market_clock import MarketClock
from robo_trader.edge.rate_budget import WINDOW_NS, Kind, RateBudget
from robo_trader.errors import ConfigurationError, DataError, GatewayAbsent
from robo_trader.orders.evidence import PositionSeen, Sweep
from robo_trader.values import NS_PER_SECOND, Instrument, Symbol

with loop_for_import():
    from ib_insync import BarData, Client, Contract, ContractDetails, ExecutionFilter, Order, OrderState, Wrapper

SPY = Instrument(Symbol("SPY"), 756733, Decimal("0.01"), primary_exchange="ARCA")
CONTRACT = Contract(conId=756733, symbol="SPY", secType="STK", currency="USD", primaryExchange="ARCA")
OPEN, CLOSE = 1381152600, 1381176000
PARTS = ("open_orders", "completed", "executions", "positions")


class Wire:
    """Takes the place of the socket: each frame is kept, and answered at once by what the test said for its message."""

    def __init__(self):
        self.frames, self.answers = [], {}

    def sendMsg(self, frame):  # noqa: N802
        fields = frame[4:].decode().split("\0")[:-1]
        self.frames.append(fields)
        if answer := self.answers.get(int(fields[0])):
            answer(fields)


class World:
    """Questions over a real client whose socket is a `Wire`; time passes only in the sleeps of the code under test."""

    def __init__(self):
        self.now_ns, self.ends, self.slept = 10**18, [], []
        self.budget = RateBudget()
        self.clock = MarketClock()
        outlets = Outlets(lambda _: None, lambda _: None, lambda *_: None, self.ends.append, lambda _: None, lambda: None, None)
        self.says = Callbacks(account="DU1", client_id=1, clock=self.clock, outlets=outlets)
        client = Client(Wrapper(None))
        client.connState, client._apiReady, client._serverVersion, client.MaxRequests = Client.CONNECTED, True, 176, 0
        client.updateReqId(REQUEST_ID_FLOOR)
        client.conn = self.wire = Wire()
        self.asks = Questions(
            calls=Calls(client, contract=Contract, order=Order, execution_filter=ExecutionFilter),
            callbacks=self.says,
            clock=self.clock,
            budget=self.budget,
            process_ns=lambda: self.now_ns,
            over=self.ends.append,
            sleep=self.sleep,
        )

    async def sleep(self, seconds):
        """Returns at once, that much later; kept are the seconds, and how many questions waited."""
        self.slept.append((seconds, self.asks.waiting_for_budget))
        self.now_ns += round(seconds * NS_PER_SECOND)


@pytest.fixture
async def world():
    return World()


def answering_sweep(world, *, without=()):
    """Answer every part of a sweep with nothing in it, except the message ids in `without`, which stay silent."""
    answers = {
        16: lambda _: world.says.openOrderEnd(),
        99: lambda _: world.says.completedOrdersEnd(),
        7: lambda fields: world.says.execDetailsEnd(int(fields[2])),
        61: lambda _: world.says.positionEnd(),
    }
    world.wire.answers.update({message: answer for message, answer in answers.items() if message not in without})


async def test_a_round_trip_is_true_when_the_time_came_back_and_false_when_it_did_not(world):
    assert not await world.asks.round_trip(0.01)
    world.wire.answers[49] = lambda _: world.says.currentTime(OPEN)
    assert not await world.asks.round_trip(0.01)  # this reply belonged to the first question
    assert world.ends == []


async def test_a_gateway_that_never_answers_loses_its_session(world):
    for _ in range(UNANSWERED_MAX):
        assert not await world.asks.round_trip(0.001)
    assert len(world.ends) == 1


async def test_a_question_waits_for_the_budget_and_is_counted_while_it_waits(world):
    world.wire.answers[49] = lambda _: world.says.currentTime(OPEN)
    while world.budget.may_send(Kind.ENTRY, world.now_ns):
        world.budget.spend(Kind.ENTRY, world.now_ns)
    assert await world.asks.round_trip(5)
    assert world.slept == [((WINDOW_NS + 1) / NS_PER_SECOND, 1)]
    assert world.asks.waiting_for_budget == 0


async def test_a_burst_of_questions_is_delayed_and_never_refused(world):
    world.wire.answers[49] = lambda _: world.says.currentTime(OPEN)
    assert all(await asyncio.gather(*(world.asks.round_trip(50) for _ in range(100))))
    assert len(world.wire.frames) == 100
    assert len(world.slept) >= 3


async def test_an_empty_sweep_says_nothing_there_and_a_silent_part_says_none(world, monkeypatch):
    monkeypatch.setattr("robo_trader.edge.ib_questions.ANSWER_SECONDS_MAX", 0.01)
    answering_sweep(world)
    sweep = await world.asks.sweep(3)
    assert (sweep.number, sweep.asked_process_ns) == (3, world.now_ns)
    assert (sweep.open_orders, sweep.completed, sweep.executions, sweep.positions) == ((), (), (), ())
    assert [frame[0] for frame in world.wire.frames] == ["16", "99", "7", "61"]


@pytest.mark.parametrize(("silent", "part"), list(zip((16, 99, 7, 61), PARTS, strict=True)))
async def test_exactly_the_part_that_stayed_silent_is_none(world, monkeypatch, silent, part):
    monkeypatch.setattr("robo_trader.edge.ib_questions.ANSWER_SECONDS_MAX", 0.01)
    answering_sweep(world, without={silent})
    sweep = await world.asks.sweep(1)
    assert [name for name in PARTS if getattr(sweep, name) is None] == [part]


async def test_a_part_with_an_unreadable_item_is_none(world):
    def answer(_):
        world.says.unreadable("half a share")
        world.says.positionEnd()

    answering_sweep(world)
    world.wire.answers[61] = answer
    assert (await world.asks.sweep(1)).positions is None


async def test_a_sweep_takes_the_last_word_on_each_order_and_position(world):
    def order(order_id, status, perm_id=9):
        facts = {"orderId": order_id, "clientId": 1 if order_id else 0, "permId": perm_id, "action": "BUY", "totalQuantity": 5.0, "orderType": "MKT"}
        world.says.openOrder(order_id, CONTRACT, Order(**facts), OrderState(status=status))

    def orders(_):
        order(7, "PreSubmitted", 0)
        order(7, "Submitted")
        order(8, "Submitted", 10)
        order(8, "Filled", 10)  # a live message amid the answer
        order(0, "Submitted", 11)
        order(0, "Submitted", 12)
        world.says.openOrderEnd()

    def positions(_):
        world.says.position("DU1", CONTRACT, 5.0, 0.0)
        world.says.position("DU1", CONTRACT, 0.0, 0.0)
        world.says.positionEnd()

    answering_sweep(world)
    world.wire.answers[16] = orders
    world.wire.answers[61] = positions
    sweep = await world.asks.sweep(1)
    assert [(seen.order_id, seen.perm_id) for seen in sweep.open_orders] == [(7, 9), (0, 11), (0, 12)]
    assert sweep.positions == (PositionSeen(SPY.symbol, 0),)


async def test_a_light_look_asks_for_open_orders_and_positions_only(world):
    answering_sweep(world, without={99, 7})
    assert await world.asks.glance(4) == Sweep(4, world.now_ns, (), None, None, (), (), light=True)


async def test_two_sweeps_at_once_go_one_after_the_other(world):
    answering_sweep(world)
    sweeps = await asyncio.gather(world.asks.sweep(1), world.asks.sweep(2))
    assert [sweep.number for sweep in sweeps] == [1, 2]
    assert [frame[0] for frame in world.wire.frames] == ["16", "99", "7", "61"] * 2


def answering_details(world, *found, refusal=None):
    def answer(fields):
        request_id = int(fields[2])
        for contract, tick in found:
            world.says.contractDetails(request_id, ContractDetails(contract=contract, minTick=tick))
        if refusal:
            world.says.error(request_id, *refusal)
        else:
            world.says.contractDetailsEnd(request_id)

    world.wire.answers[9] = answer


async def test_contract_details_make_an_instrument(world):
    answering_details(world, (CONTRACT, 0.01))
    assert await world.asks.instrument(SPY.symbol) == SPY


async def test_an_unknown_symbol_is_a_configuration_error_with_a_remedy(world):
    answering_details(world, refusal=(200, "No security definition has been found for the request"))
    with pytest.raises(ConfigurationError, match=r"'XXXX' is unknown.*ticker"):
        await world.asks.instrument(Symbol("XXXX"))


async def test_an_ambiguous_symbol_is_a_configuration_error(world):
    answering_details(world, (CONTRACT, 0.01), (CONTRACT, 0.01))
    with pytest.raises(ConfigurationError, match="ambiguous"):
        await world.asks.instrument(SPY.symbol)


async def test_details_that_are_refused_for_another_reason_or_never_come_mean_an_absent_gateway(world, monkeypatch):
    answering_details(world, refusal=(322, "Error processing request"))
    with pytest.raises(GatewayAbsent, match="322"):
        await world.asks.instrument(SPY.symbol)
    world.wire.answers.clear()
    monkeypatch.setattr("robo_trader.edge.ib_questions.ANSWER_SECONDS_MAX", 0.01)
    with pytest.raises(GatewayAbsent, match="did not answer"):
        await world.asks.instrument(SPY.symbol)


async def test_a_subscription_is_registered_before_it_is_asked_for(world):
    def first_bar(fields):
        world.says.realtimeBar(int(fields[2]), OPEN, 1.0, 1.0, 1.0, 1.0, 5.0, 1.0, 1)

    world.wire.answers[50] = first_bar
    await world.asks.subscribe(SPY)
    assert [frame[0] for frame in world.wire.frames] == ["1", "50"]
    assert world.clock.now == (OPEN + 5) * NS_PER_SECOND


def answering_history(world, starts, *, refusal=None, now=CLOSE):
    def answer(fields):
        request_id = int(fields[1])
        for start in starts:
            world.says.historicalData(request_id, BarData(date=str(start), open=1.0, high=1.0, low=1.0, close=1.0, volume=1.0))
        if refusal:
            world.says.error(request_id, *refusal)
        else:
            world.says.historicalDataEnd(request_id, "", "")

    world.wire.answers[20] = answer
    world.wire.answers[49] = lambda _: world.says.currentTime(now)


async def test_history_leaves_out_the_minute_that_is_not_over(world):
    answering_history(world, [OPEN, OPEN + 60, OPEN + 120], now=OPEN + 130)
    bars = await world.asks.minute_history(SPY, 1, 1)
    assert [bar.start // NS_PER_SECOND for bar in bars] == [OPEN, OPEN + 60]
    assert all(bar.backfilled for bar in bars)


async def test_no_history_is_an_empty_answer_and_a_refusal_is_a_data_error(world):
    answering_history(world, [], refusal=(162, "HMDS query returned no data"))
    assert await world.asks.minute_history(SPY, 1, 1) == []
    answering_history(world, [], refusal=(321, "bad parameters"))
    with pytest.raises(DataError, match="bad parameters"):
        await world.asks.minute_history(SPY, 1, 1)


async def test_history_that_does_not_come_is_given_up_at_the_broker_too(world):
    world.wire.answers[49] = lambda _: world.says.currentTime(OPEN)
    with pytest.raises(DataError, match="SPY"):
        await world.asks.minute_history(SPY, 1, 0.01)
    assert [frame[0] for frame in world.wire.frames] == ["49", "20", "25"]


async def test_details_or_history_with_an_unreadable_item_are_no_answer(world):
    answering_details(world, (CONTRACT, 0.01))
    answering_history(world, [OPEN])
    for message in (9, 20):
        answer = world.wire.answers[message]
        world.wire.answers[message] = lambda fields, answer=answer: (world.says.unreadable("a field too many"), answer(fields))
    with pytest.raises(GatewayAbsent):
        await world.asks.instrument(SPY.symbol)
    with pytest.raises(DataError):
        await world.asks.minute_history(SPY, 1, 1)


async def test_account_figures_are_those_of_the_whole_answer(world):
    def answer(_):
        world.says.updateAccountValue("TotalCashValue", "12.5", "USD", "DU1")
        world.says.accountDownloadEnd("DU1")

    world.wire.answers[6] = answer
    assert (await world.asks.account()).cash == Decimal("12.5")


async def test_after_the_session_ended_no_question_is_written(world):
    world.says.requests.end_all()
    assert not await world.asks.round_trip(1)
    assert (await world.asks.sweep(1)).open_orders is None
    with pytest.raises(GatewayAbsent):
        await world.asks.subscribe(SPY)
    assert world.wire.frames == []


async def test_the_end_of_the_session_ends_a_waiting_question_at_once(world):
    world.wire.answers[49] = lambda _: asyncio.get_running_loop().call_soon(world.says.requests.end_all)
    assert not await asyncio.wait_for(world.asks.round_trip(60), ANSWER_SECONDS_MAX)
