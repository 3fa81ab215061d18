"""Stop of a node when validators with more than 1/3 of the power report a different genesis. It can never
take part.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import trio

from p2pchain.model.errors import Refused
from p2pchain.model.genesis import Member
from p2pchain.model.validators import ValidatorSet
from p2pchain.net.events import PeerRefusal
from p2pchain.net.network import Network
from p2pchain.replica.replica import Replica

DISAGREEMENTS: Final = ("HELLO_OTHER_GENESIS", "HELLO_OTHER_CHAIN")
LOOK_EVERY_S = 0.25


async def watch_genesis(network: Network, replica: Replica) -> None:
    """Until a peer is connected, look whether the validators that were met agree that our genesis is another.

    Raises ``Refused("GENESIS_DIFFERS")``.
    """
    while not replica.peers:
        refusal = disagreement(network.totals().refusals, replica.ledger.members, replica.ledger.validators)
        if refusal is not None:
            facts = {"peer": refusal.peer, "detail": refusal.detail}
            hint = "compare genesis.json with the other members' and take theirs into a new home"
            raise Refused("GENESIS_DIFFERS", facts, hint)
        await trio.sleep(LOOK_EVERY_S)


def disagreement(
    refusals: Sequence[PeerRefusal], members: Sequence[Member], validators: ValidatorSet
) -> PeerRefusal | None:
    """One of the refusals where validators of more than a third of the power hold another genesis, so at
    least one honest one does; None where it may be them who are wrong.
    """
    keys = {member.peer_id: member.consensus_key for member in members}
    telling = [refusal for refusal in refusals if refusal.code in DISAGREEMENTS]
    disagreeing = {keys[peer] for refusal in telling for peer in keys if peer == refusal.peer}
    power = sum(member.power for member in validators.members if member.public_key in disagreeing)
    return telling[0] if validators.is_honest_bound(power) else None
