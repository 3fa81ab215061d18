"""Nodes that may connect: they come with a peer key that has proven itself, and leave under their name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from p2pchain.codec.genesis import NODES_MAX, is_name
from p2pchain.ledger.consortium.membership.authority import require_quorum
from p2pchain.ledger.consortium.membership.fields import (
    MADE,
    PEER_KEY,
    NodeName,
    NodeProven,
    OrgProven,
    Proof,
)
from p2pchain.ledger.consortium.membership.lookup import (
    node_named,
    require_fresh,
    require_held,
    require_name,
    require_room,
    require_unused,
    retire,
    roles_held,
)
from p2pchain.ledger.consortium.membership.names import NODE_NAME
from p2pchain.ledger.consortium.membership.records import ADDRESS, KIND_PEER, NODE, RETIRED
from p2pchain.ledger.consortium.membership.refusals import NodeValidates
from p2pchain.ledger.consortium.membership.tally import enter_node, leave_node, tally_of
from p2pchain.ledger.context import Context, View
from p2pchain.model.ids import PublicKey
from p2pchain.model.possession import NODE as AS_NODE
from p2pchain.model.possession import Possession


@dataclass(frozen=True, slots=True, kw_only=True)
class AddNode:
    """A node of a member may connect; ``possession``: its key's signature that it will."""

    org: OrgProven
    name: NodeProven
    peer_key: Annotated[bytes, PEER_KEY, MADE]
    possession: Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveNode:
    """A node may connect no more."""

    name: NodeName


def add_node(context: Context, message: AddNode) -> None:
    """Let a node in. A peer key that was removed may return, under a new name; a key of another use may
    not.
    """
    require_quorum(context)
    roles_held(context, message.org)
    require_unused(context, message.peer_key, unless_retired=KIND_PEER)
    require_new_node(context, message)
    require_room(tally_of(context, message.org).nodes, NODES_MAX, "nodes")
    context.delete(RETIRED + message.peer_key)
    context.put(NODE + message.peer_key, (message.name, message.org, None))
    enter_node(context, message.org, message.name, message.peer_key)
    context.emit("node_added", (message.org, message.name, message.peer_key))


def require_new_node(view: View, message: AddNode) -> None:
    """Require an allowed, never used node name and a proven key."""
    require_name(is_name(message.name), message.name)
    statement = Possession(kind=AS_NODE, org=message.org, name=message.name, key=PublicKey(message.peer_key))
    require_held(view, statement, message.possession)
    require_fresh(view, NODE_NAME, message.name.encode(), {"node": message.name})


def remove_node(context: Context, message: RemoveNode) -> None:
    """Keep a node out. ``MEMBERSHIP_NODE_VALIDATES`` as long as its votes count at the next height."""
    require_quorum(context)
    member = node_named(context, message.name)
    counting = (
        context.get(RETIRED + validator.public_key) for validator in context.setting.validators.members
    )
    leaving = any(record is not None and record[2] == member.peer_key for record in counting)
    if member.consensus_key is not None or leaving:
        hint = "remove its validator first; the node may go in a later block"
        raise NodeValidates({"node": member.name}, hint)
    context.delete(NODE + member.peer_key)
    context.delete(ADDRESS + member.peer_key)
    leave_node(context, member.org, member.name)
    retire(context, member.peer_key, KIND_PEER, None)
    context.emit("node_removed", (member.org, member.name, member.peer_key))
