"""Private payloads as the chain knows them: a root, who may read what is behind it, and who has erased it.

No payload, key or salt is here, and no rule needs one. ``root`` is made of the owner and of the root of the
tree over the salted fields (``codec.private``), ``digest`` the
SHA-256 of the sealed envelope, so that whoever fetches it knows that it is whole.

The members may agree on auditors, for whom every payload has to be sealed.

Records (keys after ``private/``): ``auditors`` → ``[org, ...]``; ``key/<org>`` → ``[Ed25519 public key]``;
``payload/<root>`` → ``[owner, digest, size, [recipient, ...], height]``; ``erased/<root>/<org>`` →
``[height]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from p2pchain.codec.private import payload_root
from p2pchain.ledger.account import Account
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.module import Action, Json, Module, Query
from p2pchain.ledger.record import Record
from p2pchain.ledger.schema import BytesField, IntegerField, ListField, OptionalField, TextField
from p2pchain.model.errors import Fact, Refused, listed
from p2pchain.model.ids import HASH_BYTES, ORG_ID_CHARS_MAX, PUBLIC_KEY_BYTES, SIGNATURE_BYTES
from p2pchain.model.possession import SEALING
from p2pchain.model.transaction import Value

NAME = "private"
AUDITORS = b"auditors"
KEY = b"key/"
PAYLOAD = b"payload/"
ERASED = b"erased/"
ADMIN = "admin"
AUDITOR = "auditor"
RECIPIENTS_MAX = 64
AUDITORS_MAX = 16
SIZE_MAX = 1_200_000
PAGE_DEFAULT = 50
PAGE_MAX = 500
SCANNED_MAX = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SetKey:
    """What is for the signer's organisation is sealed to this key from now on; ``possession``: the key's
    signature that it is so.
    """

    public_key: bytes
    possession: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAuditors:
    """Every payload from now on has to be sealed for these organisations, too."""

    orgs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """There is a payload, for these organisations and the owner; ``tree``: the root of the tree over it."""

    tree: bytes
    digest: bytes
    size: int
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Erase:
    """The signer's organisation has erased its copy."""

    root: bytes


def set_key(context: Context, message: SetKey) -> None:
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
    context.emit("auditors_set", orgs)


def put(context: Context, message: Put) -> None:
    """Put a payload on the chain, under the root that its tree and its owner make, so that nobody who has
    seen the tree is in the owner's way. ``PRIV_EXISTS``, ``PRIV_RECIPIENTS`` where they do not ascend or the
    owner is not among them, ``PRIV_AUDITOR_MISSING``, ``PRIV_KEY_MISSING`` for a recipient that is none or
    has no key.
    """
    owner = signer(context).org
    root = payload_root(owner, message.tree)
    if context.get(PAYLOAD + root) is not None:
        raise Refused("PRIV_EXISTS", {"root": root.hex()}, "seal it again: its salts are to be fresh")
    if list(message.recipients) != sorted(message.recipients) or owner not in message.recipients:
        facts: dict[str, Fact] = {"owner": owner, "recipients": listed(message.recipients)}
        raise Refused("PRIV_RECIPIENTS", facts, "ascending, the owner among them")
    for org in auditors(context):
        if org not in message.recipients:
            facts = {"org": org, "recipients": listed(message.recipients)}
            raise Refused("PRIV_AUDITOR_MISSING", facts, "the members agreed that it reads every payload")
    require_keys(context, message.recipients)
    record: Record = (owner, message.digest, message.size, message.recipients, context.height)
    context.put(PAYLOAD + root, record)
    context.emit("put", (root, owner, message.recipients))


def erase(context: Context, message: Erase) -> None:
    """Say that one's own copy is gone. ``PRIV_UNKNOWN``, ``AUTH_CONTROLLER``, ``PRIV_ERASED``."""
    _, _, _, recipients, _ = require(context, message.root)
    org = signer(context).org
    assert isinstance(recipients, tuple), "recipients"
    facts: dict[str, Fact] = {"root": message.root.hex(), "org": org}
    if org not in recipients:
        raise Refused("AUTH_CONTROLLER", {**facts, "needed": "recipient"}, "it was never sealed for it")
    key = ERASED + message.root + b"/" + org.encode()
    if context.get(key) is not None:
        raise Refused("PRIV_ERASED", facts, "it has said so already")
    context.put(key, (context.height,))
    context.emit("erased", (message.root, org))


def auditors(view: View) -> tuple[str, ...]:
    """For whom every payload has to be sealed, ascending; who has left the chain does not count."""
    agreed = view.get(AUDITORS) or ()
    return tuple(str(org) for org in agreed if view.call("membership", "is_member", org))


def auditors_of(view: View, root: Value, owner: Value) -> Value:
    """Auditors for whom ``owner`` sealed the payload of a root, ascending: of those that the members agreed
    on, else of all with the role; none where there is no such payload.
    """
    assert isinstance(root, bytes), f"a root, not {root!r}"
    match view.get(PAYLOAD + root):
        case (str(found), _, _, tuple(recipients), _) if found == owner:
            agreed = auditors(view)
            return tuple(
                org
                for org in recipients
                if (org in agreed if agreed else view.call("membership", "org_has_role", org, AUDITOR))
            )
    return ()


