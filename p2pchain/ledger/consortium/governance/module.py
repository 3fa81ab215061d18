"""Declaration of governance: what the organisations with more than 2/3 of the power decide by voting."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from p2pchain.ledger.consortium.governance.kinds import (
    EXPIRES,
    EXPIRES_MS,
    NUMBER,
    OPERATIONS,
    TITLE,
    ReasonKind,
)
from p2pchain.ledger.consortium.governance.proposal import (
    CANCELLED,
    COUNT,
    EXECUTED,
    NAME,
    NUMBER_MAX,
    OPEN,
    OPEN_OF,
    PROPOSAL,
    VOTE,
    WORD_BYTES_MAX,
)
from p2pchain.ledger.consortium.governance.queries import EXPIRED, answer_list, answer_show
from p2pchain.ledger.consortium.governance.refusals import REFUSALS
from p2pchain.ledger.consortium.governance.rules import (
    Cancel,
    CastVote,
    Propose,
    SetParameter,
    cancel,
    propose,
    refuse_nested,
    require_settable,
    set_parameter,
    vote,
)
from p2pchain.ledger.consortium.governance.software import (
    DIGEST,
    SOFTWARE,
    DeclareSoftware,
    declare_software,
)
from p2pchain.ledger.consortium.governance.suspension import (
    ResumeModule,
    SuspendModule,
    resume_module,
    suspend_module,
)
from p2pchain.ledger.consortium.governance.versions import (
    FROM_HEIGHT,
    MODULE_NAME,
    VERSION,
    SetModuleVersion,
    WithdrawModuleVersion,
    require_ahead,
    set_module_version,
    withdraw_module_version,
)
from p2pchain.ledger.fields import Entry, Field
from p2pchain.ledger.kinds import (
    Array,
    Choice,
    Flag,
    Height,
    Integer,
    Key,
    Optional,
    Organisation,
    Row,
    Text,
)
from p2pchain.ledger.module import Action, EventType, Module, Query, RecordType
from p2pchain.model.messages import MODULE_CODES_MAX
from p2pchain.model.validators import POWER_MAX, VALIDATORS_MAX

QUORUM: Final = "admins of organisations with more than 2/3 of the power"
ORG: Final = Field(name="org", kind=Organisation(help="organisation that votes"))
NUMBER_OF: Final = Field(name="number", kind=NUMBER)
YES: Final = Field(name="yes", kind=Flag(label="in favour", help="whether it is in favour"))
POWER: Final = Integer(high=POWER_MAX * VALIDATORS_MAX, help="power of those in favour")
PARAMETER: Final = Field(name="parameter", kind=Text(bytes_max=WORD_BYTES_MAX, help="parameter of the chain"))
MODULE_OF: Final = Field(name="module", kind=MODULE_NAME)
VERSION_OF: Final = Field(name="version", kind=VERSION)
FROM: Final = Field(name="height", kind=FROM_HEIGHT)
STATES: Final = (OPEN, EXECUTED, CANCELLED)
STATED: Final = (
    Field(name="title", kind=TITLE),
    Field(name="proposer", kind=Organisation(help="organisation that proposed it")),
    Field(name="height", kind=Height(label="proposed at height", help="block in which it was proposed")),
    Field(name="expires", kind=EXPIRES),
    Field(name="expires_ms", kind=EXPIRES_MS),
)
REASON: Final = Field(
    name="reason",
    kind=Optional(inner=ReasonKind(), help="why it could not be executed when that was last tried"),
)
PROPOSAL_SHOWN: Final = (
    NUMBER_OF,
    Field(name="state", kind=Choice(words=(*STATES, EXPIRED), help="where it stands")),
    *STATED,
    Field(name="operations", kind=OPERATIONS),
    Field(
        name="votes",
        kind=Array(
            inner=Row(columns=(("org", ORG.kind), ("yes", YES.kind))),
            most=VALIDATORS_MAX,
            help="the latest vote of every organisation",
        ),
    ),
    Field(name="power", kind=POWER),
    Field(name="total_power", kind=replace(POWER, help="power of all validators")),
    REASON,
)

IN_A_LINE: Final = frozenset({"number", "state", "title", "proposer", "expires", "power", "total_power"})
LISTED: Final = tuple(replace(field, is_shown=field.name in IN_A_LINE) for field in PROPOSAL_SHOWN)
"""Fields of a proposal in a list, of which a person sees what fits a line."""

ACTIONS: Final = (
    Action(
        name="propose",
        message=Propose,
        run=propose,
        lasting=refuse_nested,
        does="Propose operations of any modules, and vote for them",
        who="an admin of a member",
        file="the operations to propose, signed by nobody",
    ),
    Action(
        name="vote",
        message=CastVote,
        run=vote,
        lasting=refuse_nested,
        does="Vote on a proposal; more than 2/3 of the power in favour execute it",
        who="an admin of a member",
    ),
    Action(
        name="cancel",
        message=Cancel,
        run=cancel,
        lasting=refuse_nested,
        does="Take back a proposal that is open",
        who="an admin of the organisation that proposed it",
    ),
    Action(
        name="set_module_version",
        message=SetModuleVersion,
        run=set_module_version,
        lasting=require_ahead,
        does="Schedule the next version of a module, or put it on another height",
        who=QUORUM,
        file="the digest of the code, where it is not typed: that of this node's software",
    ),
    Action(
        name="withdraw_module_version",
        message=WithdrawModuleVersion,
        run=withdraw_module_version,
        does="Take back a scheduled version of a module before it comes into force",
        who=QUORUM,
    ),
    Action(
        name="declare_software",
        message=DeclareSoftware,
        run=declare_software,
        lasting=refuse_nested,
        does="Say which versions of modules the nodes of one's organisation have",
        who="an admin of a member",
        file="the versions, as this node's software has them",
    ),
    Action(
        name="suspend_module",
        message=SuspendModule,
        run=suspend_module,
        does="Suspend a module from the next block on: no action of it is carried out",
        who=QUORUM,
    ),
    Action(
        name="resume_module",
        message=ResumeModule,
        run=resume_module,
        does="Resume a suspended module from the next block on",
        who=QUORUM,
    ),
    Action(
        name="set_parameter",
        message=SetParameter,
        run=set_parameter,
        lasting=require_settable,
        does="Change a parameter of the chain from the next block on",
        who=QUORUM,
    ),
)
EVENTS: Final = (
    EventType(
        name="proposed",
        fields=(NUMBER_OF, ORG, Field(name="title", kind=TITLE)),
        sentence="{org} makes proposal {number}: {title}",
    ),
    EventType(
        name="voted",
        fields=(NUMBER_OF, ORG, YES),
        sentence="{org} votes on proposal {number}: {yes}",
    ),
    EventType(name="cancelled", fields=(NUMBER_OF, ORG), sentence="{org} takes back its proposal {number}"),
    EventType(
        name="executed",
        fields=(NUMBER_OF, Field(name="power", kind=POWER)),
        sentence="proposal {number} is executed, with power {power} in favour",
    ),
    EventType(
        name="failed",
        fields=(
            NUMBER_OF,
            Field(name="code", kind=Text(bytes_max=WORD_BYTES_MAX, help="code of the refusal")),
        ),
        sentence="proposal {number} has its majority and could not be executed: {code}",
    ),
    EventType(
        name="parameter_set",
        fields=(
            PARAMETER,
            Field(name="before", kind=Integer(help="its value up to this block")),
            Field(name="value", kind=Integer(help="its value from the next block on")),
        ),
        sentence="parameter {parameter} is {value} from the next block on, before {before}",
    ),
    EventType(
        name="module_version_set",
        fields=(
            MODULE_OF,
            VERSION_OF,
            FROM,
            Field(
                name="before",
                kind=Optional(inner=Height(low=1, help="height for which it was scheduled until now")),
            ),
            Field(name="digest", kind=DIGEST),
        ),
        sentence="version {version} of {module} counts from height {height} on[, not from {before} on], "
        "with the code {digest}",
    ),
    EventType(
        name="software_declared",
        fields=(
            ORG,
            Field(
                name="count", kind=Integer(high=MODULE_CODES_MAX, unit="versions", help="how many it names")
            ),
        ),
        sentence="{org} says which versions of modules its nodes have: {count}",
    ),
    EventType(
        name="module_suspended",
        fields=(MODULE_OF,),
        sentence="{module} is suspended from the next block on",
    ),
    EventType(
        name="module_resumed",
        fields=(MODULE_OF,),
        sentence="{module} goes on from the next block on",
    ),
    EventType(
        name="module_version_withdrawn",
        fields=(MODULE_OF, VERSION_OF, FROM),
        sentence="version {version} of {module} does not come into force at height {height}",
    ),
)
RECORDS: Final = (
    RecordType(
        name="proposal",
        prefix=PROPOSAL,
        key=(NUMBER_OF,),
        fields=(
            Field(name="state", kind=Choice(words=STATES, help="where it stands")),
            *STATED,
            Field(name="operations", kind=OPERATIONS),
            REASON,
        ),
        sentence="proposal {number} of {proposer}, {title}: {state}; it could be decided up to height "
        "{expires}, and up to {expires_ms}",
        is_public=True,
    ),
    RecordType(
        name="vote",
        prefix=VOTE,
        key=(NUMBER_OF, ORG),
        fields=(YES, Field(name="public_key", kind=Key(help="key of the admin who voted"))),
        sentence="{org} is in favour of proposal {number}: {yes}",
        is_public=True,
    ),
    RecordType(
        name="count",
        prefix=COUNT,
        fields=(
            Field(
                name="count",
                kind=Integer(low=1, high=NUMBER_MAX, unit="proposals", help="how many there were"),
            ),
        ),
        sentence="there were {count}",
        is_public=True,
    ),
    RecordType(
        name="software",
        prefix=SOFTWARE,
        key=(ORG,),
        fields=(MODULE_OF, VERSION_OF, Field(name="digest", kind=DIGEST)),
        sentence="nodes of {org} have version {version} of {module} with the code {digest}",
        is_table=True,
        is_public=True,
    ),
    RecordType(
        name="open",
        prefix=OPEN_OF,
        key=(ORG,),
        fields=(NUMBER_OF,),
        sentence="proposal {number} of {org} is open",
        is_table=True,
        is_public=True,
    ),
)
QUERIES: Final = (
    Query(
        name="list",
        fields=(
            Field(
                name="before",
                kind=Optional(inner=Integer(high=NUMBER_MAX), help="only those below this number"),
            ),
        ),
        answer=answer_list,
        does="List proposals with their votes, the newest first",
        rows=("proposals", LISTED),
    ),
    Query(
        name="show",
        fields=(Field(name="number", kind=NUMBER, entry=Entry(is_argument=True)),),
        answer=answer_show,
        does="Show a proposal and who is in favour of it",
        returns=PROPOSAL_SHOWN,
    ),
)

MODULE = Module(
    name=NAME,
    source=__name__,
    does="Decide by voting what needs organisations with more than 2/3 of the power",
    actions=ACTIONS,
    events=EVENTS,
    records=RECORDS,
    refusals=REFUSALS,
    queries=QUERIES,
)
