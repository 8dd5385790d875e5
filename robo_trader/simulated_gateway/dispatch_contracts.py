"""From a client's way of naming a contract to the contract: US stocks and ETFs that trade in this gateway's market."""

from __future__ import annotations

from typing import Final

from robo_trader.simulated_gateway.contracts import Contract
from robo_trader.simulated_gateway.exchange import Exchange
from robo_trader.simulated_gateway.requests import ContractSpec

NO_CONTRACT: Final = (200, "No security definition has been found for the request")


def find(exchange: Exchange, spec: ContractSpec) -> Contract | None:
    """The contract; None where the name fits none, or one that does not trade here. A contract id outranks every other part."""
    contract = exchange.contracts.by_con_id(spec.con_id) if spec.con_id else exchange.contracts.find(spec.symbol or spec.local_symbol)
    if contract is None or contract.symbol not in exchange.market.symbols or not _fits(contract, spec):
        return None
    return contract


def _fits(contract: Contract, spec: ContractSpec) -> bool:
    """Whether nothing the client said contradicts the contract."""
    said_and_so = (
        (spec.symbol, contract.symbol),
        (spec.local_symbol, contract.symbol),
        (spec.sec_type, "STK"),
        (spec.currency, contract.currency),
        (spec.primary_exchange, contract.primary_exchange),
        (spec.trading_class, contract.trading_class),
    )
    return spec.exchange in ("", "SMART", contract.primary_exchange) and all(said in ("", so) for said, so in said_and_so)
