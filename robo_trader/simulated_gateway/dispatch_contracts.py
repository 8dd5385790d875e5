"""From a client's way of naming a contract to the contract: US stocks and ETFs that trade in this gateway's market, and others, only told of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from robo_trader.simulated_gateway.contracts import Contract
from robo_trader.simulated_gateway.dispatch_prices import settled_price
from robo_trader.simulated_gateway.entitlement import Notice
from robo_trader.simulated_gateway.exchange import Exchange
from robo_trader.simulated_gateway.hours import new_york_date
from robo_trader.simulated_gateway.instrument import SMART, exchange_name
from robo_trader.simulated_gateway.other_instruments import SPY, Other, named
from robo_trader.simulated_gateway.requests import ContractSpec
from robo_trader.values import Symbol

ISIN: Final = "ISIN"
NO_CONTRACT: Final[Notice] = (200, "No security definition has been found for the request")

NO_PERMISSIONS: Final[Notice] = (460, "No trading permissions.")


def known(exchange: Exchange, spec: ContractSpec) -> Contract | None:
    """The contract, whether or not it trades here; None where the name fits none. A contract id outranks every other part, and an ISIN the ticker."""
    contract = _meant(exchange, spec)
    return contract if contract is not None and _fits(contract, spec) else None


def _meant(exchange: Exchange, spec: ContractSpec) -> Contract | None:
    contracts = exchange.contracts
    if spec.con_id:
        return contracts.by_con_id(spec.con_id)
    by_isin = contracts.by_isin(spec.sec_id) if spec.sec_id_type == ISIN else None
    return by_isin or contracts.find(spec.symbol or spec.local_symbol)


def others(exchange: Exchange, spec: ContractSpec) -> list[Other]:
    """The instruments that are no stocks, and that a client's words fit: this gateway tells of them, and trades none."""
    spy = exchange.contracts.find(SPY)
    return named(spec, new_york_date(exchange.now), lambda: settled_price(exchange, Symbol(SPY)), 0 if spy is None else spy.con_id)


def no_stock(exchange: Exchange, spec: ContractSpec, of_other: Callable[[Other], Notice]) -> Notice:
    """What is said where no stock fits: 200, or what `of_other` says of an instrument that is told of here and not traded."""
    found = others(exchange, spec)
    return of_other(found[0]) if found else NO_CONTRACT


def not_traded(exchange: Exchange, spec: ContractSpec) -> Notice:
    """Why an order in it is not taken: 460 for what is told of here and not traded, 200 for what nobody knows."""
    return no_stock(exchange, spec, lambda _: NO_PERMISSIONS) if known(exchange, spec) is None else NO_PERMISSIONS


def trades(exchange: Exchange, contract: Contract) -> bool:
    """Whether this gateway's market has prices of the contract."""
    return contract.symbol in exchange.market.symbols


def find(exchange: Exchange, spec: ContractSpec) -> Contract | None:
    """The contract; None where the name fits none, or one that does not trade here."""
    contract = known(exchange, spec)
    return contract if contract is not None and trades(exchange, contract) else None


def _fits(contract: Contract, spec: ContractSpec) -> bool:
    """Whether nothing the client said contradicts the contract; SMART is nobody's primary exchange, and clients that write it there name none."""
    primary = "" if spec.primary_exchange == SMART else exchange_name(spec.primary_exchange)
    said_and_so = (
        (spec.symbol, contract.symbol),
        (spec.local_symbol, contract.symbol),
        (spec.sec_type, "STK"),
        (spec.currency, contract.currency),
        (primary, contract.primary_exchange),
        (spec.trading_class, contract.trading_class),
        (spec.sec_id if spec.sec_id_type == ISIN and contract.isin else "", contract.isin),
    )
    return exchange_name(spec.exchange) in ("", *contract.valid_exchanges) and all(said in ("", so) for said, so in said_and_so)
