"""Events of the network to its owner, its statistics, and the faults of a fetch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from p2pchain.model.errors import Fault
from p2pchain.model.ids import OrgId, PeerId
from p2pchain.model.messages import Announcement, FetchRequest, Hello, LinkMessage, ModuleCode


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerUp:
    """A peer proved who it is and can be talked to; ``outbound`` when we dialled, ``address`` its
    multiaddress.
    """

    peer: PeerId
    hello: Hello
    outbound: bool
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerDown:
    """The link of a peer ended; ``reason`` is a stable code such as ``PEER_CLOSED`` or ``PEER_SILENT``.

    Nothing of that link arrives after this event.
    """

    peer: PeerId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkReceived:
    """A well-formed message; nothing in it is verified. Never a hello, ping or pong."""

    peer: PeerId
    message: LinkMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchArrived:
    """A peer asks; answer with ``Network.respond`` and the same ``request_id``, or not at all."""

    peer: PeerId
    request_id: int
    request: FetchRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """A block was announced on the block topic; ``peer`` is the node that sent it to us, not its maker."""

    peer: PeerId
    announcement: Announcement


NetEvent = PeerUp | PeerDown | LinkReceived | FetchArrived | Announced


class FetchFailed(Fault):
    """No answer: ``FETCH_NO_PEER``, ``FETCH_PEER_LOST``, ``FETCH_PEER_SLOW`` or ``FETCH_DEADLINE``."""


class LinkLost(Fault):
    """A link ended though its peer broke no rule: closed, silent, stalled, too slow, replaced, revoked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerStatistics:
    """One connected peer: ``direction`` is ``outbound`` or ``inbound``; times since its link came up.

    ``software``: its release, ``modules``: the code of its modules, as it says;
    ``clock_offset_ms``: its clock minus ours, half a round trip exact.

    Bytes are those of frames on link and fetch streams; ``queued_*`` wait to be sent, ``waiting_events``
    for the node; ``dropped_*`` count messages left out because a queue was full.
    """

    name: str
    org: OrgId
    peer_id: PeerId
    direction: str
    address: str
    software: str | None
    modules: tuple[ModuleCode, ...]
    rtt_ms: int | None
    clock_offset_ms: int | None
    connected_s: int
    rx_bytes: int
    tx_bytes: int
    queued_urgent: int
    queued_bulk: int
    queued_bytes: int
    waiting_events: int
    dropped_out: int
    dropped_in: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerRefusal:
    """Failures of a peer (or address): a stable code, detail, how often, how many seconds ago."""

    peer: str
    code: str
    detail: str
    count: int
    ago_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkTotals:
    """Counts since the start, and the peers refused of late (at most ``NetConfig.refusals_kept_max``)."""

    refused_handshakes: int
    failed_handshakes: int
    refused_hellos: int
    peer_faults: int
    dials_failed: int
    restarts: int
    messages_dropped_out: int
    messages_dropped_in: int
    announcements_sent: int
    announcements_received: int
    announcements_refused: int
    library_errors: int
    refusals: tuple[PeerRefusal, ...]
    floods: tuple[PeerRefusal, ...]
    """Peers that were dropped for flooding within ``FLOOD_NAMED_S``, linked again or not."""
    counts: Mapping[str, int]
