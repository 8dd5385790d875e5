"""What a client that speaks an older version is told in its words.

The gateway thinks in the newest version: its replies are written in it, and trouble bends them in it. Only on its way into a connection is a message
said anew, and only if the connection's version lays it out otherwise; to a client of the newest version nothing is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from robo_trader.simulated_gateway.messages import SERVER, Message, server_messages


@cache
def laid_out_otherwise(version: int) -> Mapping[str, Message]:
    """The messages of a version whose layout is not that of the newest, by the text of their ids."""
    return {str(number): message for number, message in server_messages(version).items() if message.layout != SERVER[number].layout}


def said_in(version: int, fields: tuple[str, ...]) -> tuple[str, ...]:
    """A message of the newest version as a client of `version` must be told it; what is new since is left out, and what has gone is there again."""
    message = laid_out_otherwise(version).get(fields[0])
    return fields if message is None else message.write(SERVER[message.id].read(fields))
