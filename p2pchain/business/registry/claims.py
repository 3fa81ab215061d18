"""Claims on documents, which keep others from financing them. They serve all modules.

Whoever finances a document, has it as security with a receivable that it backs, or was repaid, has a
*claim* on it: the encumbrance of the document (``encumbrance``). A claim keeps everybody from every
document that is the same invoice, under whatever names it was declared: so a claim is entered under each
strong name with the content beside it. The names are those that the claimant itself declared. What anybody
else says of a document adds nothing to a claim and takes nothing from it.

Records (keys after ``registry/``): ``claim/<SHA-256 of digest ‖ content, or of the document's id>`` →
``[[document, org], ...]``; ``struck/<the same hash>/<org>`` → ``[]``: a claim of this organisation was
struck, and it makes no other on this invoice.

Bounds: an organisation has at most ``CLAIMS_OF_ONE`` documents under one key, that is of one seller, number,
date and total. That many companies of one VAT group may have made the same invoice; a financier that has more
is refused, and nobody else is. ``CLAIMS_MAX`` in all: to fill a key takes sixteen financiers who finance four
such invoices each, and every one of them can be contested.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from p2pchain.business.encumbrance.module import DOCUMENT as THING
from p2pchain.business.encumbrance.module import active
from p2pchain.business.registry.contest_record import end_contest, is_lapsed
from p2pchain.business.registry.declaration import Declarations, are_exact
from p2pchain.business.registry.document import (
    CANCELLED,
    REGISTERED,
    find,
    registration_of,
    store,
    without_registration,
)
from p2pchain.business.registry.financiers_key import count_held
from p2pchain.business.registry.name_index import Overlap, overlap
from p2pchain.business.registry.refusals import ClaimStruck, TooManyClaims
from p2pchain.crypto.hashing import sha256
from p2pchain.ledger.context import Context, Public, View
from p2pchain.model.errors import Fact
from p2pchain.model.ids import OrgId
from p2pchain.model.transaction import Value

CLAIM: Final = b"claim/"
STRUCK: Final = b"struck/"
CLAIMS_OF_ONE: Final = 4
"""Most documents of one organisation under one key."""
CLAIMS_MAX: Final = 64
"""Most documents under one key."""
COMPARED_MAX: Final = 16
"""Most overlapping documents that are compared, to tell which are the same invoice."""

Claim = tuple[bytes, OrgId]
"""(document, whose claim it is)."""


def claimant(view: View, document: bytes) -> OrgId | None:
    """Return the claimant of a document, or None; a lapsed claim does not count."""
    match view.call("encumbrance", "holder_of", THING + document):
        case (_, _, _, str(org)) if not is_lapsed(view, document, OrgId(org)):
            return OrgId(org)
    return None


def blockers(view: View, document: bytes, declarations: Declarations) -> tuple[Claim, ...]:
    """Find the claims on other documents that are the same invoice as these declarations."""
    claims: dict[Claim, None] = {}
    for key in _keys(document, declarations):
        claims |= dict.fromkeys(_claims(view, key))
    return tuple(
        (other, org)
        for other, org in sorted(claims)
        if other != document
        and not is_lapsed(view, other, org)
        and are_exact(declarations, registration_of(view, other, org))
    )


def same_invoice(view: View, declarations: Declarations, overlap: Overlap) -> tuple[bytes, ...]:
    """Of documents that overlap, those that are the same invoice as who registered them first declared it; of
    the first ``COMPARED_MAX``.
    """
    return tuple(
        document
        for document, org in overlap.entries[:COMPARED_MAX]
        if are_exact(declarations, registration_of(view, document, org))
    )


def take_claim(context: Context, document: bytes, module: str, basis: bytes, kind: str, org: OrgId) -> None:
    """Claim a document for ``org``, or once more for a basis that has it.

    Claims that have lapsed end first. ``Refused``: ``REG_STRUCK`` where a claim of ``org`` on this invoice
    was struck, ``ENC_ACTIVE`` where the document or another of the same invoice is under a claim of another
    basis, ``REG_TOO_MANY_CLAIMS``.
    """
    end_lapsed(context, document)
    match context.call("encumbrance", "holder_of", THING + document):
        case (held_by, held_for, _, str(first)) if (held_by, held_for) == (module, basis):
            context.call("encumbrance", "take", THING + document, module, basis, kind, first)
            return
    declarations = registration_of(context, document, org)
    keys = _keys(document, declarations)
    for key in keys:
        if context.get(_struck_key(key, org)) is not None:
            raise ClaimStruck({"document": document.hex()})
        for other, _ in _claims(context, key):
            end_lapsed(context, other)
    if others := blockers(context, document, declarations):
        raise active(THING + document, _kind(context, others[0][0]))
    context.call("encumbrance", "take", THING + document, module, basis, kind, org)
    for key in keys:
        _enter(context, key, document, org)
    if declarations:
        count_held(context, declarations, 1)


def free_claim(context: Context, document: bytes, module: str, basis: bytes) -> None:
    """Take back one claim of a basis; one that was struck is no matter."""
    org = _holder(context, document)
    if context.call("encumbrance", "free", THING + document, module, basis) == 0:
        assert org is not None, "what is freed was held"
        _leave(context, document, org)


def renew_claim(context: Context, document: bytes, before: Declarations, after: Declarations) -> None:
    """Enter the claim of who declares a document anew, under the names of ``after``."""
    org = _holder(context, document)
    assert org is not None, "the document is under a claim"
    for key in _keys(document, before):
        _drop(context, key, document)
    for key in _keys(document, after):
        _enter(context, key, document, org)
    if before:
        count_held(context, before, -1)
    count_held(context, after, 1)


def end_lapsed(context: Context, document: bytes) -> None:
    """Strike the claim on a document, if it was contested and not disclosed in time."""
    org = _holder(context, document)
    if org is not None and is_lapsed(context, document, org):
        strike_claim(context, document, org, lapsed=True)


def strike_claim(context: Context, document: bytes, org: OrgId, *, lapsed: bool) -> None:
    """End a claim of ``org`` against its will: its registration goes with it, and it makes no other on this
    invoice. What others have is untouched.
    """
    for key in _keys(document, registration_of(context, document, org)):
        context.put(_struck_key(key, org), ())
    context.call("encumbrance", "drop", THING + document)
    _leave(context, document, org)
    record = find(context, document)
    if record is not None:
        left = without_registration(context, record, org) if org in record.registrants else record
        store(context, left.opened(REGISTERED if left.registrants else CANCELLED))
    context.emit("struck", (document, lapsed))


def require_not_struck(view: View, document: bytes, declarations: Declarations, org: OrgId) -> None:
    """Raise ``ClaimStruck`` where a claim of ``org`` on this invoice was struck."""
    for key in _keys(document, declarations):
        if view.get(_struck_key(key, org)) is not None:
            raise ClaimStruck({"document": document.hex()})


def take_for(
    context: Context, document: Value, module: Value, basis: Value, kind: Value, org: Value
) -> Value:
    """``take_claim`` for another module."""
    assert isinstance(document, bytes), f"a document, not {document!r}"
    assert isinstance(module, str), f"a module, not {module!r}"
    assert isinstance(basis, bytes), f"a basis, not {basis!r}"
    assert isinstance(kind, str), f"a kind, not {kind!r}"
    assert isinstance(org, str), f"an organisation, not {org!r}"
    take_claim(context, document, module, basis, kind, OrgId(org))
    return None


def free_for(context: Context, document: Value, module: Value, basis: Value) -> Value:
    """``free_claim`` for another module."""
    assert isinstance(document, bytes), f"a document, not {document!r}"
    assert isinstance(module, str), f"a module, not {module!r}"
    assert isinstance(basis, bytes), f"a basis, not {basis!r}"
    free_claim(context, document, module, basis)
    return None


def is_registered(view: View, document: Value, org: Value) -> Value:
    """Test whether ``org`` has registered a document."""
    assert isinstance(document, bytes), f"a document, not {document!r}"
    assert isinstance(org, str), f"an organisation, not {org!r}"
    return registration_of(view, document, OrgId(org)) != ()


def similar_count(view: View, document: Value, org: Value) -> Value:
    """Count the documents similar to one that ``org`` has registered, as it declared it."""
    assert isinstance(document, bytes), f"a document, not {document!r}"
    assert isinstance(org, str), f"an organisation, not {org!r}"
    return overlap(view, document, registration_of(view, document, OrgId(org))).count


PUBLICS: Final[Mapping[str, Public]] = {
    "take": take_for,
    "free": free_for,
    "is_registered": is_registered,
    "similar_count": similar_count,
}


def _keys(document: bytes, declarations: Declarations) -> tuple[bytes, ...]:
    """Hashes under which a claim is entered, ascending."""
    keys = {sha256(document): None}
    for declaration in declarations:
        keys[sha256(declaration.document)] = None
        keys |= dict.fromkeys(sha256(digest + declaration.content) for digest in declaration.strong)
    return tuple(sorted(keys))


def _leave(context: Context, document: bytes, org: OrgId) -> None:
    declarations = registration_of(context, document, org)
    for key in _keys(document, declarations):
        _drop(context, key, document)
    if declarations:
        count_held(context, declarations, -1)
    end_contest(context, document, org)


def _enter(context: Context, key: bytes, document: bytes, org: OrgId) -> None:
    claims = _claims(context, key)
    own = sum(1 for _, other in claims if other == org)
    if own >= CLAIMS_OF_ONE or len(claims) >= CLAIMS_MAX:
        facts: dict[str, Fact] = {"document": document.hex(), "most": CLAIMS_OF_ONE}
        raise TooManyClaims(facts)
    context.put(CLAIM + key, tuple(sorted((*claims, (document, org)))))


def _drop(context: Context, key: bytes, document: bytes) -> None:
    left = tuple(claim for claim in _claims(context, key) if claim[0] != document)
    if left:
        context.put(CLAIM + key, left)
    else:
        context.delete(CLAIM + key)


def _claims(view: View, key: bytes) -> tuple[Claim, ...]:
    return tuple(map(_claim, view.get(CLAIM + key) or ()))


def _claim(value: Value) -> Claim:
    match value:
        case (bytes(document), str(org)):
            return document, OrgId(org)
        case _:
            raise AssertionError(f"claim {value!r}")


def _holder(view: View, document: bytes) -> OrgId | None:
    match view.call("encumbrance", "holder_of", THING + document):
        case (_, _, _, str(org)):
            return OrgId(org)
    return None


def _kind(view: View, document: bytes) -> str:
    match view.call("encumbrance", "holder_of", THING + document):
        case (_, _, str(kind), _):
            return kind
        case held:
            raise AssertionError(f"a claim that encumbers nothing: {held!r}")


def _struck_key(key: bytes, org: OrgId) -> bytes:
    return STRUCK + key + b"/" + org.encode()
