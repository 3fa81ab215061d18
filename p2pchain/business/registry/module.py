"""The registry as the kernel takes it: its actions, events, records, refusals and queries."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from p2pchain.business.registry.claims import PUBLICS
from p2pchain.business.registry.contest import (
    AUDITOR,
    CONFIRMATIONS_MAX,
    ISSUER,
    ContestClaim,
    Disclose,
    OnDocument,
    confirm,
    contest,
    disclose,
    strike,
    uphold,
)
from p2pchain.business.registry.events import EVENTS
from p2pchain.business.registry.fields import (
    CHECK,
    CROSS_APPLICANT,
    DEADLINE,
    DISCLOSURE_DAYS,
    DOCUMENT,
    DOCUMENT_ID,
    EPOCH,
    FINANCED_SHARE,
    FLAG,
    KEY_FIELD,
    MATCH,
    ORG,
    REASON,
    REMAINING_SHARE,
    REPAID_SHARE,
    SHARE,
    SHARE_MIN,
    SHARE_WHOLE_FIELD,
    STATE,
    field,
    nullable,
)
from p2pchain.business.registry.financiers_key import (
    FINANCIER,
    CloseKey,
    SetFinanciersKey,
    close_key,
    rotate_key,
    set_key,
)
from p2pchain.business.registry.financiers_key import PUBLICS as KEY_PUBLICS
from p2pchain.business.registry.queries import (
    DECLARED_BYTES_MAX,
    PAGE_MAX,
    answer_check,
    answer_key,
    answer_list,
    answer_show,
    answer_terms,
)
from p2pchain.business.registry.records import RECORDS
from p2pchain.business.registry.refusals import REFUSALS
from p2pchain.business.registry.rules import (
    CancelRegistration,
    FinanceDocument,
    Register,
    Release,
    cancel,
    finance,
    register,
    release,
)
from p2pchain.business.registry.terms import SetTerms, set_terms
from p2pchain.ledger.fields import Entry, Field
from p2pchain.ledger.kinds import Array, Blob, Flag, Integer
from p2pchain.ledger.module import Action, Module, Query, QueryReaders

NAME = "registry"
INVOICE_FILE: Final = (
    "an invoice or order (UBL, CII, EInvoice), a bill of lading (DCSA) or a warehouse receipt"
)
KEY_FILE: Final = "the key that the financiers share"
A_FINANCIER: Final = "a financier"
AN_AUDITOR: Final = "an auditor that reads what was disclosed, and is no party"
A_QUORUM: Final = "admins of organisations with more than 2/3 of the power"

ACTIONS = (
    Action(
        name="register",
        message=Register,
        run=register,
        role=FINANCIER,
        does="Register an invoice, an order or a document of goods that is offered for financing",
        who=A_FINANCIER,
        file=INVOICE_FILE,
    ),
    Action(
        name="finance",
        message=FinanceDocument,
        run=finance,
        role=FINANCIER,
        does="Finance a registered document, or a part of it, or more of it up to the total",
        who="a financier that has registered it",
        file=INVOICE_FILE,
    ),
    Action(
        name="release",
        message=Release,
        run=release,
        role=FINANCIER,
        does="Release a document that you finance, or a part of it",
        who="the financier that finances it",
        file=INVOICE_FILE,
    ),
    Action(
        name="cancel",
        message=CancelRegistration,
        run=cancel,
        role=FINANCIER,
        does="Cancel your registration of a document that nobody finances",
        who="a financier that has registered it",
    ),
    Action(
        name="contest",
        message=ContestClaim,
        run=contest,
        role=FINANCIER,
        does="Contest the claim that bars you from an invoice; its claimant has to disclose it to the "
        "auditors in time",
        who="a financier that has registered the same invoice",
    ),
    Action(
        name="disclose",
        message=Disclose,
        run=disclose,
        role=FINANCIER,
        does="Disclose an invoice that you claim to the auditors, in a private payload",
        who="the financier whose claim it is",
    ),
    Action(
        name="uphold",
        message=OnDocument,
        run=uphold,
        role=AUDITOR,
        does="Uphold a claim that was contested; the invoice was disclosed to you",
        who=AN_AUDITOR,
    ),
    Action(
        name="strike",
        message=OnDocument,
        run=strike,
        role=AUDITOR,
        does="Strike a claim that was contested; what was disclosed is not the invoice",
        who=AN_AUDITOR,
    ),
    Action(
        name="confirm",
        message=OnDocument,
        run=confirm,
        role=ISSUER,
        does="Confirm that your organisation owes the invoice",
        who="an issuer",
    ),
    Action(
        name="set_key",
        message=SetFinanciersKey,
        run=set_key,
        role=FINANCIER,
        does="Record the first key that the financiers share, by its id and check value",
        who=A_FINANCIER,
        file=KEY_FILE,
    ),
    Action(
        name="rotate_key",
        message=SetFinanciersKey,
        run=rotate_key,
        does="Open the next epoch of the financiers' key beside the newest one",
        who=A_QUORUM,
        file=KEY_FILE,
    ),
    Action(
        name="close_key",
        message=CloseKey,
        run=close_key,
        does="End the older of two epochs of the financiers' key",
        who=A_QUORUM,
    ),
    Action(
        name="set_terms",
        message=SetTerms,
        run=set_terms,
        does="Set the least share that may be financed, and the days for a disclosure",
        who=A_QUORUM,
    ),
)

SIMILAR_COUNT: Final = field("similar_count", Integer(unit="documents", help="how many are similar"))
COLUMNS: Final = ("document", "state", "share", "registered", "holder", "cross_applicant")
"""What a table of documents has room for."""
STANDING: Final[tuple[Field, ...]] = (
    DOCUMENT,
    STATE,
    REASON,
    SHARE,
    REPAID_SHARE,
    SHARE_WHOLE_FIELD,
    field("registrations", Integer(help="how many have registered it")),
    field("registered", nullable(Flag(label="registered by you", help="the asker has registered it"))),
    field("holder", nullable(Flag(label="financed by you", help="the asker finances it"))),
    field("cross_applicant", nullable(CROSS_APPLICANT.kind)),
    field("financed_share", nullable(FINANCED_SHARE.kind)),
    REMAINING_SHARE,
    field("similar_count", nullable(SIMILAR_COUNT.kind)),
)
"""What is said of a document to whoever asks."""
LISTED: Final = tuple(replace(known, is_shown=known.name in COLUMNS) for known in STANDING)
"""The same in a list."""

QUERIES = (
    Query(
        name="check",
        readers=QueryReaders.ACCOUNTS,
        fields=(
            replace(DOCUMENT, entry=Entry(is_made=True)),
            Field(
                name="declarations",
                kind=nullable(Blob(bytes_max=DECLARED_BYTES_MAX, help="names and content, encoded")),
                entry=Entry(is_made=True),
            ),
        ),
        is_personal=True,
        answer=answer_check,
        does="Show whether a document may be financed by whoever asks, and which documents are similar",
        returns=(
            DOCUMENT,
            field("state", nullable(STATE.kind)),
            REASON,
            MATCH,
            field("same_as", nullable(DOCUMENT_ID)),
            CROSS_APPLICANT,
            field("registered", Flag(label="registered by you", help="the asker has registered it")),
            field("financeable", Flag(help="the asker could finance it")),
            FINANCED_SHARE,
            REMAINING_SHARE,
            SHARE_WHOLE_FIELD,
            SIMILAR_COUNT,
        ),
        rows=("similar", (DOCUMENT, STATE, field("same", Flag(help="it is the same invoice")))),
    ),
    Query(
        name="show",
        readers=QueryReaders.ACCOUNTS,
        fields=(DOCUMENT,),
        answer=answer_show,
        does="Show a document: its state, its shares and the state of a contest",
        returns=(
            *STANDING,
            field("contested", FLAG),
            field("contested_claim_is_yours", nullable(FLAG)),
            field("disclosed", FLAG),
            field("upheld", FLAG),
            field("deadline_ms", nullable(DEADLINE.kind)),
            field("lapsed", FLAG),
            field("confirmed_by", Array(inner=ORG.kind, most=CONFIRMATIONS_MAX)),
        ),
    ),
    Query(
        name="list",
        readers=QueryReaders.ACCOUNTS,
        fields=(
            field("state", nullable(STATE.kind)),
            Field(
                name="mine",
                kind=nullable(Flag(help="only those that the asker registered or finances")),
                entry=Entry(is_personal=True),
            ),
            field("after", nullable(replace(DOCUMENT_ID, help="the last document of the page before"))),
            field("limit", nullable(Integer(low=1, high=PAGE_MAX, help="at most so many"))),
        ),
        answer=answer_list,
        does="List documents by id, a page at a time",
        rows=("documents", LISTED),
    ),
    Query(
        name="key",
        readers=QueryReaders.EVERYBODY,
        fields=(),
        answer=answer_key,
        does="Show the live epochs of the financiers' key",
        rows=(
            "epochs",
            (EPOCH, KEY_FIELD, CHECK, field("held", Integer(unit="documents", help="known up to it alone"))),
        ),
    ),
    Query(
        name="terms",
        readers=QueryReaders.EVERYBODY,
        fields=(),
        answer=answer_terms,
        does="Show the least share and the days for a disclosure",
        returns=(SHARE_MIN, SHARE_WHOLE_FIELD, DISCLOSURE_DAYS),
    ),
)

MODULE = Module(
    name=NAME,
    roles=("issuer", "financier", "registrar", "auditor"),
    source=__name__,
    does="Register and finance invoices and other documents, each once, whoever offers it in any syntax",
    actions=ACTIONS,
    events=EVENTS,
    records=RECORDS,
    refusals=REFUSALS,
    queries=QUERIES,
    publics={**PUBLICS, **KEY_PUBLICS},
)
