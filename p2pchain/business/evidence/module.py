"""Declaration of the evidence."""

from __future__ import annotations

from typing import Final

from p2pchain.business.evidence.attestation import AddTimestamp, Countersign, add_timestamp, countersign
from p2pchain.business.evidence.custody import (
    AcceptCustody,
    TransferCustody,
    accept_custody,
    transfer_custody,
)
from p2pchain.business.evidence.deposit import DIGEST_KIND, DepositFiles, Supersede, deposit, supersede
from p2pchain.business.evidence.events import EVENTS
from p2pchain.business.evidence.holds import LiftHold, OrderHold, hold, lift, require_payload_free
from p2pchain.business.evidence.queries import (
    PAGE_MAX,
    answer_find,
    answer_history,
    answer_holds,
    answer_list,
    answer_show,
)
from p2pchain.business.evidence.record_types import (
    COUNT,
    COUNTERSIGNED,
    CUSTODIAN,
    DIGEST_FIELD,
    HEIGHT,
    HELD_ON,
    HOLD_ID,
    ID,
    OFFERED_TO,
    ORG,
    PLACE,
    RECORDS,
    STATED,
    STATEMENT,
    SUPERSEDED_BY,
    SUPERSEDES,
    TIME,
    TIMESTAMPED,
    TOKEN,
    TOKEN_TIME,
)
from p2pchain.business.evidence.record_types import COURT as COURT_FIELD
from p2pchain.business.evidence.records import CLERK, COURT, NAME
from p2pchain.business.evidence.refusals import REFUSALS
from p2pchain.ledger.fields import Entry, Field
from p2pchain.ledger.kinds import Choice, Flag, Id, Integer, Optional, Organisation
from p2pchain.ledger.module import Action, Module, Query
from p2pchain.model.ids import HASH_BYTES

FILES: Final = "one file, whose hash is deposited, or a folder or several files, as the root of their tree"
ORG_OPTIONAL: Final = Optional(inner=Organisation(help="only deposits of this organisation"))
STEPS: Final = ("custody", "countersigned", "deposited", "timestamped")
SHOWN: Final = (
    *(ID, ORG, DIGEST_FIELD, COUNT, STATEMENT, HEIGHT, TIME, CUSTODIAN, OFFERED_TO),
    *(SUPERSEDES, SUPERSEDED_BY, COUNTERSIGNED, TIMESTAMPED),
    Field(name="held", kind=Flag(label="held by a court")),
)

ACTIONS: Final = (
    Action(
        name="deposit",
        message=DepositFiles,
        run=deposit,
        role=CLERK,
        does="Deposit files: their digest, in the order and at the time of the chain",
        who="a clerk of any member",
        file=FILES,
    ),
    Action(
        name="supersede",
        message=Supersede,
        run=supersede,
        role=CLERK,
        does="Deposit files that replace an older deposit of yours",
        who="a clerk of the organisation that made it",
        file=FILES,
    ),
    Action(
        name="countersign",
        message=Countersign,
        run=countersign,
        does="Countersign a deposit of another organisation, as a witness",
        who="any account of another member",
    ),
    Action(
        name="timestamp",
        message=AddTimestamp,
        run=add_timestamp,
        role=CLERK,
        does="Record the token of a time-stamping authority with a deposit of yours",
        who="a clerk of the organisation that made it",
        file="the token (RFC 3161), which is verified first",
    ),
    Action(
        name="transfer_custody",
        message=TransferCustody,
        run=transfer_custody,
        does="Offer custody of what was deposited to another member",
        who="its custodian",
    ),
    Action(
        name="accept_custody",
        message=AcceptCustody,
        run=accept_custody,
        does="Take custody that was offered to you",
        who="whoever it was offered to",
    ),
    Action(
        name="hold",
        message=OrderHold,
        run=hold,
        role=COURT,
        does="Hold a deposit or private payloads: nobody changes or erases them until you lift it",
        who="a court",
    ),
    Action(
        name="lift",
        message=LiftHold,
        run=lift,
        role=COURT,
        does="Lift a hold",
        who="the court that ordered it; any court where that one has left",
    ),
)


def _after(of: str) -> Field:
    return Field(
        name="after",
        kind=Optional(inner=Id(of=f"evidence.{of}", size=HASH_BYTES, help=f"begin behind this {of}")),
    )


LIMIT: Final = Field(
    name="limit", kind=Optional(inner=Integer(low=1, high=PAGE_MAX, unit="rows", help="how many"))
)
QUERIES: Final = (
    Query(name="show", fields=(ID,), answer=answer_show, does="Show a deposit", returns=SHOWN),
    Query(
        name="list",
        fields=(Field(name="org", kind=ORG_OPTIONAL), _after("deposit"), LIMIT),
        answer=answer_list,
        does="List deposits in the order of their ids",
        rows=("deposits", SHOWN),
    ),
    Query(
        name="history",
        fields=(ID,),
        answer=answer_history,
        does="Show the history of a deposit: custody, countersignatures, tokens",
        returns=(ID,),
        rows=(
            "steps",
            (
                HEIGHT,
                Field(name="step", kind=Choice(words=STEPS, help="what was done")),
                Field(name="org", kind=Optional(inner=Organisation(help="who did it"))),
                *(STATED, Field(name="token", kind=Optional(inner=TOKEN.kind))),
                Field(name="token_ms", kind=Optional(inner=TOKEN_TIME.kind)),
            ),
        ),
    ),
    Query(
        name="find",
        fields=(Field(name="digest", kind=DIGEST_KIND, entry=Entry(is_made=True)),),
        answer=answer_find,
        does="Find who deposited a file, or a digest, in the order of the chain",
        returns=(DIGEST_FIELD,),
        rows=("depositors", (PLACE, ORG, ID, HEIGHT, TIME)),
    ),
    Query(
        name="holds",
        fields=(_after("hold"), LIMIT),
        answer=answer_holds,
        does="List the holds of courts that stand",
        rows=("holds", (HOLD_ID, COURT_FIELD, *HELD_ON, HEIGHT)),
    ),
)

MODULE: Final = Module(
    name=NAME,
    source=__name__,
    does="Record who deposited which files and when, so that a judge can check it years later",
    roles=(CLERK, COURT),
    actions=ACTIONS,
    events=EVENTS,
    records=RECORDS,
    refusals=REFUSALS,
    queries=QUERIES,
    publics={"require_payload_free": require_payload_free},
)
