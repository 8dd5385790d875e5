"""What the gateway does about contracts: a row for each exchange that a client's words leave open.

A client that names an exchange is told of the contract there, or, where it does not trade, that there is none. One that names none is told a row for
each exchange on which the contract trades, all of one contract id: until it chooses, its words mean more than one thing. With a contract id and no
exchange there is one row, of the first.
"""

from __future__ import annotations

from robo_trader.simulated_gateway import replies
from robo_trader.simulated_gateway import requests as ask
from robo_trader.simulated_gateway.connection import Connection
from robo_trader.simulated_gateway.contracts import Contract
from robo_trader.simulated_gateway.dispatch_contracts import NO_CONTRACT, known, others
from robo_trader.simulated_gateway.hours import new_york_date
from robo_trader.simulated_gateway.instrument import exchange_name
from robo_trader.simulated_gateway.other_instruments import venue_name
from robo_trader.simulated_gateway.server_core import Gateway

Fields = tuple[str, ...]


def contract_details(gateway: Gateway, connection: Connection, request: ask.ContractDetails) -> None:
    """All about the one stock that fits, or about all other instruments that do."""
    contract = known(gateway.exchange, request.contract)
    told = _of_others(gateway, request) if contract is None else _of_stock(gateway, request, contract)
    for fields in told:
        connection.tell(fields)
    connection.tell(replies.contract_details_end(request.req_id) if told else replies.error(request.req_id, *NO_CONTRACT))


def _of_stock(gateway: Gateway, request: ask.ContractDetails, contract: Contract) -> list[Fields]:
    contracts, day = gateway.exchange.contracts, new_york_date(gateway.now)
    hours, liquid = contracts.trading_hours(day), contracts.liquid_hours(day)
    exchanges = _told_at(request, exchange_name(request.contract.exchange), contract.valid_exchanges)
    return [replies.contract_details(request.req_id, contract, exchange=at, trading_hours=hours, liquid_hours=liquid) for at in exchanges]


def _of_others(gateway: Gateway, request: ask.ContractDetails) -> list[Fields]:
    day, named = new_york_date(gateway.now), venue_name(request.contract.exchange)
    return [
        replies.other_details(request.req_id, other, day, exchange=at)
        for other in others(gateway.exchange, request.contract)
        for at in _told_at(request, named, other.exchanges)
    ]


def _told_at(request: ask.ContractDetails, named: str, valid: tuple[str, ...]) -> tuple[str, ...]:
    """The exchanges of the rows: the one that was named, else all, but of a contract id the first alone."""
    if named:
        return (named,)
    return valid[:1] if request.contract.con_id else valid
