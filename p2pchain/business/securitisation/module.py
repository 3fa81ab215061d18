"""Declaration of the pools."""

from __future__ import annotations

from typing import Final

from p2pchain.business.securitisation.answers import (
    CHECK_ROWS,
    CHECK_SHOWN,
    DEAL_SHOWN,
    HOLDER_SHOWN,
    IN_CURRENCY,
    OF_POOL,
    POOL_SHOWN,
    POOLS_LISTED,
    REPORT_SHOWN,
    STATEMENT_LISTED,
    STATEMENT_ROWS,
    STATEMENT_SHOWN,
    TRANCHE_SHOWN,
)
from p2pchain.business.securitisation.events import EVENTS
from p2pchain.business.securitisation.fields import ID, PERIOD, PERIODS_MAX, STATES, TRANCHE, field, nullable
from p2pchain.business.securitisation.formation import (
    AcceptPool,
    AddAssets,
    CreatePool,
    DropAssets,
    OnPool,
    RenameAssets,
    SealPool,
    accept,
    add,
    create,
    drop,
    rename,
    reopen,
    seal,
)
from p2pchain.business.securitisation.holding import TransferUnits, transfer_units
from p2pchain.business.securitisation.lifecycle import (
    CleanUpPool,
    IssueTranches,
    ReleaseAssets,
    RepurchaseAssets,
    SubstituteAssets,
    accelerate,
    clean_up,
    close,
    issue,
    release,
    repurchase,
    substitute,
)
from p2pchain.business.securitisation.parties import ORIGINATOR, SERVICER, TRUSTEE
from p2pchain.business.securitisation.queries import (
    CHECKED_BYTES_MAX,
    NAME,
    PAGE_MAX,
    answer_check,
    answer_history,
    answer_holdings,
    answer_list,
    answer_report,
    answer_show,
    answer_statement,
)
from p2pchain.business.securitisation.record_types import RECORDS
from p2pchain.business.securitisation.refusals import REFUSALS
from p2pchain.business.securitisation.servicing import (
    OnPeriod,
    ReportPeriod,
    VerifyReport,
    distribute,
    reject,
    report,
    verify,
)
from p2pchain.business.securitisation.succession import ReplaceParty, replace_party
from p2pchain.ledger.fields import Entry, Field
from p2pchain.ledger.kinds import Blob, Integer, Organisation, Text
from p2pchain.ledger.module import Action, Module, Query

TAPE: Final = "the file of the assets is read, and their identifiers are hashed with the financiers' key"
THE_ORIGINATOR: Final = "the originator"
THE_TRUSTEE: Final = "the trustee"
BOTH: Final = "the originator and the trustee, in one transaction"
POOL: Final = Field(name="pool", kind=ID, entry=Entry(is_argument=True))
LIMIT: Final = field("limit", nullable(Integer(low=1, high=PAGE_MAX, help="at most so many")))
AFTER_PERIOD: Final = field("after", nullable(Integer(high=PERIODS_MAX, help="later than this period")))

