"""Records of the pools, as their proofs are read."""

from __future__ import annotations

from typing import Final

from p2pchain.business.securitisation.fields import CURRENCY, ID, ORG, PERIODS_MAX, TRANCHE, field, money
from p2pchain.business.securitisation.holding import HOLDING
from p2pchain.business.securitisation.period_report import REPORT, PoolReport
from p2pchain.business.securitisation.pool import (
    ACCOUNT,
    DEAL,
    PARTY,
    POOL,
    SUM,
    Deal,
    Ledgered,
    Pool,
)
from p2pchain.business.securitisation.statement import FIELDS, STATEMENT
from p2pchain.ledger.fields import Field, fields_of
from p2pchain.ledger.kinds import Integer, Octets
from p2pchain.ledger.module import RecordType

OF_POOL: Final[Field] = field("pool", ID)
NUMBER: Final[Field] = field("number", Octets(size=1, help="number of the tranche, from 0"))

RECORDS: Final = (
    RecordType(
        name="pool",
        is_shared=True,
        prefix=POOL,
        key=(OF_POOL,),
        fields=fields_of(Pool)[1:],
        sentence=(
            "{pool}: {title} of {originator}, now {state}, {count} of {balance_minor}"
            "[, sealed at {sealed_minor} under the root {root}], servicer {servicer}, trustee {trustee}"
        ),
    ),
    RecordType(
        name="party",
        is_shared=True,
        prefix=PARTY,
        key=(field("org", ORG), OF_POOL),
        sentence="{org} has a part in {pool}",
    ),
    RecordType(
        name="deal",
        prefix=DEAL,
        key=(OF_POOL,),
        fields=fields_of(Deal),
        sentence="{pool}: {structure}, interest {day_count} from {first_day} on, tranches {tranches}",
    ),
    RecordType(
        name="account",
        prefix=ACCOUNT,
        key=(OF_POOL,),
        fields=fields_of(Ledgered),
        sentence=(
            "{pool}: after period {period} collected {collected_minor}, fees {fees_minor}, "
            "paid {paid_minor}, in reserve {reserve_minor}, {is_hit?a trigger is hit|no trigger is hit}"
            ", {is_accelerated?accelerated|not accelerated}"
        ),
    ),
    RecordType(
        name="report",
        prefix=REPORT,
        key=(OF_POOL,),
        fields=fields_of(PoolReport),
        sentence=(
            "{pool}: period {period} up to {end_day}, interest {interest_minor}, "
            "principal {principal_minor}, losses {losses_minor}, {closing_minor} left, "
            "{is_verified?verified|not verified}"
        ),
    ),
    RecordType(
        name="statement",
        prefix=STATEMENT,
        key=(OF_POOL, field("period", Integer(low=1, high=PERIODS_MAX))),
        fields=FIELDS,
        sentence=(
            "{pool}: period {period} up to {end_day}, collected {collected_minor}, fees {fees_minor}, "
            "in reserve {reserve_minor}, pool {balance_minor}, paid (interest, principal, owed, unpaid) "
            "{tranches}, residual {residual_minor}"
        ),
    ),
    RecordType(
        name="holding",
        prefix=HOLDING,
        key=(
            OF_POOL,
            field("number", Octets(size=1, help="number of the tranche, from 0")),
            field("org", ORG),
        ),
        fields=(
            field("tranche", TRANCHE),
            field("currency", CURRENCY),
            field("units_minor", money("how much of what it was issued for")),
            field("seen_minor", SUM),
            field("paid_minor", SUM),
            field("fraction", Integer(help="of a minor unit, in parts of the tranche's units")),
        ),
        sentence="{pool}: {org} holds {units_minor} of {tranche} and was credited {paid_minor}",
    ),
)
