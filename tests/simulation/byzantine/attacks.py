"""All attacks by name, and a node that changes from one to another."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from p2pchain.model.messages import FetchRequest, FetchResponse, LinkMessage
from tests.simulation.behaviour import Behaviour, Host
from tests.simulation.byzantine.lying import (
    FalseAnswers,
    FalseCertificates,
    Flood,
    ForgedSummaries,
    WithheldBlocks,
)
from tests.simulation.byzantine.proposing import (
    BadBodies,
    DoubleProposals,
    ForeignProposals,
    InvalidBlocks,
    SplitProposals,
    WithheldBodies,
    WithheldProposals,
)
from tests.simulation.byzantine.voting import (
    Amnesia,
    DoubleVotes,
    EarlyVotes,
    HiddenPolka,
    LateVotes,
    OtherPlaces,
    Silent,
    SplitVotes,
)

ATTACKS: dict[str, type[Behaviour]] = {
    "amnesia": Amnesia,
    "bad-bodies": BadBodies,
    "double-proposals": DoubleProposals,
    "double-votes": DoubleVotes,
    "early-votes": EarlyVotes,
    "false-answers": FalseAnswers,
    "false-certificates": FalseCertificates,
    "flood": Flood,
    "foreign-proposals": ForeignProposals,
    "forged-summaries": ForgedSummaries,
    "hidden-polka": HiddenPolka,
    "invalid-blocks": InvalidBlocks,
    "late-votes": LateVotes,
    "other-places": OtherPlaces,
    "silent": Silent,
    "split-proposals": SplitProposals,
    "split-votes": SplitVotes,
    "withheld-blocks": WithheldBlocks,
    "withheld-bodies": WithheldBodies,
    "withheld-proposals": WithheldProposals,
}


class Mixture(Behaviour):
    """Three attacks, one at a time, each for a few heights."""

    def __init__(self, attacks: Sequence[Behaviour]) -> None:
        self._attacks = attacks

    def started(self, node: Host) -> None:
        for attack in self._attacks:
            attack.started(node)

    def outgoing(self, node: Host, target: int, message: LinkMessage) -> Sequence[LinkMessage]:
        return self._now(node).outgoing(node, target, message)

    def incoming(self, node: Host, source: int, message: LinkMessage) -> bool:
        return self._now(node).incoming(node, source, message)

    def answer(
        self, node: Host, asker: int, request: FetchRequest, response: FetchResponse
    ) -> FetchResponse | None:
        return self._now(node).answer(node, asker, request, response)

    def _now(self, node: Host) -> Behaviour:
        return self._attacks[node.replica.height // 3 % len(self._attacks)]


def any_attack(random: Random) -> Behaviour:
    """One attack, whichever chance has."""
    return ATTACKS[random.choice(sorted(ATTACKS))]()


def mixture(random: Random) -> Behaviour:
    """Three attacks in turns."""
    return Mixture([ATTACKS[name]() for name in random.sample(sorted(ATTACKS), 3)])
