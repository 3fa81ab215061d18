"""Credible height among those that peers claim."""

from __future__ import annotations

from p2pchain.model.ids import GENESIS_HEIGHT, Height
from p2pchain.replica.readiness import keys_of
from p2pchain.replica.replica import Replica


def credible_claim(replica: Replica) -> Height:
    """The highest final height that validators with more than 1/3 of the power claim, so an honest one does.

    Where fewer are linked to this node, the highest that enough peers claim for one of them to be honest if
    fewer than a third lie; 0 where too few claim anything.
    """
    claims, validators = replica.catch_up.planner.claims, replica.ledger.validators
    power = 0
    heights: dict[int, Height] = {}
    for peer, key in keys_of(replica.peers, replica.ledger.members):
        index = validators.index_of(key)
        if index is not None and peer in claims:
            heights[index] = min(claims[peer], heights.get(index, claims[peer]))
    for index, height in sorted(heights.items(), key=lambda claim: claim[1], reverse=True):
        power += validators[index].power
        if validators.is_honest_bound(power):
            return height
    if power:
        return GENESIS_HEIGHT
    return replica.catch_up.planner.claimed_by((len(validators) - 1) // 3 + 1)
