"""Private payloads as the chain knows them: a root, who may read what is behind it, and who has erased it.

No payload, key or salt is here, and no rule needs one. ``root`` is made of the owner and of the root of the
tree over the salted fields (``codec.private``), ``digest`` the
SHA-256 of the sealed envelope, so that whoever fetches it knows that it is whole.

The members may agree on auditors, for whom every payload has to be sealed.

Records (keys after ``private/``): ``auditors`` → ``[org, ...]``; ``key/<org>`` → ``[Ed25519 public key]``;
``payload/<root>`` → ``[owner, digest, size, [recipient, ...], height]``; ``erased/<root>/<org>`` →
``[height]``; ``resealed/<root>/<org>`` → ``[sealed key, height]``.

A recipient that comes later is added by another module alone (``reseal``), which says on what ground: the
envelope stays as it is, and the payload's key, sealed to the new recipient, stands beside it on the chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from p2pchain.business.private.refusals import (
    AuditorMissing,
    PayloadErased,
    PayloadExists,
    PayloadUnknown,
    RecipientsFull,
    RecipientsInvalid,
    SealingKeyMissing,
)
from p2pchain.codec.private import payload_root
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Array, Hash, Id, Integer, Key, Organisation, Signed
from p2pchain.ledger.record import Record
from p2pchain.ledger.refusals import ControllerMissing
from p2pchain.ledger.signer import Signer
from p2pchain.model.errors import Fact, listed
from p2pchain.model.ids import HASH_BYTES
from p2pchain.model.possession import SEALING
from p2pchain.model.transaction import Value

NAME = "private"
AUDITORS = b"auditors"
KEY = b"key/"
PAYLOAD = b"payload/"
ERASED = b"erased/"
RESEALED = b"resealed/"
ADMIN = "admin"
AUDITOR = "auditor"
RECIPIENTS_MAX = 64
AUDITORS_MAX = 16
SIZE_MAX = 1_200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SetEncryptionKey:
    """Set the key to which payloads for the signer's organisation are sealed. ``possession``: a signature by
    that key.
    """

    public_key: Annotated[bytes, Key(help="sealing key, an Ed25519 key"), Entry(is_made=True)]
    possession: Annotated[
        bytes, Signed(help="signature of that key that it serves as sealing key"), Entry(is_made=True)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAuditors:
    """Every payload from now on has to be sealed for these organisations, too."""

    orgs: Annotated[
        tuple[str, ...],
        Array(
            inner=Organisation(),
            most=AUDITORS_MAX,
            label="auditors",
            help="organisations for whom every payload has to be sealed; none to end the agreement",
        ),
        Entry(is_argument=True),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class PutPayload:
    """There is a payload, for these organisations and the owner; ``tree``: the root of the tree over it."""

    tree: Annotated[bytes, Hash(help="root of the tree over the salted fields"), Entry(is_made=True)]
    digest: Annotated[
        bytes, Hash(label="SHA-256", help="SHA-256 of the sealed envelope"), Entry(is_made=True)
    ]
    size: Annotated[
        int,
        Integer(low=1, high=SIZE_MAX, unit="bytes", help="size of the sealed envelope"),
        Entry(is_made=True),
    ]
    recipients: Annotated[
        tuple[str, ...],
        Array(
            inner=Organisation(),
            most=RECIPIENTS_MAX,
            help="organisations that it is sealed for, ascending, the owner among them",
        ),
        Entry(is_made=True),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Erase:
    """The signer's organisation has erased its copy."""

    root: Annotated[
        bytes, Id(size=HASH_BYTES, of="private.payload", label="root", help="root of the payload")
    ]


def set_key(context: Context, message: SetEncryptionKey) -> None:
    """Name the key of the signer's organisation, an Ed25519 key: what is sealed goes to its X25519 half.
    ``AUTH_ROLE``, ``MEMBERSHIP_NOT_PROVEN``.
    """
    org = context.require_role(ADMIN).org
    context.call("membership", "require_held", SEALING, org, org, message.public_key, message.possession)
    context.put(KEY + org.encode(), (message.public_key,))
    context.emit("key_set", (org, message.public_key))


def set_auditors(context: Context, message: SetAuditors) -> None:
    """Agree on auditors; needs the organisations with more than 2/3 of the power. ``MEMBERSHIP_NO_QUORUM``,
    ``PRIV_KEY_MISSING``.
    """
    context.call("membership", "require_quorum")
    orgs = tuple(sorted(message.orgs))
    require_keys(context, orgs)
    if orgs:
        context.put(AUDITORS, orgs)
    else:
        context.delete(AUDITORS)
    context.emit("auditors_set", (orgs,))


