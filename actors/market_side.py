"""The broker's side of a run: the gateway that was named, or a simulated market of our own that is started, or found again, for it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from actors.plan import Plan, announced_of
from actors.simulated_market import RECORD, SimulatedMarket, attach_or_start, running, stop_process
from robo_trader.cli.run_config import RunConfig
from robo_trader.edge.state_directory import StateDirectory
from robo_trader.risk.limits import Limits

_SIMULATED_CASH: Final = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Market:
    """Where the broker's gateway is; `own` is the simulated one that belongs to this system, if it does."""

    config: RunConfig
    directory: StateDirectory
    own: SimulatedMarket | None

    @property
    def starting_cash(self) -> Decimal | None:
        """Dollars of the account before its first trade; None where nobody can know."""
        return _SIMULATED_CASH if self.own is not None else None

    def plan(self, limits: Limits) -> Plan:
        """The plan of a run on this market."""
        config, own = self.config, self.own
        if own is None:
            assert config.port is not None, "a run without a market of its own names a gateway"
            return Plan(config, self.directory, config.host, config.port, None, config.exchange_log, limits, announced_of(config, limits))
        control = own.control if config.lockstep else None
        return Plan(config, self.directory, config.host, own.port, control, own.log, limits, announced_of(config, limits))

    def stop(self) -> None:
        """End the simulated market, in order; its account, orders and clock stay in the system's directory."""
        if self.own is not None:
            stop_process(self.own.pid)
            record(self.directory).unlink(missing_ok=True)


def open_market(config: RunConfig, directory: StateDirectory) -> Market:
    """Find the gateway of this run, starting a simulated one where none is named; blocks for a second or two."""
    if config.port is not None:
        return Market(config, directory, None)
    control = directory.socket_path("control")
    lockstep = ["--lockstep", "--control", str(control)] if config.lockstep else []
    return Market(config, directory, attach_or_start(directory.path, control, [*config.gateway_options(), *lockstep]))


def left_running(config: RunConfig, directory: StateDirectory) -> Market:
    """The market of a run whose command is gone, as it is; nothing is started."""
    return Market(config, directory, running(record(directory)) if config.port is None else None)


def record(directory: StateDirectory) -> Path:
    """The file that says which simulated gateway belongs to a system."""
    return directory.path / RECORD