FORMATION: Final = (
    Action(
        name="create",
        message=CreatePool,
        run=create,
        role=ORIGINATOR,
        does="Create a pool, with its servicer, its trustee and its criteria",
        who="an originator",
    ),
    Action(
        name="add",
        message=AddAssets,
        run=add,
        role=ORIGINATOR,
        does="Add assets to an open pool; from then on they are encumbered",
        who=THE_ORIGINATOR,
        file=TAPE,
    ),
    Action(
        name="drop",
        message=DropAssets,
        run=drop,
        does="Drop assets from a pool that is open, closed or lapsed; they are free again",
        who="the originator; anybody once the pool has lapsed or is closed",
        file=TAPE,
    ),
    Action(
        name="seal",
        message=SealPool,
        run=seal,
        role=ORIGINATOR,
        does="Seal a pool with its count, its balances and the root over its assets",
        who=THE_ORIGINATOR,
        file=TAPE,
    ),
    Action(
        name="reopen",
        message=OnPool,
        run=reopen,
        role=ORIGINATOR,
        does="Reopen a sealed pool that the trustee has not accepted",
        who=THE_ORIGINATOR,
    ),
    Action(
        name="accept",
        message=AcceptPool,
        run=accept,
        role=TRUSTEE,
        does="Accept a sealed pool that agrees with your own copy of the file",
        who=THE_TRUSTEE,
        file=TAPE,
    ),
    Action(
        name="rename",
        message=RenameAssets,
        run=rename,
        role=ORIGINATOR,
        does="Name assets under the keys in force, so that an older key can end",
        who=THE_ORIGINATOR,
        file=TAPE,
    ),
    Action(
        name="issue",
        message=IssueTranches,
        run=issue,
        role=ORIGINATOR,
        does="Issue tranches on an accepted pool, with the waterfall that pays them",
        who=THE_ORIGINATOR,
    ),
)
RUNNING: Final = (
    Action(
        name="transfer_units",
        message=TransferUnits,
        run=transfer_units,
        does="Transfer units of a tranche to another organisation",
        who="the holder",
    ),
    Action(
        name="report",
        message=ReportPeriod,
        run=report,
        role=SERVICER,
        does="Report what was collected in a period, and what is left of the pool",
        who="the servicer",
        file=TAPE,
    ),
    Action(
        name="verify",
        message=VerifyReport,
        run=verify,
        role=TRUSTEE,
        does="Verify a report with your own copy of the file and the cash that arrived",
        who=THE_TRUSTEE,
        file=TAPE,
    ),
    Action(
        name="reject",
        message=OnPeriod,
        run=reject,
        role=TRUSTEE,
        does="Reject a report; the servicer reports the period again",
        who=THE_TRUSTEE,
    ),
    Action(
        name="distribute",
        message=OnPool,
        run=distribute,
        role=TRUSTEE,
        does="Distribute what a verified report says was collected, by the waterfall",
        who=THE_TRUSTEE,
    ),
    Action(
        name="substitute",
        message=SubstituteAssets,
        run=substitute,
        role=ORIGINATOR,
        does="Substitute assets: some leave the pool, others come in, in one block",
        who=BOTH,
        file=TAPE,
    ),
    Action(
        name="repurchase",
        message=RepurchaseAssets,
        run=repurchase,
        role=ORIGINATOR,
        does="Repurchase assets from the pool, for at least what is owed on them",
        who=BOTH,
        file=TAPE,
    ),
    Action(
        name="release",
        message=ReleaseAssets,
        run=release,
        role=SERVICER,
        does="Release assets that were repaid in full",
        who="the servicer and the trustee, in one transaction",
        file=TAPE,
    ),
    Action(
        name="accelerate",
        message=OnPool,
        run=accelerate,
        role=TRUSTEE,
        does="Accelerate a deal: each tranche is paid in full before the next, for good",
        who=THE_TRUSTEE,
    ),
    Action(
        name="clean_up",
        message=CleanUpPool,
        run=clean_up,
        role=ORIGINATOR,
        does="Buy the rest of a pool that is small enough for a clean-up call",
        who=BOTH,
    ),
    Action(
        name="close",
        message=OnPool,
        run=close,
        role=TRUSTEE,
        does="Close a deal whose pool is paid out",
        who=THE_TRUSTEE,
    ),
    Action(
        name="replace_party",
        message=ReplaceParty,
        run=replace_party,
        does="Pass the role of an organisation that has left the consortium to another",
        who="admins of organisations with more than 2/3 of the power",
    ),
)

QUERIES: Final = (
    Query(
        name="show",
        fields=(POOL,),
        answer=answer_show,
        does="Show a pool, its deal and the state of each tranche",
        returns=(*POOL_SHOWN, *DEAL_SHOWN),
        rows=("tranches", TRANCHE_SHOWN),
    ),
    Query(
        name="list",
        fields=(
            field("org", nullable(Organisation(help="only those in which it has a part"))),
            Field(
                name="state",
                kind=nullable(Text(bytes_max=max(map(len, STATES)), help="only these")),
                entry=Entry(option="status"),
            ),
            field("after", nullable(ID)),
            LIMIT,
        ),
        answer=answer_list,
        does="List pools by their ids",
        rows=("pools", POOLS_LISTED),
    ),
    Query(
        name="statement",
        fields=(POOL, field("period", nullable(PERIOD))),
        answer=answer_statement,
        does="Show the statement of a period, of the last one where none is named",
        returns=STATEMENT_SHOWN,
        rows=("tranches", STATEMENT_ROWS),
    ),
    Query(
        name="history",
        fields=(
            POOL,
            field("after", nullable(Integer(high=PERIODS_MAX, help="later than this period"))),
            LIMIT,
        ),
        answer=answer_history,
        does="Show the statements of a deal, the oldest first",
        returns=(OF_POOL,),
        rows=("statements", STATEMENT_LISTED),
    ),
    Query(
        name="pending",
        fields=(POOL,),
        answer=answer_report,
        does="Show the report that waits to be verified or distributed",
        returns=REPORT_SHOWN,
    ),
    Query(
        name="holdings",
        fields=(
            POOL,
            Field(name="tranche", kind=TRANCHE, entry=Entry(is_argument=True)),
            field("after", nullable(Organisation(help="the last holder of the page before"))),
            LIMIT,
        ),
        answer=answer_holdings,
        does="Show who holds a tranche, and what they were credited",
        returns=(OF_POOL, field("tranche", TRANCHE), IN_CURRENCY),
        rows=("holdings", HOLDER_SHOWN),
    ),
    Query(
        name="check",
        fields=(
            Field(
                name="assets",
                kind=Blob(bytes_max=CHECKED_BYTES_MAX, help="assets, encoded"),
                entry=Entry(is_made=True),
            ),
        ),
        answer=answer_check,
        does="Show how many assets of a file are encumbered anywhere, naming nobody",
        returns=CHECK_SHOWN,
        rows=("taken", CHECK_ROWS),
    ),
)

MODULE: Final = Module(
    name=NAME,
    roles=(ORIGINATOR, SERVICER, TRUSTEE),
    source=__name__,
    does="Pool assets, each in one pool, and pay the tranches on them by a waterfall",
    actions=(*FORMATION, *RUNNING),
    events=EVENTS,
    records=RECORDS,
    refusals=REFUSALS,
    queries=QUERIES,
)
