"""A pool, the deal on it and its account: the records that the module keeps.

Records (keys after ``securitisation/``; ``<id>`` is 16 bytes, ``<n>`` a tranche from 0 in one byte):
``pool/<id>`` → the fields of ``Pool`` but for its id;
``party/<org>/<id>`` → ``[]``: pools that an organisation originated, or is trustee or servicer of;
``deal/<id>`` → the fields of ``Deal``: what was agreed when tranches were issued, and never changes;
``account/<id>`` → the fields of ``Ledgered``: what was collected, paid and is owed, after the last period;
``report/<id>`` → the period that is not distributed yet (``period_report``);
``statement/<id>/<period, 2 bytes>`` → what a distribution paid (``statement``);
``holding/<id>/<n>/<org>`` → what an organisation holds of a tranche (``holding``).

Amounts are integers in the minor unit of the pool's currency; days count from 1970-01-01, in UTC. No asset
has a record here: that it is in the pool stands in the index of encumbrances, whose basis is the commitment
to all that was said of it (``codec/pool_ids.py``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Annotated, Final

from p2pchain.business.securitisation.fields import (
    ARREARS_DAYS_MAX,
    COUNT,
    CURRENCY,
    DAY_COUNT,
    FLAG,
    PERIODS_MAX,
    ROOT,
    STATE,
    STRUCTURE,
    TITLE,
    TRANCHE,
    TRANCHES_MAX,
    money,
    nullable,
    rate,
)
from p2pchain.business.securitisation.refusals import PoolUnknown
from p2pchain.crypto.multiset import SUM_BYTES
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.kinds import Amount, Array, Day, Integer, Octets, Organisation, Row
from p2pchain.ledger.record import Record
from p2pchain.model.errors import Fact
from p2pchain.model.ids import INTEGER_MAX, OrgId
from p2pchain.model.transaction import Value

DAY_MS: Final = 86_400_000
LAPSE_DAYS: Final = 60
"""Days after which a pool that no trustee has accepted keeps no asset from anybody any more."""

POOL: Final = b"pool/"
PARTY: Final = b"party/"
DEAL: Final = b"deal/"
ACCOUNT: Final = b"account/"

SUM: Final = Amount(low=0, high=INTEGER_MAX)
"""A sum over all periods, which may be more than one amount is."""
TERMS: Final = Array(
    inner=Row(
        columns=(
            ("tranche", TRANCHE),
            ("amount_minor", money("what it was issued for")),
            ("rate", rate("interest of a year")),
        )
    ),
    most=TRANCHES_MAX,
    is_distinct=False,
    help="the tranches, the most senior first",
)
STANDS: Final = Array(
    inner=Row(
        columns=(
            ("owed_minor", money("principal that is owed")),
            ("interest_minor", SUM),
            ("paid_minor", SUM),
        )
    ),
    most=TRANCHES_MAX,
    is_distinct=False,
    help="state of each tranche",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """One pool. ``count``, ``original_minor``, ``balance_minor``: of its assets now; ``sealed_minor``: its
    balance when it was sealed; ``root``: over its assets then; ``ids_sum``: over the ids of its assets now,
    in whatever order (``crypto/multiset``).
    """

    key: Annotated[bytes, ROOT]
    state: Annotated[str, STATE]
    title: Annotated[str, TITLE]
    originator: Annotated[OrgId, Organisation(help="who pools the assets")]
    servicer: Annotated[OrgId, Organisation(help="who collects and reports")]
    trustee: Annotated[OrgId, Organisation(help="who accepts, verifies and distributes")]
    currency: Annotated[str, CURRENCY]
    lapse_day: Annotated[int, Day(help="until when it has to be accepted")]
    asset_minor_max: Annotated[int | None, nullable(money("largest balance of one asset"))]
    maturity_day_max: Annotated[int | None, nullable(Day(help="latest maturity of an asset"))]
    arrears_days_max: Annotated[
        int | None, nullable(Integer(high=ARREARS_DAYS_MAX, unit="days", help="longest arrears of an asset"))
    ]
    count: Annotated[int, COUNT]
    original_minor: Annotated[int, money("balance of the assets when they were made")]
    balance_minor: Annotated[int, money("balance of the assets now")]
    sealed_minor: Annotated[int, money("balance when it was sealed")]
    root: Annotated[bytes | None, nullable(ROOT)]
    ids_sum: Annotated[bytes, Octets(size=SUM_BYTES, help="sum over the ids of its assets")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """Terms agreed at the issue of tranches. Rates are parts of a million. ``fee_rate``: of a year, on the
    pool's balance; ``fee_minor``: of each period; ``loss_trigger``: of the sealed balance;
    ``arrears_trigger``: of the balance; ``clean_up``, ``substitution``: of the sealed balance.
    """

    currency: Annotated[str, CURRENCY]
    structure: Annotated[str, STRUCTURE]
    day_count: Annotated[str, DAY_COUNT]
    first_day: Annotated[int, Day(help="from which day on interest accrues")]
    fee_rate: Annotated[int, rate("fees of a year on the pool's balance")]
    fee_minor: Annotated[int, money("fees of each period beside")]
    reserve_rate: Annotated[int, rate("of the pool's balance that is reserved")]
    loss_trigger: Annotated[int | None, nullable(rate("losses, of the sealed balance, that hit the trigger"))]
    arrears_trigger: Annotated[int | None, nullable(rate("arrears, of the balance, that hit the trigger"))]
    substitution_rate: Annotated[int, rate("of the sealed balance that may be substituted")]
    clean_up_rate: Annotated[int, rate("of the sealed balance from which a clean-up call is allowed")]
    tranches: Annotated[tuple[tuple[str, int, int], ...], TERMS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledgered:
    """The account of a deal after its last period. ``collected_minor``, ``fees_minor``, ``paid_minor``: over
    all periods; ``reserve_minor``: what is kept; ``owed_fees_minor``: fees that were not paid;
    ``cash_minor``: prices that came in since; ``beyond_minor``: what the pool had beyond the notes at issue,
    and what substitutions put in beyond what they took out.
    """

    currency: Annotated[str, CURRENCY]
    period: Annotated[int, Integer(high=PERIODS_MAX, help="last period that was distributed")]
    end_day: Annotated[int, Day(help="end of that period")]
    collected_minor: Annotated[int, SUM]
    fees_minor: Annotated[int, SUM]
    paid_minor: Annotated[int, SUM]
    reserve_minor: Annotated[int, SUM]
    owed_fees_minor: Annotated[int, SUM]
    losses_minor: Annotated[int, SUM]
    substituted_minor: Annotated[int, SUM]
    cash_minor: Annotated[int, money("prices that came in since the last period")]
    beyond_minor: Annotated[int, SUM]
    is_hit: Annotated[bool, FLAG]
    is_accelerated: Annotated[bool, FLAG]
    tranches: Annotated[tuple[tuple[int, int, int], ...], STANDS]


_POOL_FIELDS: Final = tuple(field.name for field in fields(Pool))[1:]
_POOL_VALUES: Final[Callable[[Pool], Record]] = attrgetter(*_POOL_FIELDS)
_DEAL_VALUES: Final[Callable[[Deal], Record]] = attrgetter(*(field.name for field in fields(Deal)))
_ACCOUNT_FIELDS: Final = tuple(field.name for field in fields(Ledgered))
_ACCOUNT_VALUES: Final[Callable[[Ledgered], Record]] = attrgetter(*_ACCOUNT_FIELDS)


def find(view: View, id_: bytes) -> Pool | None:
    """Read the pool of this id, None where there is none."""
    record = view.get(POOL + id_)
    return None if record is None else pool_of(id_, record)


def require(view: View, id_: bytes) -> Pool:
    """Read the pool of this id, or ``SEC_UNKNOWN``."""
    pool = find(view, id_)
    if pool is None:
        raise PoolUnknown({"pool": id_.hex()})
    return pool


def pool_of(id_: bytes, record: Record) -> Pool:
    """Read the pool of its record, which this module wrote."""
    values: dict[str, Value] = dict(zip(_POOL_FIELDS, record, strict=True))
    return Pool(key=id_, **values)  # type: ignore[arg-type]


def store(context: Context, pool: Pool) -> None:
    """Write a pool."""
    context.put(POOL + pool.key, _POOL_VALUES(pool))


def without_party(context: Context, pool: Pool) -> None:
    """Delete the index of a pool by organisation."""
    for org in dict.fromkeys((pool.originator, pool.servicer, pool.trustee)):
        context.delete(PARTY + org.encode() + b"/" + pool.key)


def store_new(context: Context, pool: Pool) -> None:
    """Write a pool with its index by organisation, which there was not."""
    store(context, pool)
    for org in dict.fromkeys((pool.originator, pool.servicer, pool.trustee)):
        context.put(PARTY + org.encode() + b"/" + pool.key, ())


def deal_of(view: View, pool: Pool) -> Deal:
    """Read the deal of a pool whose tranches are issued."""
    record = view.get(DEAL + pool.key)
    assert record is not None, "what is issued has a deal"
    values = dict(zip((field.name for field in fields(Deal)), record, strict=True))
    return Deal(**values)  # type: ignore[arg-type]


def store_deal(context: Context, pool: Pool, deal: Deal) -> None:
    """Write the deal of a pool."""
    context.put(DEAL + pool.key, _DEAL_VALUES(deal))


def account_of(view: View, pool: Pool) -> Ledgered:
    """Read the account of a pool whose tranches are issued."""
    record = view.get(ACCOUNT + pool.key)
    assert record is not None, "what is issued has an account"
    return ledgered_of(record)


def ledgered_of(record: Record) -> Ledgered:
    """Read an account of its record, which this module wrote."""
    values: dict[str, Value] = dict(zip(_ACCOUNT_FIELDS, record, strict=True))
    return Ledgered(**values)  # type: ignore[arg-type]


def store_account(context: Context, pool: Pool, account: Ledgered) -> None:
    """Write the account of a pool, which balances: paid + reserve = collected - fees."""
    assert account.paid_minor + account.reserve_minor == account.collected_minor - account.fees_minor, (
        "what was collected is paid or reserved"
    )
    context.put(ACCOUNT + pool.key, _ACCOUNT_VALUES(account))


def today(view: View) -> int:
    """Give the day of the block, in UTC."""
    return view.time_ms // DAY_MS


def facts_of(pool: Pool, **facts: Fact) -> dict[str, Fact]:
    """Gather what every refusal about a known pool tells."""
    return {"pool": pool.key.hex(), "state": pool.state, **facts}


def amounts_of(pool: Pool, **amounts: Fact) -> dict[str, Fact]:
    """Gather the same with amounts in its currency."""
    return facts_of(pool, currency=pool.currency, **amounts)
