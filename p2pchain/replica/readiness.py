"""The readiness gate: after a start a validator says nothing before it knows where the chain stands.

What a node reads from its own disk may be old: it was down for a week, or its disk went back in time. Then
the height that it holds for the one in progress was decided long ago, and a vote there is at best noise, at
worst the second vote of a key whose memory is lost. So it first listens: it speaks once validators that,
together with itself, hold a quorum of the power have told it in this life, over their own links or by a
signed answer that others carried (``height_questions``), that the height which they work on is not above its
own.

Why that is enough. A height above ours was decided by a quorum of precommits. Two quorums share more than a
third of the power, and so an honest validator; it would have told us that it works above us, unless it is
ourselves. Why it harms no liveness. A quorum must be connected for any block to come; peers above us hand us
what we lack, and then no longer stand above us. A third of the power that lies about its height, or says
nothing at all, is not needed: all honest validators together are a quorum. A part of the network without
a quorum stays silent, and could have decided nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from p2pchain.model.genesis import Member
from p2pchain.model.ids import Height, PeerId, PublicKey
from p2pchain.model.validators import ValidatorSet
from p2pchain.replica.peer_view import PeerView


class Readiness:
    """The readiness gate: closed at the start; opened once, it stays open for this life."""

    def __init__(self) -> None:
        """Begin closed."""
        self.ready = False

    def consider(
        self,
        validators: ValidatorSet,
        own_index: int,
        stated: Iterable[tuple[PublicKey, Height]],
        working_on: Height,
    ) -> bool:
        """Return whether the gate opens now. ``stated``: heights that validators said in this life that they
        work on, by consensus key (of several the highest counts); ``working_on``: our own height.
        """
        if self.ready:
            return False
        heights: dict[PublicKey, Height] = {}
        for key, height in stated:
            heights[key] = max(height, heights.get(key, height))
        power = sum(
            member.power
            for index, member in enumerate(validators.members)
            if index == own_index or heights.get(member.public_key, working_on + 1) <= working_on
        )
        self.ready = validators.is_quorum(power)
        return self.ready


def stated_heights(
    peers: Mapping[PeerId, PeerView], members: Iterable[Member]
) -> Iterator[tuple[PublicKey, Height]]:
    """Return the heights that connected peers said that they work on, by consensus key: that of the ledger,
    and that which the hello of their link proved (while a validator's key changes these are two).
    """
    for peer, key in keys_of(peers, members):
        if peers[peer].summary is not None:
            yield key, peers[peer].height


def keys_of(
    peers: Mapping[PeerId, PeerView], members: Iterable[Member]
) -> Iterator[tuple[PeerId, PublicKey]]:
    """Return the consensus keys of connected peers: those of the ledger, and those that the hellos of their
    links proved.
    """
    keys = {member.peer_id: member.consensus_key for member in members}
    for peer, view in peers.items():
        for key in dict.fromkeys((keys.get(peer), view.validator)):
            if key is not None:
                yield peer, key
