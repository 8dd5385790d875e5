"""Everything that the gateway said on a day without faults means the same to the project's client and to the official one.

The frames are taken from the exchange's log and given to the decoders themselves, so what a library makes of them afterwards plays no part. Every
value is compared, for a value in another field's place is no error to a decoder.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from ib_insync.decoder import Decoder

from robo_trader.simulated_gateway.dialect import said_in
from tests.peers.conftest import Trades
from tests.peers.decoding import Listener
from tests.peers.environments import OFFICIAL, OWN, Peer, start
from tests.peers.trading import END_SECONDS
from tests.support.real_client import SERVER_VERSION, Strict

Callbacks = list[list[Any]]

NOT_SENT = {("openOrder", "routeMarketableToBbo"), ("completedOrder", "usePriceMgmtAlgo")}
"""Attributes that the message does not carry: what stands there is each library's own default."""
NOT_SENT_BELOW_164 = NOT_SENT | {("contractDetails", name) for name in ("minSize", "sizeIncrement", "suggestedSizeIncrement")}
COMPARED = {
    *("openOrder", "orderStatus", "execDetails", "commissionReport", "completedOrder", "position", "updatePortfolio"),
    *("updateAccountValue", "accountSummary", "accountUpdateMulti", "error", "contractDetails", "managedAccounts", "nextValidId", "currentTime"),
    *("priceSizeTick", "tickSize", "tickString", "tickReqParams", "marketDataType", "realtimeBar", "historicalData", "historicalDataEnd"),
}


def own_callbacks(frames: list[list[str]], version: int = SERVER_VERSION) -> list[Callbacks]:
    """What ib_insync's decoder calls for each frame; one that it cannot decode fails the test."""
    listener, told = Listener(), []
    decoder = Decoder(listener, version)
    decoder.logger = Strict()
    for fields in frames:
        listener.heard = []
        decoder.interpret(list(fields))
        told.append(listener.heard)
    return told


async def official_callbacks(peer: Peer, frames: list[list[str]], version: int = SERVER_VERSION) -> list[Callbacks]:
    """What the official decoder calls for each frame; it must log nothing, for it logs what it drops."""
    process = await start(peer, "tests.peers.decode_ibapi", str(version))
    out, complaints = await asyncio.wait_for(process.communicate(json.dumps(frames).encode()), END_SECONDS)
    assert complaints.decode() == ""
    told: list[Callbacks] = json.loads(out)
    return told


def shared(name: str, one: Any, other: Any, not_sent: set[tuple[str, str]]) -> tuple[Any, Any]:
    """Two values with those attributes that both libraries have; names that only one has are of other server versions."""
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return one, other
    names = sorted(attribute for attribute in one.keys() & other.keys() if (name, attribute) not in not_sent)
    pairs = {attribute: shared(name, one[attribute], other[attribute], not_sent) for attribute in names}
    return {attribute: pair[0] for attribute, pair in pairs.items()}, {attribute: pair[1] for attribute, pair in pairs.items()}


def differences(fields: list[str], own: Callbacks, official: Callbacks, not_sent: set[tuple[str, str]] = NOT_SENT) -> list[Any]:
    """Where two decoders part over one frame."""
    if [(name, len(arguments)) for name, arguments in own] != [(name, len(arguments)) for name, arguments in official]:
        return [(fields, own, official)]
    pairs = (
        (name, *shared(name, one, other, not_sent))
        for (name, mine), (_, theirs) in zip(own, official, strict=True)
        for one, other in zip(mine, theirs, strict=True)
    )
    return [(name, one, other) for name, one, other in pairs if one != other]


@pytest.fixture
def frames(day_of: Trades) -> list[list[str]]:
    """What the gateway said after its greeting."""
    return [line["f"] for line in day_of(OWN).lines("out")][1:]


@pytest.mark.parametrize("peer", OFFICIAL, ids=lambda peer: peer.name)
async def test_every_frame_has_the_same_values_for_both_decoders(peer: Peer, frames: list[list[str]]) -> None:
    peer.wanted()
    own, official = own_callbacks(frames), await official_callbacks(peer, frames)
    assert [found for three in zip(frames, own, official, strict=True) for found in differences(*three)] == []
    heard = {name for callbacks in official for name, _ in callbacks}
    assert heard >= COMPARED


@pytest.mark.parametrize("version", [157, 160, 163, 165, 169, 175])
@pytest.mark.parametrize("peer", OFFICIAL, ids=lambda peer: peer.name)
async def test_every_frame_has_the_same_values_for_both_decoders_in_older_versions(peer: Peer, frames: list[list[str]], version: int) -> None:
    peer.wanted()
    older = [list(said_in(version, tuple(fields))) for fields in frames]
    own, official = own_callbacks(older, version), await official_callbacks(peer, older, version)
    not_sent = NOT_SENT_BELOW_164 if version < 164 else NOT_SENT
    assert [found for three in zip(older, own, official, strict=True) for found in differences(*three, not_sent)] == []
    assert {name for callbacks in official for name, _ in callbacks} >= COMPARED


@pytest.mark.parametrize("peer", OFFICIAL, ids=lambda peer: peer.name)
async def test_values_in_each_others_places_would_be_seen(peer: Peer, frames: list[list[str]]) -> None:
    """The comparison is worth what it finds."""
    peer.wanted()
    fields = next(frame for frame in frames if frame[0] == "5")
    place = fields.index("DAY")
    wrong = [*fields[:place], fields[place + 1], fields[place], *fields[place + 2 :]]
    own, official = own_callbacks([fields]), await official_callbacks(peer, [wrong])
    assert differences(wrong, own[0], official[0]) != []
