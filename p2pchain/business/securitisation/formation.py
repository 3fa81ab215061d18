"""Formation of a pool: created, filled, sealed by its originator, accepted by its trustee.

``open`` → ``sealed`` → ``accepted``; a pool that no trustee accepts lapses after ``LAPSE_DAYS``, and then
anybody frees its assets: what somebody pools for no deal keeps nobody's loan from a real one for ever.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Final

from p2pchain.business.securitisation.asset_row import PooledAsset, assets_of, balance_of, original_of
from p2pchain.business.securitisation.assets import Keys, free_assets, take_assets
from p2pchain.business.securitisation.fields import (
    ACCEPTED,
    ARREARS_DAYS_MAX,
    CLOSED,
    CURRENCY,
    ISSUED,
    KEYS,
    OPEN,
    SEALED,
    TITLE,
    Assets,
    CountMade,
    DigestMade,
    MoneyMade,
    PoolId,
    RootMade,
    money,
    nullable,
)
from p2pchain.business.securitisation.parties import (
    ORIGINATOR,
    TRUSTEE,
    is_lapsed,
    require_apart,
    require_in_time,
    require_member,
    require_party,
    require_state,
)
from p2pchain.business.securitisation.pool import (
    LAPSE_DAYS,
    Pool,
    amounts_of,
    facts_of,
    find,
    require,
    store,
    store_new,
    today,
)
from p2pchain.business.securitisation.refusals import (
    AssetAbsent,
    BalanceMismatch,
    CountMismatch,
    PoolExists,
    RootMismatch,
    TermsInvalid,
)
from p2pchain.codec.pool_ids import POOL_NONCE_BYTES, pool_id
from p2pchain.crypto.multiset import EMPTY_SUM, sum_digest
from p2pchain.ledger.context import Context
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Day, Integer, Nonce, Organisation
from p2pchain.ledger.meter import DECLARED
from p2pchain.model.currencies import DECIMALS

SAME_ASSETS: Final = "name the same assets, in the same order"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatePool:
    """Begin a pool. ``nonce``: drawn by the originator, whose id it makes; the three criteria, each null for
    none, are held against every asset that is added.
    """

    nonce: Annotated[bytes, Nonce(size=POOL_NONCE_BYTES, help="drawn by who creates; it makes the id")]
    title: Annotated[str, TITLE, Entry(is_argument=True)]
    servicer: Annotated[str, Organisation(help="who collects and reports")]
    trustee: Annotated[str, Organisation(help="who accepts, verifies and distributes")]
    currency: Annotated[str, CURRENCY]
    asset_minor_max: Annotated[
        int | None, nullable(money("largest balance of one asset", low=1)), Entry(option="largest")
    ]
    maturity_day_max: Annotated[
        int | None, nullable(Day(help="latest maturity of an asset")), Entry(option="latest")
    ]
    arrears_days_max: Annotated[
        int | None,
        nullable(Integer(high=ARREARS_DAYS_MAX, unit="days", help="longest arrears of an asset")),
        Entry(option="arrears"),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddAssets:
    """Put assets into an open pool; they are encumbered from then on."""

    pool: PoolId
    keys: Annotated[Keys, KEYS, Entry(is_made=True)]
    assets: Assets


@dataclass(frozen=True, slots=True, kw_only=True)
class DropAssets:
    """Take assets out of a pool again, and free them."""

    pool: PoolId
    assets: Assets


@dataclass(frozen=True, slots=True, kw_only=True)
class SealPool:
    """Say that the pool is complete: so many assets, of these balances, under this root."""

    pool: PoolId
    count: CountMade
    original_minor: MoneyMade
    balance_minor: MoneyMade
    root: RootMade
    digest: DigestMade


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptPool:
    """The trustee accepts what it has computed from its own copy of the file."""

    pool: PoolId
    count: CountMade
    original_minor: MoneyMade
    balance_minor: MoneyMade
    root: RootMade
    digest: DigestMade


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameAssets:
    """Name assets under a newer key, too: ``after`` has every hash of ``before``, and more."""

    pool: PoolId
    keys: Annotated[Keys, KEYS, Entry(is_made=True)]
    before: Assets
    after: Assets


@dataclass(frozen=True, slots=True, kw_only=True)
class OnPool:
    """Something is done to a pool, and there is no more to say."""

    pool: PoolId


def create(context: Context, message: CreatePool) -> None:
    """Begin a pool. ``AUTH_ROLE``, ``SEC_EXISTS``, ``SEC_PARTY`` where a party is no member or the trustee is
    originator or servicer, ``SEC_TERMS`` for an unknown currency.
    """
    org = context.require_role(ORIGINATOR).org
    id_ = pool_id(org, message.nonce)
    if find(context, id_) is not None:
        raise PoolExists({"pool": id_.hex()})
    servicer = require_member(context, message.servicer, "servicer")
    trustee = require_member(context, message.trustee, "trustee")
    require_apart(org, servicer, trustee)
    if message.currency not in DECIMALS:
        raise TermsInvalid({"part": "currency"}, "give a currency code of ISO 4217")
    pool = Pool(
        key=id_,
        state=OPEN,
        title=message.title,
        originator=org,
        servicer=servicer,
        trustee=trustee,
        currency=message.currency,
        lapse_day=today(context) + LAPSE_DAYS,
        asset_minor_max=message.asset_minor_max,
        maturity_day_max=message.maturity_day_max,
        arrears_days_max=message.arrears_days_max,
        count=0,
        original_minor=0,
        balance_minor=0,
        sealed_minor=0,
        root=None,
        ids_sum=EMPTY_SUM,
    )
    store_new(context, pool)
    context.emit("created", (id_, org, servicer, trustee, message.title))


def add(context: Context, message: AddAssets) -> None:
    """Put assets in. ``AUTH_CONTROLLER``, ``AUTH_ROLE``, ``SEC_STATE``, ``SEC_LAPSED``, and as
    ``take_assets``.
    """
    pool = require(context, message.pool)
    require_party(context, pool, ORIGINATOR)
    require_state(pool, OPEN)
    require_in_time(context, pool)
    after = take_assets(context, pool, message.keys, assets_of(message.assets))
    store(context, after)
    _tell(context, "added", after, len(message.assets))


def drop(context: Context, message: DropAssets) -> None:
    """Take assets out: the originator while it is open; anybody once it has lapsed or is closed, for then no
    deal needs them, whether or not their originator is still there to say so.

    ``SEC_STATE``, ``AUTH_CONTROLLER``, ``AUTH_ROLE``, ``SEC_ASSET_ABSENT``.
    """
    pool = require(context, message.pool)
    if pool.state != CLOSED and not is_lapsed(context, pool):
        require_state(pool, OPEN)
        require_party(context, pool, ORIGINATOR)
    assets = assets_of(message.assets)
    after = replace(free_assets(context, pool, assets), count=pool.count - len(assets))
    if pool.state != CLOSED:
        after = replace(
            after,
            original_minor=pool.original_minor - original_of(assets),
            balance_minor=pool.balance_minor - balance_of(assets),
        )
    assert min(after.count, after.balance_minor) >= 0, "what is dropped was added"
    store(context, after)
    _tell(context, "dropped", after, len(assets))


def seal(context: Context, message: SealPool) -> None:
    """Seal a pool. ``AUTH_CONTROLLER``, ``AUTH_ROLE``, ``SEC_STATE``, ``SEC_LAPSED``, ``SEC_COUNT_MISMATCH``,
    ``SEC_BALANCE_MISMATCH``, ``SEC_ROOT_MISMATCH`` where other assets are in it than are said.
    """
    pool = require(context, message.pool)
    require_party(context, pool, ORIGINATOR)
    require_state(pool, OPEN)
    require_in_time(context, pool)
    _require_same(pool, message)
    if pool.count == 0 or pool.balance_minor == 0:
        raise CountMismatch(facts_of(pool, count=0, expected=1), "add assets on which something is owed")
    sealed = replace(pool, state=SEALED, sealed_minor=pool.balance_minor, root=message.root)
    store(context, sealed)
    context.emit(
        "sealed",
        (pool.key, pool.count, pool.original_minor, pool.balance_minor, pool.currency, message.root),
    )


def accept(context: Context, message: AcceptPool) -> None:
    """Accept a sealed pool as its trustee. As ``seal``; ``SEC_ROOT_MISMATCH`` for another root, too."""
    pool = require(context, message.pool)
    require_party(context, pool, TRUSTEE)
    require_state(pool, SEALED)
    require_in_time(context, pool)
    _require_same(pool, message)
    if message.root != pool.root:
        assert pool.root is not None, "what is sealed has a root"
        raise RootMismatch(facts_of(pool, root=message.root.hex(), expected=pool.root.hex()))
    store(context, replace(pool, state=ACCEPTED))
    context.emit("accepted", (pool.key, pool.trustee, pool.count, pool.balance_minor, pool.currency))


def reopen(context: Context, message: OnPool) -> None:
    """Open a sealed pool again, which the trustee has not accepted. ``AUTH_CONTROLLER``, ``AUTH_ROLE``,
    ``SEC_STATE``, ``SEC_LAPSED``.
    """
    pool = require(context, message.pool)
    require_party(context, pool, ORIGINATOR)
    require_state(pool, SEALED)
    require_in_time(context, pool)
    store(context, replace(pool, state=OPEN, sealed_minor=0, root=None))
    context.emit("reopened", (pool.key, pool.originator))


def rename(context: Context, message: RenameAssets) -> None:
    """Name assets under the keys in force, so that an older key can end. ``AUTH_CONTROLLER``, ``AUTH_ROLE``,
    ``SEC_STATE``, ``SEC_ASSET_ABSENT`` where two rows are not of one asset, and as ``take_assets`` and
    ``free_assets``.
    """
    pool = require(context, message.pool)
    require_party(context, pool, ORIGINATOR)
    require_state(pool, OPEN, ACCEPTED, ISSUED)
    before, after = assets_of(message.before), assets_of(message.after)
    if len(before) != len(after):
        raise AssetAbsent(facts_of(pool, number=min(len(before), len(after)) + 1), SAME_ASSETS)
    for one, other in zip(before, after, strict=True):
        context.meter.spend(DECLARED)
        if not _is_renamed(one, other):
            raise AssetAbsent(facts_of(pool, number=one.number), SAME_ASSETS)
    less = replace(
        free_assets(context, pool, before), asset_minor_max=None, maturity_day_max=None, arrears_days_max=None
    )
    less = replace(less, count=0, original_minor=0, balance_minor=0)
    more = take_assets(context, less, message.keys, after)
    store(context, replace(pool, ids_sum=more.ids_sum))
    _tell(context, "renamed", pool, len(after))


def _is_renamed(before: PooledAsset, after: PooledAsset) -> bool:
    """Decide whether two rows are of one asset: the later one has all its names, under a newer key one more
    for each, and says the same of it. Nobody takes other assets into a pool as names of one that is in it.
    """
    most = 2 if after.epoch > before.epoch else 1
    is_named = all(
        {*later}.issuperset(earlier) and len(later) <= most * len(earlier)
        for earlier, later in ((before.contracts, after.contracts), (before.collateral, after.collateral))
    )
    return is_named and before.row[3:] == after.row[3:]


def _require_same(pool: Pool, message: SealPool | AcceptPool) -> None:
    if message.count != pool.count:
        raise CountMismatch(facts_of(pool, count=message.count, expected=pool.count))
    for stated, expected in (
        (message.original_minor, pool.original_minor),
        (message.balance_minor, pool.balance_minor),
    ):
        if stated != expected:
            raise BalanceMismatch(amounts_of(pool, balance_minor=stated, expected_minor=expected))
    digest = sum_digest(pool.ids_sum)
    if message.digest != digest:
        facts = facts_of(pool, root=message.digest.hex(), expected=digest.hex())
        raise RootMismatch(facts, "name the assets that are in the pool, as they were added")


def _tell(context: Context, name: str, pool: Pool, assets: int) -> None:
    """Emit that assets went in or out, and what the pool holds now."""
    context.emit(name, (pool.key, assets, pool.count, pool.balance_minor, pool.currency))
