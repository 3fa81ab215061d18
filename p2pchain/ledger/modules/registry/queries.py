"""Questions to the registry; they answer from the committed state and name nobody but the one who asks."""

from __future__ import annotations

from collections.abc import Mapping

from p2pchain.ledger.context import View
from p2pchain.ledger.module import Json
from p2pchain.ledger.modules.registry.document import (
    CANCELLED,
    SHARE_WHOLE,
    STATES,
    Document,
    count_similar,
    find,
    is_encumbered_elsewhere,
    named_similar,
    require,
    walk_documents,
)
from p2pchain.ledger.modules.registry.rules import EXACT, FINANCIER, MATCH_SIMILAR
from p2pchain.model.errors import Refused, listed
from p2pchain.model.ids import OrgId
from p2pchain.model.transaction import Value

PAGE_DEFAULT = 50
PAGE_MAX = 500
SCANNED_MAX = 10_000
"""Most documents that one call of ``list`` looks at; ``next`` goes on where it stopped."""


def answer_check(view: View, args: Mapping[str, Value]) -> Json:
    """Whether a document may be financed by the one who asks: ``match``, ``state``, ``cross_applicant``,
    similar documents.

    For the role ``financier`` alone. ``financeable``: whether ``finance`` would pass now, once registered and
    acknowledged.
    """
    org = view.require_role(FINANCIER).org
    exact, weak = args["exact"], args["weak"]
    assert isinstance(exact, bytes), "the field takes bytes"
    assert weak is None or isinstance(weak, bytes), "the field takes bytes or null"
    document = find(view, exact)
    if weak is None and document is not None:
        weak = document.weak_of(org)
    count = 0 if weak is None else count_similar(view, document, weak)
    others = () if weak is None else named_similar(view, exact, weak)
    live = document is not None and document.state != CANCELLED
    remaining_share = SHARE_WHOLE if document is None else document.remaining_share_for(org)
    elsewhere = is_encumbered_elsewhere(view, exact)
    if elsewhere:
        remaining_share = 0
    return {
        "document": exact.hex(),
        "state": None if document is None else document.state,
        "reason": None if document is None else document.reason,
        "match": EXACT if live else MATCH_SIMILAR if count else None,
        "cross_applicant": elsewhere or (document is not None and document.is_cross_applicant(org)),
        "registered": document is not None and document.weak_of(org) is not None,
        "financeable": remaining_share > 0,
        "financed_share": 0 if document is None else document.financed_share_of(org),
        "remaining_share": remaining_share,
        "share_whole": SHARE_WHOLE,
        "similar_count": count,
        "similar": [{"document": other.exact.hex(), "state": other.state} for other in others],
    }


def answer_show(view: View, args: Mapping[str, Value]) -> Json:
    """One document, or ``Refused("REG_UNKNOWN_DOCUMENT")``; whoever asks without an account learns state and
    shares alone.
    """
    exact = args["document"]
    assert isinstance(exact, bytes), "the field takes bytes"
    return told(view, require(view, exact))


def answer_list(view: View, args: Mapping[str, Value]) -> Json:
    """``{"documents": [...], "next": document | null}``: a page, ascending by fingerprint; ``after``: the
    ``next`` of the page before.

    ``state``: only those in this state; ``mine``: only those that the asker registered or finances.
    """
    after, state, mine, limit = args["after"], args["state"], args["mine"], args["limit"]
    assert after is None or isinstance(after, bytes), "the field takes bytes"
    if state is not None and state not in STATES:
        raise Refused("QUERY_INVALID_ARGS", {"argument": "state", "expected": listed(STATES)})
    most = limit if isinstance(limit, int) else PAGE_DEFAULT
    documents: list[Json] = []
    last = None
    for scanned, document in enumerate(walk_documents(view, after)):
        if len(documents) == most or scanned == SCANNED_MAX:
            return {"documents": documents, "next": last}
        last = document.exact.hex()
        shown = told(view, document)
        if (state is None or document.state == state) and (
            not mine or shown["registered"] or shown["holder"]
        ):
            documents.append(shown)
    return {"documents": documents, "next": None}


def told(view: View, document: Document) -> Json:
    """What is told of a document: of organisations only whether the asker is among them (null where nobody
    asks).
    """
    org = asker(view)
    return {
        "document": document.exact.hex(),
        "state": document.state,
        "reason": document.reason,
        "share": document.share,
        "repaid_share": document.repaid_share,
        "share_whole": SHARE_WHOLE,
        "registrations": len(document.registrations),
        "registered": None if org is None else document.weak_of(org) is not None,
        "holder": None if org is None else document.holder == org,
        "cross_applicant": None if org is None else document.is_cross_applicant(org),
        "financed_share": None if org is None else document.financed_share_of(org),
        "remaining_share": document.remaining_share if org is None else document.remaining_share_for(org),
    }


def asker(view: View) -> OrgId | None:
    """The organisation that asks, None where no account was given."""
    return view.accounts[0].org if view.accounts else None
