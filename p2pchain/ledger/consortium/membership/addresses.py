"""Addresses at which members' nodes are dialled; each organisation states those of its own nodes.

Records (keys after ``membership/``): ``address/<peer key>`` → ``[multiaddress]``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from p2pchain.codec.multiaddress import is_address
from p2pchain.ledger.consortium.membership.authority import require_own_or_quorum
from p2pchain.ledger.consortium.membership.fields import ADDRESS_KIND, NodeName
from p2pchain.ledger.consortium.membership.lookup import node_named
from p2pchain.ledger.consortium.membership.records import ADDRESS
from p2pchain.ledger.consortium.membership.refusals import AddressInvalid
from p2pchain.ledger.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAddress:
    """Where others dial a node; ``address``: None where only it dials others."""

    name: NodeName
    address: Annotated[str | None, ADDRESS_KIND]


def set_address(context: Context, message: SetAddress) -> None:
    """State where a node is dialled. ``MEMBERSHIP_ADDRESS`` for what nobody can dial."""
    member = node_named(context, message.name)
    require_own_or_quorum(context, member.org)
    if message.address is None:
        context.delete(ADDRESS + member.peer_key)
    elif is_address(message.address):
        context.put(ADDRESS + member.peer_key, (message.address,))
    else:
        raise AddressInvalid({"node": member.name, "address": message.address})
    context.emit("address_set", (member.org, member.name, message.address))