def put(context: Context, message: PutPayload) -> None:
    """Put a payload on the chain, under the root that its tree and its owner make, so that nobody who has
    seen the tree is in the owner's way. ``PRIV_EXISTS``, ``PRIV_RECIPIENTS`` where they do not ascend or the
    owner is not among them, ``PRIV_AUDITOR_MISSING``, ``PRIV_KEY_MISSING`` for a recipient that is none or
    has no key.
    """
    owner = signer(context).org
    root = payload_root(owner, message.tree)
    if context.get(PAYLOAD + root) is not None:
        raise PayloadExists({"root": root.hex()})
    if list(message.recipients) != sorted(message.recipients) or owner not in message.recipients:
        facts: dict[str, Fact] = {"owner": owner, "recipients": listed(message.recipients)}
        raise RecipientsInvalid(facts)
    for org in auditors(context):
        if org not in message.recipients:
            facts = {"org": org, "recipients": listed(message.recipients)}
            raise AuditorMissing(facts)
    require_keys(context, message.recipients)
    record: Record = (owner, message.digest, message.size, message.recipients, context.height)
    context.put(PAYLOAD + root, record)
    context.emit("put", (root, owner, message.recipients))


def erase(context: Context, message: Erase) -> None:
    """Record that the signer's organisation erased its copy. ``PRIV_UNKNOWN``, ``AUTH_CONTROLLER``,
    ``PRIV_ERASED``, ``EVD_HOLD`` while a court holds it.
    """
    _, _, _, recipients, _ = require(context, message.root)
    org = signer(context).org
    assert isinstance(recipients, tuple), "recipients"
    facts: dict[str, Fact] = {"root": message.root.hex(), "org": org}
    if org not in recipients:
        raise ControllerMissing({**facts, "needed": "recipient"}, "it was never sealed for it")
    key = ERASED + message.root + b"/" + org.encode()
    if context.get(key) is not None:
        raise PayloadErased(facts)
    context.call("evidence", "require_payload_free", message.root, org)
    context.put(key, (context.height,))
    context.emit("erased", (message.root, org))


def auditors(view: View) -> tuple[str, ...]:
    """List the auditors that the members agreed on, ascending, without those that have left the chain."""
    agreed = view.get(AUDITORS) or ()
    return tuple(str(org) for org in agreed if view.call("membership", "is_member", org))


def auditors_of(view: View, root: Value, owner: Value) -> Value:
    """Auditors for whom ``owner`` sealed the payload of a root, ascending: of those that the members agreed
    on, else of all with the role; none where there is no such payload.
    """
    assert isinstance(root, bytes), f"a root, not {root!r}"
    match view.get(PAYLOAD + root):
        case (str(recorded), _, _, tuple(recipients), _) if recorded == owner:
            agreed = auditors(view)
            return tuple(
                org
                for org in recipients
                if (org in agreed if agreed else view.call("membership", "org_has_role", org, AUDITOR))
            )
    return ()


def has_payload(view: View, root: Value) -> Value:
    """Decide whether there is a payload of this root."""
    assert isinstance(root, bytes), f"a root, not {root!r}"
    return view.get(PAYLOAD + root) is not None


def require_owned(view: View, root: Value, owner: Value) -> Value:
    """Accept a payload of this owner. ``PRIV_UNKNOWN``, also for another's."""
    assert isinstance(root, bytes), f"a root, not {root!r}"
    if require(view, root)[0] != owner:
        raise PayloadUnknown({"root": root.hex()}, "name a payload of your own")
    return None


def reseal(context: Context, root: Value, owner: Value, org: Value, sealed_key: Value) -> Value:
    """Add a recipient to a payload of ``owner``, with the payload's key sealed to it; one that is a recipient
    already gets the key anew, and what it erased is there for it again. For modules that have a ground for
    it. ``PRIV_UNKNOWN``, ``PRIV_KEY_MISSING``, ``PRIV_RECIPIENTS_FULL``.
    """
    assert isinstance(root, bytes), f"a root, not {root!r}"
    assert isinstance(org, str), f"an organisation, not {org!r}"
    require_owned(context, root, owner)
    require_keys(context, (org,))
    _, digest, size, recipients, height = require(context, root)
    assert isinstance(recipients, tuple), "recipients"
    if org not in recipients:
        if len(recipients) >= RECIPIENTS_MAX:
            raise RecipientsFull({"root": root.hex(), "most": RECIPIENTS_MAX})
        recipients = tuple(sorted((*(str(known) for known in recipients), org)))
    record: Record = (owner, digest, size, recipients, height)
    erased = ERASED + root + b"/" + org.encode()
    if context.get(erased) is not None:
        context.delete(erased)
    context.put(PAYLOAD + root, record)
    context.put(RESEALED + root + b"/" + org.encode(), (sealed_key, context.height))
    context.emit("resealed", (root, owner, org))
    return None


def require_keys(view: View, orgs: tuple[str, ...]) -> None:
    """``PRIV_KEY_MISSING`` unless all are members that have a sealing key."""
    for org in orgs:
        if view.get(KEY + org.encode()) is None or not view.call("membership", "is_member", org):
            raise SealingKeyMissing({"org": org})


def signer(view: View) -> Signer:
    """The first signer."""
    return view.accounts[0]


def require(view: View, root: bytes) -> Record:
    """The record of a payload, or ``PRIV_UNKNOWN``."""
    record = view.get(PAYLOAD + root)
    if record is None:
        raise PayloadUnknown({"root": root.hex()})
    return record
