"""Questions to the registry; they answer from the committed state and name nobody but the one who asks."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from p2pchain.business.registry.claims import blockers, claimant, same_invoice
from p2pchain.business.registry.contest import confirmed_by
from p2pchain.business.registry.contest_record import contest_of, disclosure_of
from p2pchain.business.registry.declaration import Declarations, DeclarationsKind, declarations_of
from p2pchain.business.registry.document import (
    CANCELLED,
    EXACT,
    MATCH_SIMILAR,
    REGISTERED,
    SHARE_WHOLE,
    Document,
    find,
    registration_of,
    require,
    walk_documents,
)
from p2pchain.business.registry.financiers_key import FINANCIER, epochs_from, held_under, key_at, live_epochs
from p2pchain.business.registry.name_index import Overlap, overlap
from p2pchain.business.registry.terms import terms
from p2pchain.codec.cbor import decode
from p2pchain.ledger.context import View
from p2pchain.ledger.fields import Field
from p2pchain.ledger.module import Json
from p2pchain.model.errors import Fact, Invalid, Refused
from p2pchain.model.ids import OrgId
from p2pchain.model.transaction import Value

PAGE_DEFAULT = 50
PAGE_MAX = 500
SCANNED_MAX = 10_000
"""Most documents that one call of ``list`` looks at; ``next`` goes on where it stopped."""
DECLARED_BYTES_MAX = 4_096
"""Most bytes of declarations in a question."""
DECLARED = Field(name="declarations", kind=DeclarationsKind())


def answer_check(view: View, args: Mapping[str, Value]) -> Json:
    """Answer whether the asker may finance a document: ``match``, ``state``, ``cross_applicant``, similar
    documents.

    For the role ``financier`` alone. ``declarations``: encoded as an operation has them; without them those
    of the asker's registration. ``financeable``: whether ``finance`` would pass now, once registered and
    acknowledged. ``same_as``: another document of the same invoice that is claimed, else registered.
    """
    org = view.require_role(FINANCIER).org
    id_, declared = args["document"], args["declarations"]
    assert isinstance(id_, bytes), "the field takes bytes"
    claim = claimant(view, id_)
    document = find(view, id_)
    if document is not None and claim is None and (document.holder is not None or document.is_closed):
        document = document.opened(REGISTERED)  # The claim has lapsed; the next action ends it.
    declarations = registration_of(view, id_, org) if declared is None else declared_in(declared)
    others = blockers(view, id_, declarations)
    similar = overlap(view, id_, declarations) if declarations else Overlap(entries=(), hidden=False)
    same = tuple(other for other, _ in others) + same_invoice(view, declarations, similar)
    live = document is not None and document.state != CANCELLED
    elsewhere = bool(others) or (claim is not None and (document is None or document.holder is None))
    remaining_share = SHARE_WHOLE if document is None else document.remaining_share_for(org)
    if elsewhere:
        remaining_share = 0
    cross = any(whose != org for _, whose in others) or (claim is not None and claim != org)
    return {
        "document": id_.hex(),
        "state": None if document is None else document.state,
        "reason": None if document is None else document.reason,
        "match": EXACT if live or same else MATCH_SIMILAR if similar.count else None,
        "same_as": same[0].hex() if same else None,
        "cross_applicant": cross or (document is not None and document.is_cross_applicant(org)),
        "registered": document is not None and org in document.registrants,
        "financeable": remaining_share > 0,
        "financed_share": 0 if document is None else document.financed_share_of(org),
        "remaining_share": remaining_share,
        "share_whole": SHARE_WHOLE,
        "similar_count": similar.count,
        "similar": [_brief(view, other, other in same) for other in similar.documents],
    }


def answer_show(view: View, args: Mapping[str, Value]) -> Json:
    """One document, or ``DocumentUnknown``; whoever asks without an account learns state and
    shares alone.
    """
    id_ = args["document"]
    assert isinstance(id_, bytes), "the field takes bytes"
    return {**document_json(view, require(view, id_)), **_contest(view, id_)}


def answer_list(view: View, args: Mapping[str, Value]) -> Json:
    """``{"documents": [...], "next": document | null}``: a page, ascending by id; ``after``: the ``next`` of
    the page before.

    ``state``: only those in this state; ``mine``: only those that the asker registered or finances.
    """
    after, state, mine, limit = args["after"], args["state"], args["mine"], args["limit"]
    assert after is None or isinstance(after, bytes), "the field takes bytes"
    most = limit if isinstance(limit, int) else PAGE_DEFAULT
    documents: list[Json] = []
    last = None
    for scanned, document in enumerate(walk_documents(view, after)):
        if len(documents) == most or scanned == SCANNED_MAX:
            return {"documents": documents, "next": last}
        last = document.key.hex()
        shown = document_json(view, document)
        if (state is None or document.state == state) and (
            not mine or shown["registered"] or shown["holder"]
        ):
            documents.append(shown)
    return {"documents": documents, "next": None}


def answer_key(view: View, _args: Mapping[str, Value]) -> Json:
    """``{"epochs": [{"epoch", "key_id", "check", "held"}, ...]}`` of the keys that live, the oldest first;
    ``held``: claimed documents that are known under no later epoch.
    """
    oldest, newest = live_epochs(view)
    epochs: list[Json] = []
    for epoch in epochs_from(oldest, newest):
        known = key_at(view, epoch)
        assert known is not None, "an epoch that lives has a key"
        key_id, check = known
        held = held_under(view, epoch)
        epochs.append({"epoch": epoch, "key_id": key_id.hex(), "check": check.hex(), "held": held})
    return {"epochs": epochs}


def answer_terms(view: View, _args: Mapping[str, Value]) -> Json:
    """``{"share_min", "share_whole", "disclosure_days"}`` as they are now."""
    share_min, disclosure_days = terms(view)
    return {"share_min": share_min, "share_whole": SHARE_WHOLE, "disclosure_days": disclosure_days}


def document_json(view: View, document: Document) -> Json:
    """Describe a document as JSON. Of organisations it shows only whether the asker is among them (null where
    nobody asks).
    """
    org = asker(view)
    declarations = () if org is None else registration_of(view, document.key, org)
    similar = overlap(view, document.key, declarations) if declarations else None
    return {
        "document": document.key.hex(),
        "state": document.state,
        "reason": document.reason,
        "share": document.share,
        "repaid_share": document.repaid_share,
        "share_whole": SHARE_WHOLE,
        "registrations": len(document.registrants),
        "registered": None if org is None else org in document.registrants,
        "holder": None if org is None else document.holder == org,
        "cross_applicant": None if org is None else document.is_cross_applicant(org),
        "financed_share": None if org is None else document.financed_share_of(org),
        "remaining_share": document.remaining_share if org is None else document.remaining_share_for(org),
        "similar_count": None if similar is None else similar.count,
    }


def asker(view: View) -> OrgId | None:
    """The organisation that asks, None where no account was given."""
    return view.accounts[0].org if view.accounts else None


def declared_in(encoded: Value) -> Declarations:
    """The declarations of a question, or ``Refused("QUERY_INVALID_ARGS")``."""
    assert isinstance(encoded, bytes), "the field takes bytes"
    try:
        value = decode(encoded, bytes_max=DECLARED_BYTES_MAX)
    except Invalid as fault:
        facts: dict[str, Fact] = {"argument": DECLARED.name, "kind": "cbor", "code": fault.code}
        raise Refused("QUERY_INVALID_ARGS", facts) from fault
    if not DECLARED.accepts(value):
        raise Refused("QUERY_INVALID_ARGS", {"argument": DECLARED.name, **DECLARED.bounds})
    return declarations_of(value)


def _brief(view: View, id_: bytes, is_same: bool) -> Json:
    return {"document": id_.hex(), "state": require(view, id_).state, "same": is_same}


def _contest(view: View, id_: bytes) -> Json:
    """Describe the state of a contested claim, and the debtors that confirmed the document."""
    confirmed = confirmed_by(view, id_)
    contest, org = contest_of(view, id_), asker(view)
    disclosed = contest is not None and disclosure_of(view, id_, contest.claimant) is not None
    open_ = contest is not None and not contest.upheld and not disclosed
    return {
        "contested": contest is not None and not contest.upheld,
        "contested_claim_is_yours": None if contest is None or org is None else contest.claimant == org,
        "disclosed": disclosed,
        "upheld": contest is not None and contest.upheld,
        "deadline_ms": contest.deadline_ms if contest is not None and open_ else None,
        "lapsed": contest is not None and open_ and view.time_ms >= contest.deadline_ms,
        "confirmed_by": list(confirmed) if _may_know_debtors(view, id_, confirmed) else [],
    }


def _may_know_debtors(view: View, id_: bytes, confirmed: Collection[OrgId]) -> bool:
    """Decide whether the asker is told who confirmed a document: who registered it, who confirmed it, an
    auditor, and the operator of a node, where nobody asks.
    """
    org = asker(view)
    if org is None or org in confirmed or org in require(view, id_).registrants:
        return True
    return "auditor" in view.accounts[0].roles
