"""The traced goods as the kernel takes them: actions, events, records, refusals and queries."""

from __future__ import annotations

from typing import Final

from p2pchain.business.trace.answers import (
    CAPTURED,
    ERROR_SHOWN,
    HOLDERS,
    LISTED,
    LOT_SHOWN,
    PREFIX_ROWS,
    RECALL_ROWS,
    SHOWN,
)
from p2pchain.business.trace.bringing_in import (
    Adopt,
    BringIn,
    Certify,
    SetPrefix,
    adopt,
    bring_in,
    certify,
    set_prefix,
)
from p2pchain.business.trace.captures import Capture, DeclareError, capture, declare_error
from p2pchain.business.trace.custody import (
    OnThings,
    OnThingsWhy,
    Ship,
    destroy,
    receive,
    refuse,
    ship,
    take_over,
    withdraw,
)
from p2pchain.business.trace.events import EVENTS
from p2pchain.business.trace.fields import (
    AUTHORITY,
    LOT,
    LOT_OR_NONE,
    PREFIX,
    ROLES,
    ROOT,
    THING,
    TRACER,
    field,
)
from p2pchain.business.trace.packing import Pack, pack, unpack
from p2pchain.business.trace.queries import (
    PAGE_MAX,
    answer_capture,
    answer_error,
    answer_list,
    answer_lot,
    answer_prefixes,
    answer_where,
    answer_who_holds,
)
from p2pchain.business.trace.recalls import Lift, Recall, lift, recall
from p2pchain.business.trace.record_types import RECORDS
from p2pchain.business.trace.refusals import REFUSALS
from p2pchain.business.trace.transformation import Transform, transform
from p2pchain.ledger.fields import Entry, Field
from p2pchain.ledger.kinds import Hash, Integer, Optional, Organisation
from p2pchain.ledger.module import Action, Module, Query, QueryReaders

NAME: Final = "trace"
NAMES_FILE: Final = "the identifiers, EPC URIs or GS1 Digital Links, which become ids"
EVENTS_FILE: Final = "the events, in EPCIS 2.0 as JSON-LD or XML"
MOVES_FILE: Final = "what goes in and what comes out, by identifier and quantity"
CUSTODIAN: Final = "a tracer of the custodian"
CONSIGNEE: Final = "a tracer of the organisation to which it was shipped"

ACTIONS: Final = (
    Action(
        name="set_prefix",
        message=SetPrefix,
        run=set_prefix,
        role=AUTHORITY,
        does="Record which organisation speaks for a company prefix",
        who="an authority",
    ),
    Action(
        name="capture",
        message=Capture,
        run=capture,
        role=TRACER,
        does="Capture the events of a file as one root, with the moves of custody that they record",
        who="a tracer, for what its organisation did",
        file=EVENTS_FILE,
    ),
    Action(
        name="bring_in",
        message=BringIn,
        run=bring_in,
        role=TRACER,
        does="Bring in things of one lot, or containers, under your company prefix",
        who="a tracer of the organisation that speaks for the prefix",
        file=NAMES_FILE,
    ),
    Action(
        name="adopt",
        message=Adopt,
        run=adopt,
        role=TRACER,
        does="Adopt goods of a maker outside the consortium",
        who="a tracer, and an authority of another organisation",
        file=NAMES_FILE,
    ),
    Action(
        name="certify",
        message=Certify,
        run=certify,
        does="Certify things, or withdraw a certificate",
        who="a certifier; whoever has the things at hand may withdraw any certificate",
        file=NAMES_FILE,
    ),
    Action(
        name="ship",
        message=Ship,
        run=ship,
        role=TRACER,
        does="Ship things to another organisation; you have custody until it receives them",
        who=CUSTODIAN,
        file=NAMES_FILE,
    ),
    Action(
        name="receive",
        message=OnThings,
        run=receive,
        role=TRACER,
        does="Receive things that were shipped to you; you have custody from then on",
        who=CONSIGNEE,
        file=NAMES_FILE,
    ),
    Action(
        name="refuse",
        message=OnThingsWhy,
        run=refuse,
        role=TRACER,
        does="Refuse things that were shipped to you; the sender keeps custody",
        who=CONSIGNEE,
        file=NAMES_FILE,
    ),
    Action(
        name="withdraw",
        message=OnThings,
        run=withdraw,
        role=TRACER,
        does="Withdraw a shipment that was not received",
        who=CUSTODIAN,
        file=NAMES_FILE,
    ),
    Action(
        name="pack",
        message=Pack,
        run=pack,
        role=TRACER,
        does="Pack things into a container; they go where it goes",
        who=CUSTODIAN,
        file=NAMES_FILE,
    ),
    Action(
        name="unpack",
        message=Pack,
        run=unpack,
        role=TRACER,
        does="Unpack things from a container",
        who=CUSTODIAN,
        file=NAMES_FILE,
    ),
    Action(
        name="transform",
        message=Transform,
        run=transform,
        role=TRACER,
        does="Use things up and make others of them, never more than went in",
        who=CUSTODIAN,
        file=MOVES_FILE,
    ),
    Action(
        name="destroy",
        message=OnThingsWhy,
        run=destroy,
        role=TRACER,
        does="Destroy things: they end for good",
        who=CUSTODIAN,
        file=NAMES_FILE,
    ),
    Action(
        name="take_over",
        message=OnThings,
        run=take_over,
        role=TRACER,
        does="Take over what an organisation that is no member any more left in custody",
        who="a tracer, and an authority of another organisation",
        file=NAMES_FILE,
    ),
    Action(
        name="declare_error",
        message=DeclareError,
        run=declare_error,
        role=TRACER,
        does="Declare an error in an event that you captured; nothing is erased",
        who="a tracer of the organisation that captured it",
        file=EVENTS_FILE,
    ),
    Action(
        name="recall",
        message=Recall,
        run=recall,
        does="Recall a lot: it ships no more, nor does anything made of it or holding it",
        who="a tracer of its maker, or an authority",
        file=NAMES_FILE,
    ),
    Action(
        name="lift",
        message=Lift,
        run=lift,
        does="Lift your recall of a lot",
        who="whoever recalled it; an authority for a former member",
        file=NAMES_FILE,
    ),
)

