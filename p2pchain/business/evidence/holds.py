"""Holds of a court: what they are on stays as it is, and where it is, until the court lifts them.

A hold is on a deposit, on a private payload, or on all private payloads that an organisation keeps. It binds
from its block on: no node unlinks its copy, and no organisation's word that it did is taken. Several courts
may hold the same thing; it is free when the last of them lets go.

Records (keys after ``evidence/``): ``hold/<id>`` → ``[court, deposit, payload, org, order, height]``, one of
the three named, the others null; ``held/deposit/<id>``, ``held/payload/<root>``, ``held/org/<org>`` →
``[count]``, absent where nobody holds it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final

from p2pchain.business.evidence.records import COURT, NAME, find
from p2pchain.business.evidence.refusals import EvidenceHeld, HoldExists, HoldSubject, HoldUnknown
from p2pchain.codec.cbor import pack
from p2pchain.crypto.hashing import sha256
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Id, Nonce, Optional, Organisation, Text
from p2pchain.ledger.refusals import ControllerMissing
from p2pchain.model.ids import HASH_BYTES
from p2pchain.model.transaction import Value

HOLD: Final = b"hold/"
HELD: Final = b"held/"
HELD_DEPOSIT: Final = HELD + b"deposit/"
HELD_PAYLOAD: Final = HELD + b"payload/"
HELD_ORG: Final = HELD + b"org/"
ORDER_BYTES_MAX: Final = 100
"""Longest reference of a court's order."""
_DOMAIN: Final = "p2pchain/evidence/hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderHold:
    """A court's order that one thing be kept as it is."""

    deposit: Annotated[
        bytes | None, Optional(inner=Id(of="evidence.deposit", size=HASH_BYTES), help="a deposit")
    ]
    payload: Annotated[
        bytes | None, Optional(inner=Id(of="private.payload", size=HASH_BYTES), help="a private payload")
    ]
    org: Annotated[
        str | None, Optional(inner=Organisation(), help="all private payloads that this organisation keeps")
    ]
    order: Annotated[str, Text(bytes_max=ORDER_BYTES_MAX, help="reference of the court's order")]
    nonce: Annotated[bytes, Nonce(help="makes the id of the hold, with the court")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftHold:
    """A hold that ends."""

    hold: Annotated[
        bytes, Id(of="evidence.hold", size=HASH_BYTES, help="id of the hold"), Entry(is_argument=True)
    ]


def hold_id(court: str, nonce: bytes) -> bytes:
    """Make the id of a hold of a court: 32 bytes."""
    return sha256(pack((_DOMAIN, 1, court, nonce)))


def hold(context: Context, message: OrderHold) -> None:
    """Hold one thing. ``AUTH_ROLE``, ``EVD_HOLD_SUBJECT``, ``EVD_HOLD_EXISTS``."""
    court = context.require_role(COURT).org
    subject = _subject(message.deposit, message.payload, message.org)
    if subject is None or not _is_there(context, message):
        named = (message.deposit, message.payload, message.org)
        raise HoldSubject({"subjects": len(named) - named.count(None)})
    id_ = hold_id(court, message.nonce)
    if context.get(HOLD + id_) is not None:
        raise HoldExists({"hold": id_.hex()})
    said = (court, message.deposit, message.payload, message.org, message.order)
    context.put(HOLD + id_, (*said, context.height))
    context.put(subject, (_count(context, subject) + 1,))
    context.emit("held", (id_, *said))


def lift(context: Context, message: LiftHold) -> None:
    """End a hold; any court may where the one that ordered it has left the consortium. ``AUTH_ROLE``,
    ``EVD_HOLD_UNKNOWN``, ``AUTH_CONTROLLER``.
    """
    by = context.require_role(COURT).org
    match context.get(HOLD + message.hold):
        case (str(court), deposit, payload, org, order, _):
            pass
        case _:
            raise HoldUnknown({"hold": message.hold.hex()})
    if by != court and context.call("membership", "is_member", court):
        raise ControllerMissing({"hold": message.hold.hex(), "needed": "court", "org": court})
    subject = _subject(deposit, payload, org)
    assert subject is not None, "a hold is on one thing"
    left = _count(context, subject) - 1
    context.delete(HOLD + message.hold)
    if left:
        context.put(subject, (left,))
    else:
        context.delete(subject)
    context.emit("lifted", (message.hold, by, deposit, payload, org, order))


def require_free(view: View, deposit: bytes) -> None:
    """``EVD_HOLD`` while a court holds the deposit."""
    if view.get(HELD_DEPOSIT + deposit) is not None:
        raise EvidenceHeld({"deposit": deposit.hex()})


def require_payload_free(view: View, root: Value, org: Value) -> Value:
    """``EVD_HOLD`` while a court holds a private payload, or all that an organisation keeps."""
    assert isinstance(root, bytes), f"a root, not {root!r}"
    assert isinstance(org, str), f"an organisation, not {org!r}"
    if is_payload_held(lambda key: view.get(key) is not None, root, org):
        raise EvidenceHeld({"payload": root.hex(), "org": org})
    return None


def is_payload_held(has: Callable[[bytes], bool], root: bytes, org: str) -> bool:
    """Decide whether a court keeps an organisation from erasing a private payload. ``has``: whether the
    state holds a record under a key of this module.
    """
    return has(HELD_PAYLOAD + root) or has(HELD_ORG + org.encode())


def state_key(key: bytes) -> bytes:
    """Whole key of a record of this module in the state."""
    return NAME.encode() + b"/" + key


def _subject(deposit: Value, payload: Value, org: Value) -> bytes | None:
    """Key of the count of holds on the one thing that is named; None where it is not one."""
    match (deposit, payload, org):
        case (bytes(id_), None, None):
            return HELD_DEPOSIT + id_
        case (None, bytes(root), None):
            return HELD_PAYLOAD + root
        case (None, None, str(name)):
            return HELD_ORG + name.encode()
    return None


def _is_there(view: View, message: OrderHold) -> bool:
    if message.deposit is not None:
        return find(view, message.deposit) is not None
    if message.payload is not None:
        return view.call("private", "has_payload", message.payload) is True
    return view.call("membership", "is_member", message.org) is True


def _count(view: View, subject: bytes) -> int:
    match view.get(subject):
        case None:
            return 0
        case (int(count),):
            return count
        case record:
            raise AssertionError(f"held record {record!r}")
