"""Statistics of a linked peer as the network gives them."""

from __future__ import annotations

from p2pchain.model.ids import OrgId, PeerId
from p2pchain.model.messages import ModuleCode
from p2pchain.net.events import PeerStatistics


def peer(
    name: str,
    *,
    software: str = "0.1.0",
    modules: tuple[ModuleCode, ...] = (),
    clock_offset_ms: int | None = 0,
    rtt_ms: int = 2,
) -> PeerStatistics:
    """One link; its peer id is its name."""
    return PeerStatistics(
        name=name,
        org=OrgId(name),
        peer_id=PeerId(name),
        direction="outbound",
        address="/ip4/192.0.2.1/tcp/1",
        software=software,
        modules=modules,
        rtt_ms=rtt_ms,
        clock_offset_ms=clock_offset_ms,
        connected_s=1,
        rx_bytes=1,
        tx_bytes=1,
        queued_urgent=0,
        queued_bulk=0,
        queued_bytes=0,
        waiting_events=0,
        dropped_out=0,
        dropped_in=0,
    )
