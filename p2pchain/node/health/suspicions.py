"""Suspicions that a node has of its peers, from its own observation. For status and evidence: one consensus
key used in two places, and blocks that nobody gives.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from p2pchain.control.port import Json
from p2pchain.ledger.system import EVIDENCE_AGE_MAX
from p2pchain.model.ids import FIRST_HEIGHT, Height, PeerId, PublicKey
from p2pchain.node.health.claimed_heights import credible_claim
from p2pchain.replica.replica import Replica
from p2pchain.replica.roll_call import HEIGHTS_WATCHED, not_voting
from p2pchain.replica.vote_sightings import DoubleVote, Source, holders

MISSES_TOLD: Final = 2
"""A peer is named after so many questions in vain: one may be lost."""


def suspicions(replica: Replica) -> list[str]:
    """Reasons for the status: keys that two peers have, the newest double vote of each validator as long as
    it may enter a block, and the next block where those who claim it do not give it.
    """
    return [*_shared_keys(replica), *_double_votes(replica), *_withheld(replica)]


def mute_validators(
    replica: Replica, linked: Collection[PublicKey], *, overdue: bool
) -> Mapping[PublicKey, str]:
    """Those of the ``linked`` validators that sign nothing, with what they did not sign; ``overdue``: no
    block has come for long.
    """
    work = replica.work
    last = work.consensus.round
    unsigned = f"has signed none of the last {HEIGHTS_WATCHED} blocks"
    unsigned_by = dict.fromkeys(replica.heights.roll_call.mute(work, linked), unsigned)
    rounds = f"rounds {last - 1} and {last} of " if last else ""
    for key in not_voting(work, linked, overdue=overdue):
        unsigned_by.setdefault(key, f"has not voted in {rounds}height {work.height}")
    return unsigned_by


def with_sources(replica: Replica, evidence: Mapping[str, Json]) -> Mapping[str, Json]:
    """Recorded evidence, with whose it is and ``came_over``: for each of the two votes the block that it was
    for and the peer over which it first came to this node, in the order in which they came; empty where
    this node did not see them.
    """
    place = (evidence["validator"], evidence["height"], evidence["round"], evidence["kind"])
    seen = next((sighting for sighting in replica.heights.sightings if _place(sighting) == place), None)
    owner = next(
        (
            member
            for member in replica.ledger.members
            if member.consensus_key is not None and member.consensus_key.hex() == evidence["validator"]
        ),
        None,
    )
    return {
        **evidence,
        "org": None if owner is None else owner.org,
        "came_over": [] if seen is None else _came_over(replica, seen),
    }


def _shared_keys(replica: Replica) -> list[str]:
    reasons: list[str] = []
    for member in replica.work.validators.members:
        users = holders(member.public_key, replica.peers, replica.ledger.members)
        if len(users) > 1:
            peers = " and ".join(_named(replica, peer, replica.address_of(peer)) for peer in users)
            reasons.append(f"validator key of {member.org} used by two peers: {peers}; ask its operator")
    return reasons


def _double_votes(replica: Replica) -> list[str]:
    newest: dict[bytes, DoubleVote] = {}
    for vote in replica.heights.sightings:
        if vote.height > replica.tip.height - EVIDENCE_AGE_MAX:
            newest[vote.validator.public_key] = vote
    return [
        f"{vote.validator.org} voted twice at height {vote.height} round {vote.round}: first over "
        f"{_source_words(replica, vote.sources[0])}, then over {_source_words(replica, vote.sources[1])}; "
        "see: p2pchain equivocations"
        for vote in newest.values()
    ]


def _withheld(replica: Replica) -> list[str]:
    following, planner = Height(replica.tip.height + 1), replica.catch_up.planner
    if not planner.is_withheld(following):
        return [
            f"{_named(replica, miss.peer, replica.address_of(miss.peer))} claims block {miss.height} and did "
            f"not give it when asked {miss.times} times: it withholds or has pruned it; ask its operator"
            for miss in planner.misses(following)
            if miss.times >= MISSES_TOLD and credible_claim(replica) >= following
        ]
    if following == FIRST_HEIGHT:
        way = 'set storage.join = "snapshot" in config.toml and start the node again'
    else:
        way = 'see "When everybody has pruned" in the operator\'s guide'
    return [f"no connected member gives block {following}: they may have pruned it; {way}"]


def _came_over(replica: Replica, seen: DoubleVote) -> Sequence[Json]:
    sources: list[Json] = []
    for block_id, source in zip(seen.blocks, seen.sources, strict=True):
        sources.append(
            {
                "block": None if block_id is None else block_id.hex(),
                "node": None if source is None else _name(replica, source.peer),
                "peer_id": None if source is None else source.peer,
                "address": None if source is None else source.address,
            }
        )
    return sources


def _place(seen: DoubleVote) -> tuple[str, int, int, str]:
    return (seen.validator.public_key.hex(), seen.height, seen.round, seen.kind.name.lower())


def _source_words(replica: Replica, source: Source | None) -> str:
    return "this node" if source is None else _named(replica, source.peer, source.address)


def _named(replica: Replica, peer: PeerId, address: str) -> str:
    place = f" at {address}" if address else ", not connected"
    return f"{_name(replica, peer) or 'a stranger'} ({peer}{place})"


def _name(replica: Replica, peer: PeerId) -> str | None:
    return next((member.name for member in replica.ledger.members if member.peer_id == peer), None)
