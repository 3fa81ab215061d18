"""The own clock against those of peers, by their answers to pings: also while no block comes.

An answer is exact to half a round trip. One liar proves nothing, so the own clock is off only where
validators with more than 1/3 of the power agree that it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from p2pchain.model.genesis import Member
from p2pchain.model.validators import ValidatorSet
from p2pchain.net.events import PeerStatistics


def own_offset_ms(
    peers: Sequence[PeerStatistics],
    members: Sequence[Member],
    validators: ValidatorSet,
    precision_ms: int,
) -> int:
    """Return how far the own clock is off (ahead: above 0) by validators of which one at least is honest; 0
    where it is within ``precision_ms`` and the round trip.
    """
    ahead = _least_agreed(peers, members, validators, precision_ms, sign=-1)
    behind = _least_agreed(peers, members, validators, precision_ms, sign=1)
    return max(ahead, 0) or -max(behind, 0)


def peer_clock_reasons(
    peers: Sequence[PeerStatistics],
    members: Sequence[Member],
    validators: ValidatorSet,
    precision_ms: int,
) -> list[str]:
    """Say whose clock is off: this node's where enough validators differ from it, else the peer's."""
    own_ms = own_offset_ms(peers, members, validators, precision_ms)
    others = [peer for peer in peers if _excess_ms(peer, precision_ms)]
    if own_ms:
        side = "ahead of" if own_ms > 0 else "behind"
        names = ", ".join(peer.name for peer in others)
        return [f"this node's clock is {abs(own_ms) / 1000:.1f} s {side} those of {names}; see: timedatectl"]
    return [
        f"the clock of {peer.name} is {abs(peer.clock_offset_ms or 0) / 1000:.1f} s "
        f"{'ahead of' if (peer.clock_offset_ms or 0) > 0 else 'behind'} this node's; ask its operator"
        for peer in others
    ]


def _least_agreed(
    peers: Sequence[PeerStatistics],
    members: Sequence[Member],
    validators: ValidatorSet,
    precision_ms: int,
    *,
    sign: int,
) -> int:
    """Return the largest offset in one direction that validators with more than 1/3 of the power reach."""
    keys = {member.peer_id: member.consensus_key for member in members}
    offsets: dict[int, int] = {}
    for peer in peers:
        key = keys.get(peer.peer_id)
        index = None if key is None else validators.index_of(key)
        if index is not None and sign * _excess_ms(peer, precision_ms) > 0:
            offset_ms = sign * (peer.clock_offset_ms or 0)
            offsets[index] = min(offset_ms, offsets.get(index, offset_ms))
    power = 0
    for index, offset_ms in sorted(offsets.items(), key=lambda entry: entry[1], reverse=True):
        power += validators[index].power
        if validators.is_honest_bound(power):
            return offset_ms
    return 0


def _excess_ms(peer: PeerStatistics, precision_ms: int) -> int:
    """Return a peer's offset where neither the precision nor the round trip explains it; else 0."""
    offset_ms = peer.clock_offset_ms or 0
    return offset_ms if abs(offset_ms) > precision_ms + (peer.rtt_ms or 0) else 0
