"""Assets of a pool, as the index of encumbrances holds them: taken all or none, freed by whoever says the
same of them again.

Each identifier class of an asset is taken for itself, so that the same car under a new contract number is
met: ``contract`` and ``collateral`` by keyed hashes, which the client makes under the key that financiers
share (documents.md); ``document``, an invoice, through the registry, which knows it under all its names; a
``receivable`` of this chain through its module, which keeps it from changing hands while it is pooled. The
basis of every encumbrance is the asset's id: a commitment to its row and its pool.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from p2pchain.business.encumbrance.module import POOLED, THINGS_MAX
from p2pchain.business.encumbrance.refusals import EncumbranceActive
from p2pchain.business.securitisation.asset_row import PooledAsset, balance_of, original_of
from p2pchain.business.securitisation.fields import ASSETS_MAX, DOCUMENT, MONEY_MAX, RECEIVABLE
from p2pchain.business.securitisation.pool import Pool, amounts_of, facts_of
from p2pchain.business.securitisation.refusals import (
    AmountBeyond,
    AssetAbsent,
    AssetIneligible,
    AssetTaken,
    DocumentOfAsset,
    DocumentUnregisteredBy,
    KeysOther,
)
from p2pchain.crypto.multiset import sum_with, sum_without
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.meter import DECLARED
from p2pchain.model.transaction import Value

NOBODY: Final = ("", b"")
"""Module and basis that hold nothing: whatever is held is held elsewhere."""

SUMMED: Final = 40
"""Work of adding an asset to the sum over a pool, or taking it out."""

Keys = tuple[tuple[int, bytes], ...]
"""(epoch, key id) of each key of the financiers under which assets are named."""


def take_assets(context: Context, pool: Pool, keys: Keys, assets: tuple[PooledAsset, ...]) -> Pool:
    """Encumber assets for a pool, all or none; the pool with them, not stored.

    Refusals, in this order: ``SEC_KEYS``, ``SEC_INELIGIBLE``, ``SEC_AMOUNT_BEYOND``, ``SEC_ASSET_TAKEN``,
    ``SEC_DOCUMENT_UNREGISTERED``, ``SEC_DOCUMENT_NEEDED``, what the receivable refuses.
    """
    context.meter.spend((DECLARED + SUMMED) * len(assets))
    _require_keys(context, pool, keys, assets)
    for asset in assets:
        _require_eligible(pool, asset)
    after = replace(
        pool,
        count=pool.count + len(assets),
        original_minor=pool.original_minor + original_of(assets),
        balance_minor=pool.balance_minor + balance_of(assets),
        ids_sum=sum_with(pool.ids_sum, _ids(pool, assets)),
    )
    _require_bounded(after)
    _require_untaken(context, pool, assets)
    for asset in assets:
        _take(context, pool, asset)
    _count_named(context, assets, 1)
    return after


def free_assets(context: Context, pool: Pool, assets: tuple[PooledAsset, ...]) -> Pool:
    """Free assets of a pool; the pool without their ids, not stored. ``SEC_ASSET_ABSENT`` with the number of
    the first that is not in it, or is described otherwise than when it was added.
    """
    context.meter.spend((DECLARED + SUMMED) * len(assets))
    for asset in assets:
        if not _free(context, pool, asset):
            raise AssetAbsent(facts_of(pool, number=asset.number))
    _count_named(context, assets, -1)
    return replace(pool, ids_sum=sum_without(pool.ids_sum, _ids(pool, assets)))


def _ids(pool: Pool, assets: tuple[PooledAsset, ...]) -> tuple[bytes, ...]:
    return tuple(asset.basis(pool.key) for asset in assets)


def places_held(view: View, things: tuple[bytes, ...]) -> tuple[tuple[int, str], ...]:
    """(place, kind) of each thing that is encumbered, for whatever deal."""
    held = view.call("encumbrance", "held_elsewhere", things, *NOBODY)
    assert isinstance(held, tuple), f"places, not {held!r}"
    return tuple(map(_place, held))


def _place(value: Value) -> tuple[int, str]:
    match value:
        case (int(place), str(kind)):
            return place, kind
        case _:
            raise AssertionError(f"a place {value!r}")


def _require_keys(view: View, pool: Pool, keys: Keys, assets: tuple[PooledAsset, ...]) -> None:
    """``SEC_KEYS`` unless whatever is known by hashes is so under each key in force."""
    epochs = [asset.epoch for asset in assets if asset.is_named]
    if not epochs:
        return
    live = view.call("registry", "keys_in_force")
    oldest, newest = (keys[0][0], keys[-1][0]) if keys else (0, 0)
    if keys != live or not keys or any(epoch != newest for epoch in epochs):
        raise KeysOther(facts_of(pool, oldest=oldest, newest=newest))


def _require_eligible(pool: Pool, asset: PooledAsset) -> None:
    criterion = ""
    if not asset.first_class:
        criterion = "identity"
    elif asset.balance_minor > asset.original_minor:
        criterion = "original"
    elif pool.asset_minor_max is not None and asset.balance_minor > pool.asset_minor_max:
        criterion = "balance"
    elif pool.maturity_day_max is not None and asset.maturity_day > pool.maturity_day_max:
        criterion = "maturity"
    elif pool.arrears_days_max is not None and asset.arrears_days > pool.arrears_days_max:
        criterion = "arrears"
    if criterion:
        raise AssetIneligible(facts_of(pool, number=asset.number, criterion=criterion))


def _require_bounded(pool: Pool) -> None:
    largest = max(pool.original_minor, pool.balance_minor)
    if largest > MONEY_MAX:
        raise AmountBeyond(amounts_of(pool, amount_minor=largest, most_minor=MONEY_MAX))
    if pool.count > ASSETS_MAX:
        raise AmountBeyond(facts_of(pool, count=pool.count, most=ASSETS_MAX), "make a second pool")


def _require_untaken(view: View, pool: Pool, assets: tuple[PooledAsset, ...]) -> None:
    """``SEC_ASSET_TAKEN`` with how many assets are, the first of them, and the class that matched."""
    known: list[tuple[int, str]] = []
    things: list[bytes] = []
    for asset in assets:
        documented = asset.documented() if asset.receivable is None else ()
        for class_, thing in (*asset.hashed(), *documented):
            known.append((asset.number, class_))
            things.append(thing)
    view.meter.spend(DECLARED * len(things))
    if len(things) > THINGS_MAX:
        facts = facts_of(pool, identifiers=len(things), most=THINGS_MAX)
        raise AmountBeyond(facts, "add fewer assets at once")
    held = places_held(view, tuple(things))
    if held:
        taken = dict.fromkeys(known[place][0] for place, _ in held)
        number, class_ = known[held[0][0]]
        raise _taken(pool, number, class_, len(taken), len(assets))


def _taken(pool: Pool, number: int, class_: str, taken: int, of: int) -> AssetTaken:
    facts = facts_of(pool, taken=taken, of=of, number=number)
    return AssetTaken({**facts, "class": class_})


def _take(context: Context, pool: Pool, asset: PooledAsset) -> None:
    basis = asset.basis(pool.key)
    class_ = asset.first_class
    try:
        if hashed := asset.hashed():
            things = tuple(thing for _, thing in hashed)
            context.call("encumbrance", "take_all", things, context.module, basis, POOLED, pool.originator)
        own = None
        if asset.receivable is not None:
            class_ = RECEIVABLE
            named = (asset.receivable, context.module, basis, pool.originator)
            own = _own_document(pool, asset, context.call("receivable", "pool", *named))
        class_ = DOCUMENT
        for document in asset.documents:
            if document != own:
                _take_document(context, pool, asset, document, basis)
    except EncumbranceActive as active:
        raise _taken(pool, asset.number, class_, 1, 1) from active


def _own_document(pool: Pool, asset: PooledAsset, held: Value) -> bytes | None:
    """Give the invoice that a receivable itself names, after holding its terms against the row."""
    assert asset.receivable is not None, "a receivable is pooled"
    match held:
        case (int(amount_minor), str(currency), int(due_day), document, bool(is_documented)):
            criterion = ""
            if currency != pool.currency:
                criterion = "currency"
            elif (amount_minor, amount_minor) != (asset.original_minor, asset.balance_minor):
                criterion = "balance"
            elif due_day != asset.maturity_day:
                criterion = "maturity"
            if criterion:
                raise AssetIneligible(facts_of(pool, number=asset.number, criterion=criterion))
            if not (is_documented or asset.documents):
                facts = facts_of(pool, number=asset.number, receivable=asset.receivable.hex())
                raise DocumentOfAsset(facts)
            return document if isinstance(document, bytes) else None
        case _:
            raise AssertionError(f"a pooled receivable {held!r}")


def _take_document(context: Context, pool: Pool, asset: PooledAsset, document: bytes, basis: bytes) -> None:
    if not context.call("registry", "is_registered", document, pool.originator):
        facts = facts_of(pool, number=asset.number, document=document.hex())
        raise DocumentUnregisteredBy(facts)
    context.call("registry", "take", document, context.module, basis, POOLED, pool.originator)


def _free(context: Context, pool: Pool, asset: PooledAsset) -> bool:
    """Free an asset; whether it was in the pool. An invoice whose claim was struck is no matter, as long as
    something else shows that the asset is there.
    """
    basis = asset.basis(pool.key)
    things = tuple(dict.fromkeys(thing for _, thing in asset.hashed()))
    if context.call("encumbrance", "free_all", things, context.module, basis) != len(things):
        return False
    is_held = bool(things)
    if asset.receivable is not None:
        is_held = True
        if context.call("receivable", "unpool", asset.receivable, context.module, basis) is not True:
            return False
    for document, (_, thing) in zip(asset.documents, asset.documented(), strict=True):
        match context.call("encumbrance", "holder_of", thing):
            case (module, its_basis, _, _) if (module, its_basis) == (context.module, basis):
                is_held = True
                context.call("registry", "free", document, context.module, basis)
    return is_held


def _count_named(context: Context, assets: tuple[PooledAsset, ...], change: int) -> None:
    """Count, with the financiers' keys, how many assets are named under each of them."""
    by_epoch: dict[int, int] = {}
    for asset in assets:
        if asset.is_named:
            by_epoch[asset.epoch] = by_epoch.get(asset.epoch, 0) + change
    for epoch, count in sorted(by_epoch.items()):
        context.call("registry", "count_named", epoch, count)