LIMIT: Final = field("limit", Optional(inner=Integer(low=1, high=PAGE_MAX, help="at most so many")))
AFTER_HELP: Final = "the next page: `next` of the page before"
CAPTURED_BY: Final = Field(
    name="captured_by",
    kind=Organisation(help="who captured it"),
)
THING_FIELD: Final = Field(name="thing", kind=THING, entry=Entry(is_made=True))
LOT_FIELD: Final = Field(name="lot", kind=LOT, entry=Entry(is_made=True))

QUERIES: Final = (
    Query(
        name="where",
        fields=(THING_FIELD,),
        answer=answer_where,
        does="Show where a thing is: who has it in custody, in what it is packed, and whether it is recalled",
        returns=SHOWN,
    ),
    Query(
        name="who_holds",
        fields=(LOT_FIELD,),
        answer=answer_who_holds,
        does="Show who holds a lot, and all lots that were made of it",
        returns=HOLDERS[:1],
        rows=("holders", HOLDERS[1:]),
    ),
    Query(
        name="lot",
        fields=(LOT_FIELD,),
        answer=answer_lot,
        does="Show what a lot is made of, and what recalls stop it",
        returns=LOT_SHOWN,
        rows=("recalls", RECALL_ROWS),
    ),
    Query(
        name="list",
        fields=(
            field("custodian", Optional(inner=Organisation(help="only what this organisation has"))),
            Field(name="lot", kind=LOT_OR_NONE, entry=Entry(is_made=True)),
            field("after", Optional(inner=THING, help=AFTER_HELP)),
            LIMIT,
        ),
        answer=answer_list,
        does="List things by their ids",
        rows=("things", LISTED),
    ),
    Query(
        name="prefixes",
        readers=QueryReaders.ACCOUNTS,
        fields=(field("after", Optional(inner=PREFIX, help=AFTER_HELP)), LIMIT),
        answer=answer_prefixes,
        does="List the company prefixes and who speaks for them",
        rows=("prefixes", PREFIX_ROWS),
    ),
    Query(
        name="show_capture",
        fields=(Field(name="root", kind=ROOT, entry=Entry(is_argument=True)), CAPTURED_BY),
        answer=answer_capture,
        does="Show a capture",
        returns=CAPTURED,
    ),
    Query(
        name="show_error",
        fields=(
            Field(name="event", kind=Hash(help="hash of the event"), entry=Entry(is_argument=True)),
            CAPTURED_BY,
        ),
        answer=answer_error,
        does="Show whether an error was declared in an event",
        returns=ERROR_SHOWN,
    ),
)

MODULE: Final = Module(
    name=NAME,
    roles=ROLES,
    source=__name__,
    does="Trace goods from hand to hand, and stop what is recalled",
    actions=ACTIONS,
    events=EVENTS,
    records=RECORDS,
    refusals=REFUSALS,
    queries=QUERIES,
)
