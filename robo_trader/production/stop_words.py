"""The words of an emergency stop: why, how far, what happened, what is restricted. Values only; what stands is in the fences."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from robo_trader.edge import clock
from robo_trader.production.audit import utc
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope

_ID_TIME: Final = "%y%m%d-%H%M%S"


class StopReason(StrEnum):
    """Why trading stops."""

    MANUAL = "manual"
    MAX_LOSS = "max_loss"
    SYSTEM_ERROR = "system_error"
    COMPLIANCE = "compliance"
    MARKET_HALT = "market_halt"
    CONNECTION_LOST = "connection_lost"
    RISK_LIMIT = "risk_limit"
    REGULATORY = "regulatory"
    MAINTENANCE = "maintenance"


class StopScope(StrEnum):
    """How far a stop reaches. NEW_ORDERS is everything, with exits and working orders left alone."""

    ALL_TRADING = "all_trading"
    NEW_ORDERS = "new_orders"
    SPECIFIC_SYMBOL = "specific_symbol"
    SPECIFIC_STRATEGY = "specific_strategy"
    SPECIFIC_ACCOUNT = "specific_account"


NEVER_BY_ITSELF: Final = frozenset({StopReason.MAX_LOSS, StopReason.RISK_LIMIT, StopReason.REGULATORY, StopReason.COMPLIANCE})
"""Stops that a person must lift: time does not give money back."""

HALT_SCOPES: Final = {
    StopScope.ALL_TRADING: HaltScope.ALL,
    StopScope.NEW_ORDERS: HaltScope.ALL,
    StopScope.SPECIFIC_SYMBOL: HaltScope.SYMBOL,
    StopScope.SPECIFIC_STRATEGY: HaltScope.STRATEGY,
    StopScope.SPECIFIC_ACCOUNT: HaltScope.ACCOUNT,
}


@dataclass(frozen=True, slots=True)
class EmergencyStopEvent:
    """One stop, or one resume (`metadata["action"]`). Times are aware UTC; `metadata["systems"]` says what became of it in each system."""

    timestamp: datetime
    reason: StopReason
    scope: StopScope
    initiated_by: str
    message: str
    metadata: dict[str, Any] = field(default_factory=dict)
    auto_resume: bool = False
    resume_after: datetime | None = None

    def to_dict(self) -> dict[str, Any]:
        """The audit format, ready for JSON."""
        return {
            "timestamp": self.timestamp.isoformat(),
            "reason": self.reason.value,
            "scope": self.scope.value,
            "initiated_by": self.initiated_by,
            "message": self.message,
            "metadata": dict(self.metadata),
            "auto_resume": self.auto_resume,
            "resume_after": self.resume_after.isoformat() if self.resume_after else None,
        }


@dataclass(frozen=True, slots=True)
class TradingRestriction:
    """A ban on new exposure in one symbol, strategy or account (or everything); times are aware UTC, `expires_at` None = until it is removed."""

    id: str
    scope: StopScope
    target: str
    reason: str
    created_at: datetime
    expires_at: datetime | None
    metadata: dict[str, Any] = field(default_factory=dict)

    def is_active(self) -> bool:
        """Whether its end has not come yet; whether somebody removed it is for `EmergencyStopManager.restrictions`."""
        return self.expires_at is None or utc(clock.wall()) < self.expires_at

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "id": self.id,
            "scope": self.scope.value,
            "target": self.target,
            "reason": self.reason,
            "created_at": self.created_at.isoformat(),
            "expires_at": self.expires_at.isoformat() if self.expires_at else None,
            "metadata": dict(self.metadata),
        }


def fresh_id(kind: str, wall_ns: int) -> str:
    """A name that no other halt has: the second, for people, and 32 bits of chance. `kind` is `stop` or `restrict`."""
    return f"{kind}-{utc(wall_ns).strftime(_ID_TIME)}-{secrets.token_hex(4)}"


def born(halt_id: str) -> datetime | None:
    """When an id of `fresh_id` was made, to the second; None for other ids."""
    parts = halt_id.split("-", 1)[-1].rsplit("-", 1)
    try:
        return datetime.strptime(parts[0], _ID_TIME).replace(tzinfo=UTC)
    except ValueError:
        return None


def scope_of(halt: Halt) -> StopScope:
    """The stop's word for a halt's reach."""
    if halt.scope is HaltScope.ALL:
        return StopScope.NEW_ORDERS if halt.level is HaltLevel.NO_NEW else StopScope.ALL_TRADING
    return next(stop for stop, scope in HALT_SCOPES.items() if scope is halt.scope)


def reason_of(halt: Halt) -> StopReason:
    """The stop's word for a halt's reason: an operator's is manual, one of our own parts' a system error."""
    found = next((reason for reason in StopReason if reason.value == halt.reason), None)
    if found is not None:
        return found
    return StopReason.MANUAL if halt.id.startswith("halt-") else StopReason.SYSTEM_ERROR


def event_of(halt: Halt) -> EmergencyStopEvent:
    """A halt that stands, in the words of a stop; its time is its id's, else now."""
    end = utc(halt.until) if halt.until is not None else None
    facts = {"halt_id": halt.id, "level": halt.level.name.lower(), "target": halt.target, "action": "stop"}
    at = born(halt.id) or utc(clock.wall())
    return EmergencyStopEvent(at, reason_of(halt), scope_of(halt), halt.by, halt.text or halt.reason, facts, end is not None, end)


def restriction_of(halt: Halt) -> TradingRestriction:
    """A halt that stands, in the words of a restriction."""
    end = utc(halt.until) if halt.until is not None else None
    created = born(halt.id) or utc(clock.wall())
    facts = {"level": halt.level.name.lower(), "by": halt.by}
    return TradingRestriction(halt.id, scope_of(halt), halt.target, halt.reason, created, end, facts)