def require_keys(view: View, orgs: tuple[str, ...]) -> None:
    """``PRIV_KEY_MISSING`` unless all are members that have a sealing key."""
    for org in orgs:
        if view.get(KEY + org.encode()) is None or not view.call("membership", "is_member", org):
            raise Refused("PRIV_KEY_MISSING", {"org": org}, "it has to run: p2pchain private enrol")


def signer(view: View) -> Account:
    """The first signer."""
    return view.accounts[0]


def require(view: View, root: bytes) -> Record:
    """The record of a payload, or ``Refused("PRIV_UNKNOWN")``."""
    record = view.get(PAYLOAD + root)
    if record is None:
        raise Refused("PRIV_UNKNOWN", {"root": root.hex()}, "compare the root; see: p2pchain private list")
    return record


def answer_show(view: View, args: Mapping[str, Value]) -> Json:
    """One payload: ``root``, ``owner``, ``digest``, ``size``, ``recipients``, ``height``, ``erased_by``."""
    root = args["root"]
    assert isinstance(root, bytes), "the field takes bytes"
    return told(view, root, require(view, root))


def answer_key(view: View, args: Mapping[str, Value]) -> Json:
    """``{"org", "public_key": hex | null}``."""
    org = args["org"]
    assert isinstance(org, str), "the field takes text"
    record = view.get(KEY + org.encode())
    key = None if record is None else record[0]
    return {"org": org, "public_key": key.hex() if isinstance(key, bytes) else None}


def answer_auditors(view: View, _args: Mapping[str, Value]) -> Json:
    """``{"auditors": [org, ...]}``: for whom every payload has to be sealed."""
    return {"auditors": list(auditors(view))}


def answer_list(view: View, args: Mapping[str, Value]) -> Json:
    """``{"payloads": [...], "next": root | null}``: a page in the order of the roots, of those for ``org``
    where that is given.
    """
    after, org, limit = args["after"], args["org"], args["limit"]
    assert after is None or isinstance(after, bytes), "the field takes bytes"
    most = limit if isinstance(limit, int) else PAGE_DEFAULT
    found: list[Json] = []
    last: str | None = None
    walked = view.walk(PAYLOAD, None if after is None else PAYLOAD + after)
    for scanned, (key, record) in enumerate(walked):
        if len(found) == most or scanned == SCANNED_MAX:
            return {"payloads": found, "next": last}
        root = key[len(PAYLOAD) :]
        last = root.hex()
        recipients = record[3]
        if org is None or (isinstance(recipients, tuple) and org in recipients):
            found.append(told(view, root, record))
    return {"payloads": found, "next": None}


def told(view: View, root: bytes, record: Record) -> Json:
    """What is told of a payload."""
    owner, digest, size, recipients, height = record
    assert isinstance(digest, bytes), f"payload record {record!r}"
    assert isinstance(recipients, tuple), f"payload record {record!r}"
    prefix = ERASED + root + b"/"
    return {
        "root": root.hex(),
        "owner": owner,
        "digest": digest.hex(),
        "size": size,
        "recipients": list(recipients),
        "height": height,
        "erased_by": [key[len(prefix) :].decode() for key, _ in view.walk(prefix)],
    }


ROOT = BytesField(name="root", size=HASH_BYTES)
ORG = TextField(name="org", bytes_max=ORG_ID_CHARS_MAX)

MODULE = Module(
    name=NAME,
    actions=(
        Action(
            name="set_key",
            message=SetKey,
            fields=(
                BytesField(name="public_key", size=PUBLIC_KEY_BYTES),
                BytesField(name="possession", size=SIGNATURE_BYTES),
            ),
            run=set_key,
        ),
        Action(
            name="set_auditors",
            message=SetAuditors,
            fields=(ListField(inner=TextField(name="orgs", bytes_max=ORG_ID_CHARS_MAX), most=AUDITORS_MAX),),
            run=set_auditors,
        ),
        Action(
            name="put",
            message=Put,
            fields=(
                BytesField(name="tree", size=HASH_BYTES),
                BytesField(name="digest", size=HASH_BYTES),
                IntegerField(name="size", low=1, high=SIZE_MAX),
                ListField(
                    inner=TextField(name="recipients", bytes_max=ORG_ID_CHARS_MAX), most=RECIPIENTS_MAX
                ),
            ),
            run=put,
        ),
        Action(name="erase", message=Erase, fields=(ROOT,), run=erase),
    ),
    queries=(
        Query(name="show", fields=(ROOT,), answer=answer_show),
        Query(name="auditors", fields=(), answer=answer_auditors),
        Query(name="key", fields=(ORG,), answer=answer_key),
        Query(
            name="list",
            fields=(
                OptionalField(inner=ORG),
                OptionalField(inner=BytesField(name="after", size=HASH_BYTES)),
                OptionalField(inner=IntegerField(name="limit", low=1, high=PAGE_MAX)),
            ),
            answer=answer_list,
        ),
    ),
    publics={"auditors_of": auditors_of},
)
