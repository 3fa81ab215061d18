"""Check of all that can be wrong in a home before it connects. There is one check for ``run``, for ``config
check`` and for a reload, so that none of them lets pass what another refuses.
"""

from __future__ import annotations

from collections.abc import Sequence

from p2pchain.control.listeners import check_listeners
from p2pchain.model.errors import Refused
from p2pchain.model.genesis import Member
from p2pchain.model.ids import PeerId, PublicKey
from p2pchain.net.addresses import endpoint_of
from p2pchain.node.gateway.service import check_gateway, job_of
from p2pchain.node.home.config import NodeConfig
from p2pchain.node.home.layout import Home


def check_settings(home: Home, config: NodeConfig) -> None:
    """Check addresses and the control socket of settings that ``parse_config`` read. Raises ``Refused``:
    ``NET_BAD_ADDRESS``, ``CONTROL_SOCKET``, ``GATEWAY_CERTIFICATE``.
    """
    endpoint_of(config.listen)
    for peer in config.peers:
        endpoint_of(peer.address)
    check_listeners(home.control_socket(config), config.control_group, config.http)
    check_gateway(job_of(config.gateway, home.root, home.control_socket(config)))


def own_member(
    members: Sequence[Member], peer_id: PeerId, consensus_key: PublicKey | None, following: PublicKey | None
) -> Member:
    """Return who a node is by its keys. A consensus key that the ledger does not name (yet, or any more)
    waits; ``following``: the key that is to follow upon it, None where there is none.

    Raises ``Refused``: ``NODE_NOT_MEMBER`` where no member has the peer key, ``CONSENSUS_KEY_FOREIGN`` where
    the consensus key beside it is another's, ``KEY_MISSING`` where the ledger expects a vote of this node
    and the key is not there.
    """
    member = next((node for node in members if node.peer_id == peer_id), None)
    if member is None:
        hint = "use the peer key that genesis.json names; where the members admitted it later: p2pchain join"
        raise Refused("NODE_NOT_MEMBER", {"peer_id": peer_id}, hint)
    if consensus_key is None and member.consensus_key is not None:
        facts = {"key": "keys/consensus.key", "expected": member.consensus_key.hex()}
        raise Refused("KEY_MISSING", facts, "restore the consensus key of this validator from your backup")
    if consensus_key is not None:
        own = (None, following, consensus_key)
        others = {node.consensus_key for node in members if node is not member}
        if member.consensus_key not in own or consensus_key in others:
            expected = None if member.consensus_key is None else member.consensus_key.hex()
            raise Refused(
                "CONSENSUS_KEY_FOREIGN",
                {"found": consensus_key.hex(), "expected": expected},
                "keys/consensus.key belongs to another validator; never run one key twice",
            )
    return member
