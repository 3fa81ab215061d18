"""Identity of this node: keys and settings, checked against the ledger."""

from __future__ import annotations

from dataclasses import dataclass

from p2pchain.codec.peer_id import peer_id_of
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.ids import BlockId, ChainId, OrgId, PeerId, PublicKey
from p2pchain.node.home.settings_check import own_member


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

    Raises ``Refused`` as ``own_member`` does.
    """
    peer_id = peer_id_of(peer_key.public_key)
    own = None if consensus_key is None else consensus_key.public_key
    member = own_member(ledger.members, peer_id, own, following)
    return Identity(
        name=member.name,
        org=member.org,
        chain_id=chain_id,
        genesis_id=genesis_id,
        peer_id=peer_id,
        peer_key=peer_key,
        consensus_key=consensus_key,
    )
