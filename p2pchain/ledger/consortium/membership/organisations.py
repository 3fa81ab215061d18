"""Organisations come and leave; a name belongs to one of them, for the life of the chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from p2pchain.codec.genesis import ORGANISATIONS_MAX, is_org
from p2pchain.codec.legal_name import is_legal_name
from p2pchain.ledger.consortium.membership.authority import require_quorum
from p2pchain.ledger.consortium.membership.claims import drop_claims
from p2pchain.ledger.consortium.membership.fields import LEGAL_NAME, OrgNamed, Roles
from p2pchain.ledger.consortium.membership.freezing import thaw
from p2pchain.ledger.consortium.membership.lookup import require_name, require_room, roles_held
from p2pchain.ledger.consortium.membership.names import is_former
from p2pchain.ledger.consortium.membership.records import ORGANISATION, roles_of
from p2pchain.ledger.consortium.membership.refusals import NameTaken, NameUsed, NodesRemain, RoleUnknown
from p2pchain.ledger.consortium.membership.tally import (
    count_organisations,
    enter_organisation,
    leave_organisation,
    tally_of,
)
from p2pchain.ledger.context import Context, View
from p2pchain.model.errors import listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Admit:
    """A new organisation, with the roles that it may hold."""

    org: OrgNamed
    legal_name: Annotated[str, LEGAL_NAME]
    roles: Roles


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveOrganisation:
    """An organisation is no member any more."""

    org: OrgNamed


def admit(context: Context, message: Admit) -> None:
    """Add an organisation. ``MEMBERSHIP_NAME``, ``MEMBERSHIP_ROLE``, ``MEMBERSHIP_EXISTS``,
    ``MEMBERSHIP_NAME_USED`` for the name of one that has left, ``..._FULL``.
    """
    require_quorum(context)
    require_admissible(context, message)
    require_room(count_organisations(context), ORGANISATIONS_MAX, "organisations")
    context.put(ORGANISATION + message.org.encode(), (message.legal_name, roles_of(message.roles)))
    enter_organisation(context, message.org)
    context.emit("admitted", (message.org,))


def require_admissible(view: View, message: Admit) -> None:
    """Require allowed names and roles, and a name never used before."""
    require_name(is_org(message.org), message.org)
    require_name(is_legal_name(message.legal_name), message.legal_name)
    for role in message.roles:
        if role not in view.setting.roles:
            raise RoleUnknown({"role": role, "roles": listed(view.setting.roles)})
    if is_former(view, message.org):
        raise NameUsed({"org": message.org})
    if view.get(ORGANISATION + message.org.encode()) is not None:
        raise NameTaken({"org": message.org})


def remove_organisation(context: Context, message: RemoveOrganisation) -> None:
    """An organisation leaves: needs the quorum, and its nodes have to be gone (``MEMBERSHIP_HAS_NODES``). Its
    accounts sign nothing any more; what they signed, and what others owe it, stays. Its name serves nobody
    again.
    """
    require_quorum(context)
    roles_held(context, message.org)
    nodes = tally_of(context, message.org).nodes
    if nodes:
        raise NodesRemain({"org": message.org, "nodes": nodes})
    leave_organisation(context, message.org)
    thaw(context, message.org, None)
    drop_claims(context, message.org)
    context.call("policy", "forget_own", message.org)
    context.delete(ORGANISATION + message.org.encode())
    context.emit("removed", (message.org,))
