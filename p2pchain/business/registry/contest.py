"""Contests: whoever keeps others from an invoice shows it to the auditors in time, or keeps nobody from it.

A financier whose registered document is kept back by another's claim contests the claim. The claimant has
``disclosure_days`` (``terms``) to disclose the invoice: it names the root of a private payload
(``private``) that is sealed for the auditors. If it does not, the claim lapses by itself. If it does, the
claim stands, and an auditor that can read the payload upholds or strikes it. A claim that was upheld is
contested no more.

A debtor may confirm a document at any time. That decides nothing: the chain does not know whose invoice it
is. It is a word beside the document for those who judge.

Record (key after ``registry/``): ``confirmed/<document>`` → ``[org, ...]``, ascending.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Final

from p2pchain.business.registry.claims import claimant, end_lapsed, strike_claim
from p2pchain.business.registry.contest_record import (
    CONTESTS_OPEN_MAX,
    Contest,
    contest_of,
    disclosure_of,
    drop_disclosure,
    is_undecidable,
    judges_of,
    open_contests,
    put_contest,
    put_disclosure,
)
from p2pchain.business.registry.declaration import are_exact
from p2pchain.business.registry.document import registration_of, require
from p2pchain.business.registry.fields import DOCUMENT_ID, PAYLOAD_ROOT, DocumentId
from p2pchain.business.registry.financiers_key import FINANCIER
from p2pchain.business.registry.refusals import (
    AlreadyConfirmed,
    AlreadyDisclosed,
    ClaimContested,
    DocumentNotClaimed,
    DocumentNotRegistered,
    NotBlocked,
    NotContested,
    NotDisclosed,
    NotSealed,
    TooManyContests,
)
from p2pchain.business.registry.terms import terms
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.refusals import ControllerMissing
from p2pchain.model.errors import Fact
from p2pchain.model.ids import OrgId

AUDITOR: Final = "auditor"
ISSUER: Final = "issuer"
DAY_MS: Final = 86_400_000
CONFIRMED: Final = b"confirmed/"
CONFIRMATIONS_MAX: Final = 16
"""Most organisations that may confirm one document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestClaim:
    """Doubt the claim on ``document``, which keeps ``own`` back: the same document, or one of one's own."""

    document: DocumentId
    own: Annotated[
        bytes, replace(DOCUMENT_ID, help="your document of the same invoice"), Entry(same_as="document")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclose:
    """Name the payload in which a document is disclosed to the auditors."""

    document: DocumentId
    root: Annotated[bytes, PAYLOAD_ROOT]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDocument:
    """Uphold, strike or confirm a document."""

    document: DocumentId


def contest(context: Context, message: ContestClaim) -> None:
    """Contest a claim.

    Refusals, in this order: ``AUTH_ROLE``, ``REG_UNKNOWN_DOCUMENT``, ``REG_NOT_REGISTERED`` (``own``),
    ``REG_NOT_CLAIMED`` where the document is under no claim, or one's own, ``REG_NOT_BLOCKED`` where the
    claim does not keep ``own`` back, ``REG_CONTESTED`` where it is contested or was upheld,
    ``REG_TOO_MANY_CONTESTS``. What is disclosed to nobody that could decide counts for nothing: the contest
    begins, or begins again, and so do its days.
    """
    org = context.require_role(FINANCIER).org
    require(context, message.document)
    own = registration_of(context, message.own, org)
    if not own:
        raise DocumentNotRegistered(_facts(message.own))
    end_lapsed(context, message.document)
    claim = claimant(context, message.document)
    if claim is None or claim == org:
        raise DocumentNotClaimed(_facts(message.document))
    same = message.own == message.document
    if not same and not are_exact(own, registration_of(context, message.document, claim)):
        raise NotBlocked(_facts(message.document))
    known = contest_of(context, message.document)
    undecidable = is_undecidable(context, message.document, claim)
    if known is not None and (known.upheld or not undecidable):
        raise ClaimContested({**_facts(message.document), "upheld": known.upheld})
    if open_contests(context, org) >= CONTESTS_OPEN_MAX:
        raise TooManyContests({**_facts(message.document), "most": CONTESTS_OPEN_MAX})
    if undecidable:
        drop_disclosure(context, message.document, claim)
    deadline_ms = context.time_ms + terms(context)[1] * DAY_MS
    opened = Contest(claimant=claim, contester=org, deadline_ms=deadline_ms, upheld=False)
    put_contest(context, message.document, opened)
    context.emit("contested", (message.document, deadline_ms))


def disclose(context: Context, message: Disclose) -> None:
    """Disclose a document that one claims to the auditors; before a contest or during it.

    Refusals, in this order: ``AUTH_ROLE``, ``REG_UNKNOWN_DOCUMENT``, ``REG_NOT_CLAIMED`` where it is not
    under a claim of the signer, ``REG_DISCLOSED``, ``REG_NOT_SEALED`` where there is no payload of the
    signer under this root that an auditor other than the signer reads.
    """
    org = context.require_role(FINANCIER).org
    require(context, message.document)
    end_lapsed(context, message.document)
    if claimant(context, message.document) != org:
        raise DocumentNotClaimed(_facts(message.document), "only whoever claims it discloses it")
    disclosed = disclosure_of(context, message.document, org) is not None
    if disclosed and not is_undecidable(context, message.document, org):
        raise AlreadyDisclosed(_facts(message.document))
    if not judges_of(context, message.root, org):
        raise NotSealed({**_facts(message.document), "root": message.root.hex()})
    put_disclosure(context, message.document, org, message.root)
    context.emit("disclosed", (message.document, message.root))


def uphold(context: Context, message: OnDocument) -> None:
    """Confirm as an auditor that the claimant has the invoice. As ``judged`` refuses."""
    contested = judged(context, message.document)
    put_contest(context, message.document, replace(contested, upheld=True))
    context.emit("upheld", (message.document,))


def strike(context: Context, message: OnDocument) -> None:
    """End a claim as an auditor: what was disclosed is not the invoice. As ``judged`` refuses."""
    contested = judged(context, message.document)
    strike_claim(context, message.document, contested.claimant, lapsed=False)


def confirm(context: Context, message: OnDocument) -> None:
    """Confirm as the debtor that the invoice is owed.

    Refusals, in this order: ``AUTH_ROLE`` (role ``issuer``), ``REG_UNKNOWN_DOCUMENT``, ``REG_CONFIRMED``
    where it did so before, or as many as may have.
    """
    org = context.require_role(ISSUER).org
    require(context, message.document)
    known = confirmed_by(context, message.document)
    if org in known or len(known) >= CONFIRMATIONS_MAX:
        raise AlreadyConfirmed({**_facts(message.document), "most": CONFIRMATIONS_MAX})
    context.put(CONFIRMED + message.document, tuple(sorted((*known, org))))
    context.emit("confirmed", (message.document, org))


def judged(context: Context, document: bytes) -> Contest:
    """The contest that an auditor of the signers may decide.

    Refusals, in this order: ``AUTH_ROLE`` (role ``auditor``), ``REG_NOT_CONTESTED`` (also once upheld),
    ``REG_NOT_DISCLOSED``, ``AUTH_CONTROLLER`` where the auditor is a party, or cannot read what was
    disclosed.
    """
    org = context.require_role(AUDITOR).org
    end_lapsed(context, document)
    contested = contest_of(context, document)
    if contested is None or contested.upheld:
        raise NotContested(_facts(document))
    root = disclosure_of(context, document, contested.claimant)
    if root is None:
        raise NotDisclosed({**_facts(document), "deadline_ms": contested.deadline_ms})
    if org not in judges_of(context, root, contested.claimant) or org == contested.contester:
        facts: dict[str, Fact] = {**_facts(document), "needed": "auditor", "org": org}
        raise ControllerMissing(facts, "an auditor that reads the payload has to sign this")
    return contested


def confirmed_by(view: View, document: bytes) -> tuple[OrgId, ...]:
    """List the debtors that have confirmed a document, ascending."""
    return tuple(OrgId(str(org)) for org in view.get(CONFIRMED + document) or ())


def _facts(document: bytes) -> dict[str, Fact]:
    return {"document": document.hex()}
