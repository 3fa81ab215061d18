"""Who this node is: keys and settings, checked against what the ledger says of it."""

from __future__ import annotations

from dataclasses import dataclass

from p2pchain.codec.peer_id import peer_id_of
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.errors import Refused
from p2pchain.model.ids import BlockId, ChainId, OrgId, PeerId, PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A member's node. ``consensus_key`` is None for an observer."""

    name: str
    org: OrgId
    chain_id: ChainId
    genesis_id: BlockId
    peer_id: PeerId
    peer_key: SigningKey
    consensus_key: SigningKey | None


def identify(
    *,
    ledger: Ledger,
    chain_id: ChainId,
    genesis_id: BlockId,
    peer_key: SigningKey,
    consensus_key: SigningKey | None,
    following: PublicKey | None = None,
) -> Identity:
    """Find the node in the ledger by its peer key. A key that the ledger does not name (yet, or any more)
    waits: the node follows, and votes with it from the height on at which it counts. ``following``: the key
    that is to follow upon it, None where there is none.

    Raises ``Refused``: ``NODE_NOT_MEMBER`` where no member has the key, ``CONSENSUS_KEY_FOREIGN`` where the
    consensus key beside it is another's, ``KEY_MISSING`` where the ledger expects a vote of this node and the
    key is not there.
    """
    peer_id = peer_id_of(peer_key.public_key)
    member = next((each for each in ledger.members if each.peer_id == peer_id), None)
    if member is None:
        hint = "use the peer key that genesis.json names; where the members admitted it later: p2pchain join"
        raise Refused("NODE_NOT_MEMBER", {"peer_id": peer_id}, hint)
    if consensus_key is None and member.consensus_key is not None:
        facts = {"key": "keys/consensus.key", "expected": member.consensus_key.hex()}
        raise Refused("KEY_MISSING", facts, "restore the consensus key of this validator from your backup")
    if consensus_key is not None:
        own = (None, following, consensus_key.public_key)
        others = {each.consensus_key for each in ledger.members if each is not member}
        if member.consensus_key not in own or consensus_key.public_key in others:
            expected = None if member.consensus_key is None else member.consensus_key.hex()
            raise Refused(
                "CONSENSUS_KEY_FOREIGN",
                {"found": consensus_key.public_key.hex(), "expected": expected},
                "keys/consensus.key belongs to another validator; never run one key twice",
            )
    return Identity(
        name=member.name,
        org=member.org,
        chain_id=chain_id,
        genesis_id=genesis_id,
        peer_id=peer_id,
        peer_key=peer_key,
        consensus_key=consensus_key,
    )
