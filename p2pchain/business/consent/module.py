"""Declaration of the consents."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from p2pchain.business.consent.accesses import (
    EMERGENCY,
    AskAccess,
    BreakGlass,
    DeliverPayload,
    LinkPayload,
    access,
    break_glass,
    deliver,
    link,
)
from p2pchain.business.consent.events import (
    ACCESS_FIELD,
    CONSENT,
    CONTROLLER_FIELD,
    EVENTS,
    RECORDS,
    STEP_FIELDS,
)
from p2pchain.business.consent.fields import ACCESS_ID, CONSENT_ID
from p2pchain.business.consent.lifecycle import (
    REPRESENTATIVE,
    ActivateConsent,
    AmendConsent,
    EnterInError,
    ProposeConsent,
    RevokeConsent,
    activate,
    amend,
    enter_in_error,
    propose,
    revoke,
)
from p2pchain.business.consent.queries import (
    PAGE_MAX,
    answer_access,
    answer_due,
    answer_history,
    answer_list,
    answer_reviews,
    answer_show,
)
from p2pchain.business.consent.records import CONTROLLER, STATE, Consent, GrantedAccess
from p2pchain.business.consent.refusals import REFUSALS
from p2pchain.business.consent.reviews import REVIEWER, ReviewAccess, review
from p2pchain.business.consent.terms import ConsentTerms
from p2pchain.ledger.fields import Entry, Field, fields_of
from p2pchain.ledger.kinds import Flag, Integer, Optional, Organisation, Row
from p2pchain.ledger.module import Action, Module, Query

NAME: Final = "consent"
FORM: Final = "the signed form: a FHIR Consent"
SIGNED: Final = "the patient's signature, as `consent sign` wrote it"

ACTIONS: Final = (
    Action(
        name="propose",
        message=ProposeConsent,
        run=propose,
        role=CONTROLLER,
        does="Propose a consent that the patient is to activate",
        who="a controller: whoever keeps the data",
        file=FORM,
    ),
    Action(
        name="amend",
        message=AmendConsent,
        run=amend,
        role=CONTROLLER,
        does="Propose other terms for a consent; those in force stay until the patient activates them",
        who="its controller",
        file=FORM,
    ),
    Action(
        name="activate",
        message=ActivateConsent,
        run=activate,
        does="Put the proposed terms of a consent in force, with the patient's signature",
        who="anybody with the signature of the patient's key, or its representative",
        file=SIGNED,
    ),
    Action(
        name="revoke",
        message=RevokeConsent,
        run=revoke,
        does="Revoke a consent for good; every later access is refused",
        who="anybody with the signature of the patient's key, its representative, or its controller",
        file=SIGNED,
    ),
    Action(
        name="enter_in_error",
        message=EnterInError,
        run=enter_in_error,
        role=CONTROLLER,
        does="Mark a consent as entered in error; it ends for good",
        who="its controller",
    ),
    Action(
        name="link",
        message=LinkPayload,
        run=link,
        role=CONTROLLER,
        does="Link your private payload to a consent, as data of these categories",
        who="its controller",
    ),
    Action(
        name="access",
        message=AskAccess,
        run=access,
        does="Ask for access to data under a consent, before they flow",
        who="a grantee",
    ),
    Action(
        name="break_glass",
        message=BreakGlass,
        run=break_glass,
        role=EMERGENCY,
        does="Take access in an emergency; it is reviewed within 7 days",
        who="an emergency account of any member",
    ),
    Action(
        name="review",
        message=ReviewAccess,
        run=review,
        role=REVIEWER,
        does="Judge a break-glass of another organisation",
        who="a reviewer of another organisation than the one that broke the glass",
    ),
    Action(
        name="deliver",
        message=DeliverPayload,
        run=deliver,
        role=CONTROLLER,
        does="Seal the payload of an access to the organisation that was granted it",
        who="the controller of the consent",
        file="keys/sealing.key of the home, and the node's copy of the payload",
    ),
)

_SHOWN: Final = (CONSENT, *fields_of(Consent)[1:])
_TERMS_ROW: Final = Optional(
    inner=Row(columns=tuple((field.name, field.kind) for field in fields_of(ConsentTerms)))
)
_LISTED: Final = tuple(
    replace(field, is_shown=field.name in ("consent", "state", "controller", "version", "activated_ms"))
    for field in _SHOWN
)
_ACCESS: Final = (ACCESS_FIELD, *fields_of(GrantedAccess)[1:])
_LIMIT: Final = Field(
    name="limit", kind=Optional(inner=Integer(low=1, high=PAGE_MAX, help="at most so many"))
)
_COLUMNS: Final = ("access", "consent", "org", "purpose", "categories", "time_ms", "deadline_ms", "overdue")

QUERIES: Final = (
    Query(
        name="show",
        fields=(replace(CONSENT, entry=Entry(is_argument=True)),),
        answer=answer_show,
        does="Show a consent, its terms, and those that await the patient",
        returns=(
            *_SHOWN,
            Field(name="in_force", kind=_TERMS_ROW),
            Field(name="proposed", kind=_TERMS_ROW),
        ),
    ),
    Query(
        name="list",
        fields=(
            Field(
                name="controller", kind=Optional(inner=Organisation(help="only consents of this controller"))
            ),
            Field(name="state", kind=Optional(inner=STATE), entry=Entry(option="status")),
            Field(
                name="after",
                kind=Optional(inner=replace(CONSENT_ID, help="the next page: `next` of the page before")),
            ),
            _LIMIT,
        ),
        answer=answer_list,
        does="List consents by their ids",
        rows=("consents", _LISTED),
    ),
    Query(
        name="history",
        fields=(replace(CONSENT, entry=Entry(is_argument=True)),),
        answer=answer_history,
        does="Show the history of a consent, the oldest step first",
        returns=(CONSENT, Field(name="state", kind=STATE)),
        rows=("lines", STEP_FIELDS),
    ),
    Query(
        name="show_access",
        fields=(replace(ACCESS_FIELD, entry=Entry(is_argument=True)),),
        answer=answer_access,
        does="Show an access that was granted",
        returns=(
            *_ACCESS,
            CONTROLLER_FIELD,
            Field(name="patient", kind=fields_of(Consent)[3].kind),
            Field(name="state", kind=STATE),
        ),
    ),
    Query(
        name="due",
        fields=(
            replace(CONTROLLER_FIELD, entry=Entry(is_argument=True)),
            Field(
                name="after",
                kind=Optional(inner=replace(ACCESS_ID, help="the next page: `next` of the page before")),
            ),
            _LIMIT,
        ),
        answer=answer_due,
        does="List the accesses whose payloads a controller has yet to deliver",
        rows=("accesses", tuple(replace(field, is_shown=field.name in _COLUMNS) for field in _ACCESS)),
    ),
    Query(
        name="reviews",
        fields=(
            Field(name="org", kind=Organisation(help="who broke the glass"), entry=Entry(is_argument=True)),
        ),
        answer=answer_reviews,
        does="List the break-glasses of an organisation that await their review",
        returns=(
            Field(name="org", kind=Organisation(help="who broke the glass")),
            Field(name="total", kind=Integer(unit="break-glasses", help="there ever were")),
            Field(name="unjustified", kind=Integer(unit="break-glasses", help="found unjustified")),
        ),
        rows=(
            "open",
            (
                *(replace(field, is_shown=field.name in _COLUMNS) for field in _ACCESS),
                Field(name="overdue", kind=Flag(help="its deadline has passed")),
            ),
        ),
    ),
)

MODULE: Final = Module(
    name=NAME,
    roles=(CONTROLLER, REPRESENTATIVE, EMERGENCY, REVIEWER),
    source=__name__,
    does="Record consents to share health data, the accesses under them, and their revocation",
    actions=ACTIONS,
    events=EVENTS,
    records=RECORDS,
    refusals=REFUSALS,
    queries=QUERIES,
)
