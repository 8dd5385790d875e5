"""The broker's messages, one by one, as news; order state is nobody's but the desk's."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from robo_trader.edge.ib_callbacks import UNREADABLE, Callbacks
from robo_trader.edge.ib_event_loop import loop_for_import
from robo_trader.edge.ib_market_callbacks import Outlets
from robo_trader.edge.ib_requests import REQUEST_ID_FLOOR, Topic
from robo_trader.edge.market_clock import MarketClock
from robo_trader.errors import ProtocolError
from robo_trader.orders.evidence import BrokerError, BrokerStatus, CommissionSeen, ExecutionSeen, OrderSeen, PositionSeen, StatusSeen

with loop_for_import():
    from ib_insync import CommissionReport, Contract, Execution, Order, OrderState

SPY = Contract(conId=756733, symbol="SPY", secType="STK", currency="USD")
VOO = Contract(conId=136155102, symbol="VOO", secType="STK", currency="USD")
QUESTION = REQUEST_ID_FLOOR + 5


class Session:
    """Callbacks of client 1 in account DU1, and what came out of them."""

    def __init__(self, account="DU1"):
        self.news, self.notices, self.ends, self.acknowledged = [], [], [], []
        outlets = Outlets(
            self.news.append, None, lambda *facts: self.notices.append(facts), self.ends.append, self.acknowledged.append, lambda: None, None
        )
        self.clock = MarketClock()
        self.says = Callbacks(account=account, client_id=1, clock=self.clock, outlets=outlets)


@pytest.fixture
def session():
    return Session()


def order(**changes):
    usual = {"orderId": 7, "clientId": 1, "permId": 9, "action": "BUY", "totalQuantity": 100.0, "orderType": "MKT", "account": "DU1"}
    return Order(**{**usual, **changes})


def execution(exec_id="e1", **changes):
    at = datetime(2013, 10, 7, 14, 31, 8, tzinfo=UTC)
    usual = {"execId": exec_id, "time": at, "acctNumber": "DU1", "side": "BOT", "shares": 40.0, "price": 167.43, "orderId": 7, "clientId": 1}
    return Execution(**{**usual, **changes})


def tell_status(session, status="Submitted", **changes):
    facts = {"orderId": 7, "status": status, "filled": 0.0, "remaining": 100.0, "avgFillPrice": 0.0, "permId": 9, "parentId": 0, "lastFillPrice": 0.0}
    session.says.orderStatus(**{**facts, "clientId": 1, "whyHeld": "", **changes})


# orders


def test_every_repetition_of_a_status_is_passed_on(session):
    tell_status(session)
    tell_status(session)
    assert session.news == [StatusSeen(7, 1, 9, BrokerStatus.SUBMITTED, 0, 100)] * 2


def test_a_light_look_tells_what_changed_and_not_the_rest_again(session):
    says = session.says

    def look(status, held):
        session.news.clear()
        says.openOrder(7, SPY, order(), OrderState(status=status))
        tell_status(session, status)
        says.position("DU1", SPY, held, 0.0)
        return [type(news).__name__ for news in session.news]

    everything = ["OrderSeen", "StatusSeen", "PositionSeen"]
    assert look("PreSubmitted", 0.0) == look("PreSubmitted", 0.0) == everything
    says.glancing = True
    assert look("PreSubmitted", 0.0) == []
    assert look("Submitted", 40.0) == everything
    assert look("Submitted", 40.0) == []
    assert look("Cancelled", 0.0) == everything
    says.glancing = False
    assert look("Cancelled", 0.0) == everything


@pytest.mark.parametrize("code", [161, 201, 202, 399, 10147, 10148, 10349, 2109])
def test_an_error_that_names_an_order_is_news_and_changes_no_order(session, code):
    session.says.error(7, code, "text", "")
    assert session.news == [BrokerError(7, code, "text")]
    assert session.acknowledged == [7]


def test_the_advanced_reject_text_is_kept(session):
    session.says.error(7, 201, "Order rejected", '{"why": "size"}')
    assert session.news == [BrokerError(7, 201, 'Order rejected {"why": "size"}')]


async def test_an_open_order_during_a_pending_list_is_news_and_an_item(session):
    question = session.says.requests.open(Topic.OPEN_ORDERS)
    session.says.openOrder(7, SPY, order(), OrderState(status="Submitted"))
    session.says.openOrderEnd()
    (news,) = session.news
    assert isinstance(news, OrderSeen)
    assert (await question.answered).items == (news,)


def test_what_if_answers_and_orders_of_other_accounts_are_not_ours(session):
    session.says.openOrder(7, SPY, order(whatIf=True), OrderState(status="PreSubmitted"))
    session.says.openOrder(7, SPY, order(account="DU2"), OrderState(status="Submitted"))
    session.says.execDetails(-1, SPY, execution(acctNumber="DU2"))
    session.says.position("DU2", SPY, 5.0, 0.0)
    session.says.updateAccountValue("NetLiquidation", "5", "USD", "DU2")
    session.says.tcpDataProcessed()
    assert session.news == []


def test_before_the_account_is_known_any_account_is_ours():
    session = Session(account=None)
    session.says.openOrder(7, SPY, order(account="DU7"), OrderState(status="Submitted"))
    assert len(session.news) == 1


def test_only_messages_that_name_this_clients_order_prove_that_it_was_read(session):
    tell_status(session, clientId=2)
    session.says.openOrder(8, SPY, order(orderId=8, clientId=2), OrderState(status="Submitted"))
    assert session.acknowledged == []
    tell_status(session)
    session.says.openOrder(8, SPY, order(orderId=8), OrderState(status="Submitted"))
    session.says.execDetails(-1, SPY, execution(orderId=9))
    assert session.acknowledged == [7, 8, 9]


async def test_a_completed_order_is_an_item_and_no_news_and_an_unasked_one_is_dropped(session):
    session.says.completedOrder(SPY, order(), OrderState(status="Filled"))
    question = session.says.requests.open(Topic.COMPLETED_ORDERS)
    session.says.completedOrder(SPY, order(orderId=0, clientId=0, filledQuantity=100.0), OrderState(status="Filled"))
    session.says.completedOrdersEnd()
    ((seen,), news) = (await question.answered).items, session.news
    assert (seen.order_id, seen.filled) == (0, 100)
    assert news == []


# executions and commissions


def test_a_live_execution_is_news_and_moves_the_market_clock(session):
    session.says.execDetails(-1, SPY, execution())
    (seen,) = session.news
    assert isinstance(seen, ExecutionSeen)
    assert session.clock.now == seen.at


async def test_an_execution_that_was_asked_for_travels_only_inside_its_sweep_and_so_does_its_commission(session):
    session.says.begin_sweep()
    question = session.says.requests.open(QUESTION)
    session.says.execDetails(QUESTION, SPY, execution("asked"))
    session.says.commissionReport(CommissionReport("asked", 1.0))
    session.says.execDetailsEnd(QUESTION)
    session.says.commissionReport(CommissionReport("live", 2.0))
    assert [item.exec_id for item in (await question.answered).items] == ["asked"]
    assert session.news == [CommissionSeen("live", Decimal("2.0"), Decimal("0.0"))]
    assert [seen.exec_id for seen in session.says.end_sweep()] == ["asked", "live"]


def test_a_commission_after_the_sweep_is_news(session):
    session.says.begin_sweep()
    session.says.end_sweep()
    session.says.commissionReport(CommissionReport("asked", 1.0))
    assert [seen.exec_id for seen in session.news] == ["asked"]


def test_an_execution_for_a_question_that_nobody_waits_for_is_dropped(session):
    session.says.execDetails(QUESTION, SPY, execution())
    assert session.news == []


# what cannot be understood


async def test_a_fraction_of_a_share_raises_and_the_report_of_it_spoils_lists_and_reaches_the_desk(session):
    question = session.says.requests.open(Topic.POSITIONS)
    with pytest.raises(ProtocolError) as raised:
        session.says.position("DU1", SPY, 0.5, 0.0)
    session.says.unreadable(str(raised.value))
    session.says.positionEnd()
    assert not (await question.answered).whole
    (error,) = session.news
    assert (error.id, error.code) == (UNREADABLE, UNREADABLE)
    assert "0.5 shares" in error.text


# questions and the session


async def test_an_error_that_names_a_question_refuses_it_and_is_no_news(session):
    question = session.says.requests.open(QUESTION)
    session.says.error(QUESTION, 200, "No security definition has been found for the request", "")
    assert (await question.answered).refusal == (200, "No security definition has been found for the request")
    assert session.news == session.notices == []


@pytest.mark.parametrize("code", [2106, 2174, 10167, 399])
async def test_a_note_on_a_question_does_not_end_it(session, code):
    question = session.says.requests.open(QUESTION)
    session.says.error(QUESTION, code, "note", "")
    assert not question.answered.done()
    assert session.notices == [(QUESTION, code, "note")]


def test_a_refused_subscription_is_a_notice(session):
    session.says.error(QUESTION, 354, "not subscribed", "")
    assert session.notices == [(QUESTION, 354, "not subscribed")]


def test_farm_messages_are_notices(session):
    session.says.error(-1, 2104, "Market data farm connection is OK:usfarm", "")
    assert (session.news, session.ends, len(session.notices)) == ([], [], 1)


@pytest.mark.parametrize("code", [1100, 1101, 1102, 1300, 2110])
def test_lost_or_restored_connectivity_ends_the_session(session, code):
    session.says.error(-1, code, "connectivity", "")
    assert session.ends == [f"{code}: connectivity"]


def test_a_dead_bar_subscription_ends_the_session(session):
    session.says.error(QUESTION, 10225, "Bust event occurred", "")
    assert session.ends


def test_a_client_id_in_use_ends_the_log_on_and_is_remembered(session):
    assert not session.says.refused_client_id
    session.says.error(-1, 326, "Unable to connect as the client id is already in use.", "")
    assert session.says.refused_client_id
    assert session.ends


async def test_the_brokers_time_ends_a_round_trip_and_moves_the_clock(session):
    question = session.says.requests.open(Topic.CURRENT_TIME)
    session.says.currentTime(1381152600)
    assert await question.answered is not None
    assert session.clock.now == 1381152600 * 10**9


def test_the_next_valid_id_is_kept(session):
    session.says.nextValidId(41)
    assert session.says.next_order_id == 41


# account


async def test_a_position_is_news_and_an_item(session):
    question = session.says.requests.open(Topic.POSITIONS)
    session.says.position("DU1", SPY, -100.0, 167.0)
    session.says.positionEnd()
    assert session.news == [PositionSeen("SPY", -100)]
    assert (await question.answered).items == (PositionSeen("SPY", -100),)


async def test_account_rows_contracts_and_history_end_their_questions(session):
    account, details, history = (session.says.requests.open(key) for key in (Topic.ACCOUNT, QUESTION, QUESTION + 1))
    session.says.updateAccountValue("NetLiquidation", "7", "USD", "DU1")
    session.says.updatePortfolio(SPY, 1.0)
    session.says.accountDownloadEnd("DU1")
    session.says.contractDetails(QUESTION, "details")
    session.says.contractDetailsEnd(QUESTION)
    session.says.historicalData(QUESTION + 1, "bar")
    session.says.historicalDataEnd(QUESTION + 1, "", "")
    assert [(await question.answered).items for question in (account, details, history)] == [(), ("details",), ("bar",)]
    assert session.says.figures.seen().equity == 7


async def test_a_fraction_of_a_share_elsewhere_is_told_once_and_spoils_no_look(session):
    session.says.traded.add("SPY")
    question = session.says.requests.open(Topic.POSITIONS)
    for _ in range(2):
        session.says.position("DU1", VOO, 0.5, 400.0)
        session.says.position("DU1", SPY, 100.0, 160.0)
    session.says.positionEnd()
    answer = await question.answered
    assert answer.whole
    assert [item.symbol for item in answer.items] == ["SPY", "SPY"]
    assert [news.text for news in session.news if isinstance(news, BrokerError)] == [
        "a position of VOO is of 0.5 shares: only whole shares are counted"
    ]
    with pytest.raises(ProtocolError, match="whole shares"):
        session.says.position("DU1", SPY, 99.5, 160.0)


async def test_neither_the_status_of_such_an_order_nor_its_completion_spoils_a_look(session):
    session.says.traded = {"SPY"}
    questions = [session.says.requests.open(topic) for topic in (Topic.OPEN_ORDERS, Topic.COMPLETED_ORDERS)]
    session.says.openOrder(0, VOO, order(orderId=0, permId=77, totalQuantity=0.5), OrderState(status="Submitted"))
    tell_status(session, orderId=0, permId=77, remaining=0.5)
    session.says.openOrderEnd()
    session.says.completedOrder(VOO, order(orderId=0, permId=78, totalQuantity=0.0, filledQuantity=0.5), OrderState(status="Filled"))
    session.says.completedOrdersEnd()
    assert [((await each.answered).whole, (await each.answered).items) for each in questions] == [(True, ())] * 2
