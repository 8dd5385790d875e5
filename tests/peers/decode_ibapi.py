"""Decode frames by the official client: python -m tests.peers.decode_ibapi VERSION, that of the protocol.

A JSON list of frames in, each a list of fields; their callbacks out.
"""

from __future__ import annotations

import inspect
import json
import sys
from typing import Any

from ibapi import wrapper
from ibapi.decoder import Decoder

from tests.peers.decoding import Listener


def callbacks(frames: list[list[str]], version: int) -> list[list[Any]]:
    """What the decoder calls for each frame."""
    listener = Listener()
    decoder = Decoder(listener, version)
    numbered = "msgId" in inspect.signature(decoder.interpret).parameters  # newer versions take the message's number apart from its fields
    told = []
    for fields in frames:
        listener.heard = []
        encoded = [field.encode() for field in fields]
        if numbered:
            decoder.interpret(encoded[1:], int(fields[0]))
        else:
            decoder.interpret(encoded)
        told.append(_one_tick([[name, _timeless(name, arguments)] for name, arguments in listener.heard]))
    return told


def _one_tick(heard: list[Any]) -> list[Any]:
    """This library tells the size in a price tick by a second callback, and none where a kind of price has no size."""
    if not heard or heard[0][0] != "tickPrice":
        return heard
    (_, (number, kind, price, _)), *sizes = heard
    return [["priceSizeTick", [number, kind, price, sizes[0][1][-1] if sizes else "0"]]]


def _timeless(name: str, arguments: list[Any]) -> list[Any]:
    """Newer versions tell the time of an error, which no server of 176 sends."""
    has_time = name == "error" and list(inspect.signature(wrapper.EWrapper.error).parameters)[2] == "errorTime"
    return arguments[:1] + arguments[2:] if has_time else arguments


if __name__ == "__main__":
    json.dump(callbacks(json.load(sys.stdin), int(sys.argv[1])), sys.stdout)
