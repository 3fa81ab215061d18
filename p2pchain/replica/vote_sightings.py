"""Over whom the votes came: what turns "validator X voted twice" into a name for each of its two hosts.

A vote carries no host. But the two contradicting votes of one validator first came over somebody's link, and
in a network where validators are linked to each other that is mostly the host that made it. This is local
knowledge: another node may have heard them over others. It is told, never proved, and decides nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from p2pchain.model.errors import Fact
from p2pchain.model.genesis import Member
from p2pchain.model.ids import BlockId, Height, PeerId, PublicKey, Round
from p2pchain.model.validators import Validator
from p2pchain.model.voting import Vote, VoteKind
from p2pchain.replica.peer_view import PeerView

SOURCES_MAX: Final = 8_192
"""Votes of the last two heights whose sender is remembered; of later ones it is not."""
DOUBLE_VOTES_MAX: Final = 256
"""Newest double votes that are remembered."""

_Key = tuple[Height, Round, VoteKind, int, BlockId | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The peer that first handed us a vote; ``address`` as people read it, empty where it is not known."""

    peer: PeerId
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubleVote:
    """Two contradicting votes of one validator, in the order in which they came. A source is None for a vote
    that is our own, or one of too many.
    """

    validator: Validator
    height: Height
    round: Round
    kind: VoteKind
    blocks: tuple[BlockId | None, BlockId | None]
    sources: tuple[Source | None, Source | None]

    def facts(self) -> tuple[tuple[str, Fact], ...]:
        """Return the facts for the log."""
        first, second = self.sources
        return (
            ("height", self.height),
            ("round", self.round),
            ("kind", self.kind.name.lower()),
            ("org", self.validator.org),
            ("validator", self.validator.public_key.hex()),
            ("first_peer", None if first is None else first.peer),
            ("first_address", None if first is None else first.address),
            ("second_peer", None if second is None else second.peer),
            ("second_address", None if second is None else second.address),
        )


class Sightings:
    """Votes that this node saw in this life, and the peers that brought them."""

    def __init__(self, peers: Mapping[PeerId, PeerView]) -> None:
        """``peers``: the replica's own view of its peers, shared."""
        self._peers = peers
        self._sources: dict[_Key, Source] = {}
        self._double_votes: deque[DoubleVote] = deque(maxlen=DOUBLE_VOTES_MAX)

    def __iter__(self) -> Iterator[DoubleVote]:
        return iter(self._double_votes)

    def __len__(self) -> int:
        return len(self._double_votes)

    def final(self, height: Height) -> None:
        """Forget votes below this final height: its own late votes still matter."""
        self._sources = {key: source for key, source in self._sources.items() if key[0] >= height}

    def heard(self, vote: Vote, sender: PeerId | None) -> None:
        """Remember who brought a verified vote, of the height in progress or the one before."""
        view = None if sender is None else self._peers.get(sender)
        if sender is not None and view is not None and len(self._sources) < SOURCES_MAX:
            self._sources.setdefault(_key(vote), Source(peer=sender, address=view.address))

    def voted_twice(self, validator: Validator, first: Vote, second: Vote) -> DoubleVote:
        """Remember two votes that contradict each other, and who brought them."""
        double_vote = DoubleVote(
            validator=validator,
            height=first.height,
            round=first.round,
            kind=first.kind,
            blocks=(first.block_id, second.block_id),
            sources=(self._sources.get(_key(first)), self._sources.get(_key(second))),
        )
        self._double_votes.append(double_vote)
        return double_vote


def holders(
    key: PublicKey, peers: Mapping[PeerId, PeerView], members: Iterable[Member]
) -> tuple[PeerId, ...]:
    """Return the peers that have a consensus key: those that proved it in their hello, and the one that the
    ledger names; one, where all is well.
    """
    proved = {peer for peer, view in peers.items() if view.validator == key}
    named = {member.peer_id for member in members if member.consensus_key == key}
    return tuple(sorted(proved | named)) if proved else ()


def _key(vote: Vote) -> _Key:
    return (vote.height, vote.round, vote.kind, vote.validator, vote.block_id)
