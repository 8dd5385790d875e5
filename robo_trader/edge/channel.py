"""The channel between two parts of the tree: orders, lines of the gateway's log and bars, one hop in about a tenth of a millisecond.

Ray places, finds, supervises and controls the parts; it is too slow for this, and its calls may overtake each other. A channel is an ordered stream
of msgpack frames over a unix or TCP socket, one per pair and epoch, and bounded. Read its parts in this order:

    channel_contract    what both ends agree on: Hello, Peer, Consumer, the limits
    channel_vocabulary  messages as bytes and back
    channel_frames      bytes as frames
    channel_connection  one end of one connection
    channel_address     where to listen and connect
    channel_server      `listen`: who may come in, and who is replaced by whom
    channel_client      `Connector`: one connection, kept up
    channel_local       `local_pair`: the same in one process

This module is the door to all of them.
"""

from __future__ import annotations

from robo_trader.edge.channel_client import Connector
from robo_trader.edge.channel_contract import BUFFER_BYTES_MAX, FRAME_BYTES_MAX, HELLO_SECONDS_MAX, RESERVE_BYTES, Address, Consumer, Hello, Peer
from robo_trader.edge.channel_local import LocalEnd, LocalPeer, local_pair
from robo_trader.edge.channel_server import Listener, listen
from robo_trader.edge.channel_vocabulary import Vocabulary

__all__ = [
    "Address",
    "Hello",
    "Peer",
    "Consumer",
    "Vocabulary",
    "listen",
    "Listener",
    "Connector",
    "local_pair",
    "LocalEnd",
    "LocalPeer",
    "BUFFER_BYTES_MAX",
    "RESERVE_BYTES",
    "FRAME_BYTES_MAX",
    "HELLO_SECONDS_MAX",
]
