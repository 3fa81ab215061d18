"""Membership look-ups that refuse what is absent: names, keys, rooms, and the proof that a key is held."""

from __future__ import annotations

from typing import Final

from p2pchain.ledger.consortium.membership.names import ACCOUNT_NAME, NODE_NAME, key_named, name_key
from p2pchain.ledger.consortium.membership.records import (
    ACCOUNT,
    NODE,
    ORGANISATION,
    RETIRED,
    VALIDATOR,
    account_of,
    member_of,
    texts,
)
from p2pchain.ledger.consortium.membership.refusals import (
    KeyUnproven,
    KeyUsed,
    MembershipFull,
    MemberUnknown,
    NameInvalid,
    NameTaken,
    NameUsed,
)
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.meter import SIGNATURE
from p2pchain.ledger.signer import Signer
from p2pchain.model.errors import Fact, Refused
from p2pchain.model.genesis import Member
from p2pchain.model.ids import PublicKey, Signature
from p2pchain.model.possession import Possession

USES: Final = {ACCOUNT: "account", NODE: "node", VALIDATOR: "validator", RETIRED: "retired"}
"""Where keys are recorded, and what that use is called."""


def roles_held(context: View, org: str) -> tuple[str, ...]:
    """Roles of an organisation, or ``MEMBERSHIP_UNKNOWN``."""
    record = context.get(ORGANISATION + org.encode())
    if record is None:
        raise MemberUnknown({"org": org})
    return texts(record[1])


def account_named(context: View, org: str, name: str) -> Signer:
    """The account of an organisation with this name, or ``MEMBERSHIP_UNKNOWN``."""
    key = key_named(context, ACCOUNT_NAME, name_key(org, name))
    account = None if key is None else account_of(context, key)
    if account is None:
        raise MemberUnknown({"org": org, "account": name})
    return account


def node_named(context: View, name: str) -> Member:
    """The node with this name, or ``MEMBERSHIP_UNKNOWN``."""
    key = key_named(context, NODE_NAME, name.encode())
    if key is None:
        raise MemberUnknown({"node": name})
    return node_of(context, key)


def node_of(context: View, peer_key: bytes) -> Member:
    """The node of a peer key, or ``MEMBERSHIP_UNKNOWN``."""
    record = context.get(NODE + peer_key)
    if record is None:
        raise unknown("node", peer_key)
    return member_of(PublicKey(peer_key), record)


def unknown(what: str, key: bytes) -> MemberUnknown:
    """Nobody has this key."""
    return MemberUnknown({what: key.hex()})


def require_unused(view: View, key: bytes, unless_retired: str | None = None) -> None:
    """``MEMBERSHIP_KEY_USED`` where a key serves or has ever served; ``unless_retired``: but for this use."""
    for use in USES:
        record = view.get(use + key)
        if record is not None and not (use == RETIRED and record[0] == unless_retired):
            facts: dict[str, Fact] = {"public_key": key.hex(), "use": USES[use]}
            raise KeyUsed(facts)


def require_held(view: View, statement: Possession, signature: bytes) -> None:
    """``MEMBERSHIP_NOT_PROVEN`` unless a key signed that it serves under this name."""
    view.meter.spend(SIGNATURE)
    try:
        view.setting.verifier.possession(statement, Signature(signature))
    except Refused as fault:
        facts: dict[str, Fact] = {"public_key": statement.key.hex(), "reason": fault.code}
        hint = "the key itself signs that it serves under this name: p2pchain key prove"
        raise KeyUnproven(facts, hint) from None


def require_fresh(context: View, names: bytes, key: bytes, facts: dict[str, Fact]) -> None:
    """``MEMBERSHIP_EXISTS`` where a name is in use, ``MEMBERSHIP_NAME_USED`` where it was once: what is owed
    to a name, and what it holds, is nobody else's ever.
    """
    record = context.get(names + key)
    if record is not None:
        raise NameTaken(facts) if record[0] is not None else NameUsed(facts)


def require_room(count: int, most: int, what: str) -> None:
    """``MEMBERSHIP_FULL`` where there are as many as there may be."""
    if count >= most:
        raise MembershipFull({"what": what, "most": most})


def require_name(good: bool, name: str) -> None:
    """``MEMBERSHIP_NAME`` for a name that genesis would not take either."""
    if not good:
        raise NameInvalid({"name": name}, "names are as in genesis.json")


def retire(context: Context, key: bytes, kind: str, holder: PublicKey | None) -> None:
    """The key has left; ``holder``: the peer key of the node that validated with it."""
    context.put(RETIRED + key, (kind, context.height, holder))
