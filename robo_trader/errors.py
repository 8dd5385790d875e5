"""The exception tree. A refusal is a value and an unknown outcome is news; an exception is a broken promise.

RoboTraderError
├── UserError            something a person can put right; carries the remedy; the CLI exits with its `exit_code`
│   ├── ConfigurationError   4
│   ├── DataError            4
│   ├── NotFound             2
│   ├── NotRunning           3
│   ├── AlreadyRunning       4
│   ├── NotConfirmed         5
│   └── StateUnreadable      4
├── ImpossibleStep       a life-cycle step that is not in the table: our bug
├── GatewayAbsent        no session with the broker's gateway: a state to wait in, not a crash
│   └── ClientIdInUse    another session still holds our client id (326)
├── ProtocolError        bytes that are not the TWS protocol, or not a channel's
├── StaleEpoch           a newer incarnation holds the lease
└── JournalFailed        a commit failed or its outcome is unknown: this journal takes nothing more
"""

from __future__ import annotations

from typing import ClassVar


class RoboTraderError(Exception):
    """Root of everything this project raises on purpose."""


class UserError(RoboTraderError):
    """A person can put this right: one line with the cause, and the remedy."""

    exit_code: ClassVar[int] = 1

    def __init__(self, cause: str, remedy: str) -> None:
        """`cause` names the field or thing; `remedy` says what to do, as an imperative."""
        super().__init__(f"{cause}; {remedy}")
        self.cause = cause
        self.remedy = remedy


class ConfigurationError(UserError):
    """A parameter, setting or combination of them is not acceptable."""

    exit_code = 4


class DataError(UserError):
    """A market data file or answer is missing, incomplete or not in the stated format."""

    exit_code = 4


class NotFound(UserError):
    """There is nothing of the name that was given."""

    exit_code = 2


class NotRunning(UserError):
    """The named system does not run."""

    exit_code = 3


class AlreadyRunning(UserError):
    """Another process holds the state directory or the port."""

    exit_code = 4


class NotConfirmed(UserError):
    """Recorded durably, but the running system did not confirm it in time."""

    exit_code = 5


class StateUnreadable(UserError):
    """Journal, fence or another safety record cannot be read: nothing new may be traded."""

    exit_code = 4


class ImpossibleStep(RoboTraderError):
    """A life-cycle step that is not in the table."""


class GatewayAbsent(RoboTraderError):
    """No session with the broker's gateway: absent, refusing, silent or lost. Waiting is the cure; the text says which it was."""


class ClientIdInUse(GatewayAbsent):
    """326: another session, perhaps our own dead one, still holds the client id. A new id would orphan our working orders: wait."""


class ProtocolError(RoboTraderError):
    """Bytes that are not the TWS protocol or not a channel's messages, and messages that a channel cannot carry."""


class StaleEpoch(RoboTraderError):
    """A newer incarnation holds the lease; this one must not act."""


class JournalFailed(RoboTraderError):
    """A commit failed, or its outcome is unknown (disk full, I/O error): this journal takes nothing more until the process restarts."""
