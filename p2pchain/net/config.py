"""Configuration of the network by its owner: addresses, deadlines and the limit of every queue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from p2pchain.model.ids import PeerId
from p2pchain.model.validators import VALIDATORS_MAX
from p2pchain.net.rates import Rates, honest_rates

PROTOCOL_VERSION: Final = 1
"""Version of the link protocol; a hello with another one is refused."""
LINK_PROTOCOL: Final = "/p2pchain/1/link"
FETCH_PROTOCOL: Final = "/p2pchain/1/fetch"
RATES_OF_A_LARGE_CHAIN: Final = partial(honest_rates, validators=VALIDATORS_MAX, block_interval_min_ms=50)
HELLO_BYTES_MAX: Final = 8_192
"""Largest frame before a peer has said who it is."""


def block_topic(chain_id: str) -> str:
    """Return the name of the GossipSub topic on which committed blocks are announced."""
    return f"/p2pchain/{chain_id}/blocks"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetConfig:
    """Addresses, deadlines (milliseconds) and limits of one node's network.

    ``listen`` and ``peers`` hold multiaddresses: ``/ip4/127.0.0.1/tcp/4001``, ``/ip6/::1/tcp/4001``,
    ``/dns4/node.example/tcp/4001``. Port 0 lets the system choose.
    """

    listen: str
    peers: Mapping[PeerId, str]
    dial_members: bool = True
    """Whether members that ``peers`` lacks are dialled at the addresses that they state on the ledger."""

    connections_max: int = 256
    """Accepted connections at one time, those in their handshake included."""
    connections_per_peer_max: int = 4
    upgrade_timeout_ms: int = 3_000
    """For an accepted socket to prove who it is; a silent one is closed then."""
    dial_timeout_ms: int = 5_000
    hello_timeout_ms: int = 5_000
    """From an upgraded connection to a checked hello on it."""

    ping_interval_ms: int = 1_500
    silence_max_ms: int = 6_000
    """A peer of which not one byte came for so long is taken for dead."""
    write_timeout_ms: int = 8_000
    """A peer that takes no byte of a write for so long is taken for dead; the write itself is never
    cancelled alone.
    """

    redial_first_ms: int = 250
    redial_max_ms: int = 4_000
    """A consortium has few nodes and a dial is cheap; a healed cut must not wait long for it."""
    yield_ms: int = 300
    """How long the higher of two peer ids waits before it dials, so that two starting nodes seldom dial
    each other.
    """
    healthy_ms: int = 60_000
    """A link that lived so long has its backoff and its penalties forgotten."""

    urgent_frames_max: int = 8_192
    """Votes, certificates and summaries that wait for one peer; one more, and the peer is dropped."""
    proposal_frames_max: int = 64
    """Proposals that wait for one peer; one more, and the peer is dropped."""
    urgent_bytes_max: int = 16_777_216
    """Bytes of urgent frames and proposals together that wait for one peer."""
    bulk_frames_max: int = 512
    """Batches of transactions and ids that wait for one peer; further ones are left out and counted."""
    bulk_bytes_max: int = 8_388_608
    write_coalesced_bytes: int = 65_000

    inbox_frames_max: int = 4_096
    """Messages of one peer that wait for the node; then its link is not read until there is room."""
    inbox_bulk_bytes_max: int = 8_388_608
    """Bytes of transactions of one peer that wait for the node; further ones are left out and counted."""

    fetches_in_flight_max: int = 8
    """Requests to one peer at one time; further ones wait within their deadline."""
    requests_in_flight_max: int = 16
    """Requests of one peer that are not answered yet; one more is a fault of the peer."""
    answers_bytes_max: int = 33_554_432
    """Bytes of answers that wait for one peer; further answers are left out and counted."""

    rates: Callable[[], Rates] = RATES_OF_A_LARGE_CHAIN
    """What a peer may send of each kind now; see ``net.rates``."""
    accepts_per_s: float = 8.0
    """Connections that one address may open in the long run; further ones are closed at once, before any
    handshake, which costs milliseconds.
    """
    accepts_burst: int = 64

    announce_interval_ms: int = 250
    """The block topic carries the newest block at most so often: GossipSub is for a few messages a second."""
    refusals_kept_max: int = 64
    """Latest refusals that statistics can name."""
