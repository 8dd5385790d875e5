"""From a client's way of naming a contract to the contract: US stocks and ETFs that trade in this gateway's market."""

from __future__ import annotations

from typing import Final

from robo_trader.simulated_gateway.contracts import Contract
from robo_trader.simulated_gateway.exchange import Exchange
from robo_trader.simulated_gateway.instrument import exchange_name
from robo_trader.simulated_gateway.requests import ContractSpec

NO_CONTRACT: Final = (200, "No security definition has been found for the request")


def known(exchange: Exchange, spec: ContractSpec) -> Contract | None:
    """The contract, whether or not it trades here; None where the name fits none. A contract id outranks every other part."""
    contract = exchange.contracts.by_con_id(spec.con_id) if spec.con_id else exchange.contracts.find(spec.symbol or spec.local_symbol)
    return contract if contract is not None and _fits(contract, spec) else None


def trades(exchange: Exchange, contract: Contract) -> bool:
    """Whether this gateway's market has prices of the contract."""
    return contract.symbol in exchange.market.symbols


def find(exchange: Exchange, spec: ContractSpec) -> Contract | None:
    """The contract; None where the name fits none, or one that does not trade here."""
    contract = known(exchange, spec)
    return contract if contract is not None and trades(exchange, contract) else None


def _fits(contract: Contract, spec: ContractSpec) -> bool:
    """Whether nothing the client said contradicts the contract."""
    said_and_so = (
        (spec.symbol, contract.symbol),
        (spec.local_symbol, contract.symbol),
        (spec.sec_type, "STK"),
        (spec.currency, contract.currency),
        (exchange_name(spec.primary_exchange), contract.primary_exchange),
        (spec.trading_class, contract.trading_class),
    )
    return exchange_name(spec.exchange) in ("", *contract.valid_exchanges) and all(said in ("", so) for said, so in said_and_so)
