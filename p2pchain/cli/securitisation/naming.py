"""Rows of assets as the chain gets them: read from a file or from receivables of this chain, their
identifiers hashed under the financiers' key on this side of the socket.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from p2pchain.business.receivable.fields import ID as RECEIVABLE_ID
from p2pchain.business.securitisation.fields import AssetRow
from p2pchain.cli.files import read_file
from p2pchain.cli.modules.arguments import resolve_id
from p2pchain.cli.modules.client_part import Work
from p2pchain.client.financiers_key import keys_in_force, read_registry_keys, recorded_epochs
from p2pchain.client.registry import FIRST_EPOCH, EpochKey, key_id, key_operation
from p2pchain.documents.tape import COLLATERAL, CONTRACT, TAPE_BYTES_MAX, TapeAsset, asset_digest
from p2pchain.documents.tape_file import read_tape
from p2pchain.model.errors import Fact
from p2pchain.model.ids import ChainId
from p2pchain.model.transaction import Operation
from p2pchain.presentation.entry import ValueInvalid

CURRENCY_ASKED: Final = "USD"
"""In which amounts are read where no pool says it, and nothing is done with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """Keys under which assets are named. ``first``: the operation that records the first key, where the chain
    knows none yet.
    """

    live: tuple[EpochKey, ...]
    first: Operation | None

    @property
    def value(self) -> tuple[tuple[int, bytes], ...]:
        """(epoch, key id) of each, as an operation has them."""
        return tuple((epoch.epoch, key_id(epoch.key)) for epoch in self.live)


async def keyring(work: Work) -> Keyring:
    """Match this home's keys with those of the chain. Raises ``Refused`` ``REG_KEY_MISSING``,
    ``REG_WRONG_KEY``.
    """
    directory = work.session.keys
    keys = read_registry_keys(directory)
    chain_id = ChainId(str((await work.client.status())["chain_id"]))
    live = keys_in_force(await recorded_epochs(work.client), keys, chain_id, directory)
    if live is not None:
        return Keyring(live=live, first=None)
    only = (EpochKey(epoch=FIRST_EPOCH, key=keys[0]),)
    return Keyring(live=only, first=key_operation("set_key", FIRST_EPOCH, keys[0], chain_id))


def rows_of(assets: Sequence[TapeAsset], ring: Keyring, epochs: Sequence[int] = ()) -> tuple[AssetRow, ...]:
    """Name assets under all keys in force, or under those of ``epochs``."""
    live = [epoch for epoch in ring.live if not epochs or epoch.epoch in epochs]
    return tuple(_row(asset, live) for asset in assets)


def tape_of(path: Path, currency: str, skip: Sequence[int] = ()) -> tuple[TapeAsset, ...]:
    """Read a file without the assets of these numbers. Raises ``Refused``: what ``read_tape`` refuses,
    ``FILE_UNREADABLE``.
    """
    data = read_file(path, TAPE_BYTES_MAX, "give the file of the assets")
    return tuple(asset for asset in read_tape(data, currency) if asset.number not in skip)


async def receivable_rows(work: Work, texts: Sequence[str]) -> tuple[AssetRow, ...]:
    """Rows of receivables of this chain, by their ids or first digits."""
    rows: list[AssetRow] = []
    for text in texts:
        id_ = await resolve_id(work.directory, work.client, RECEIVABLE_ID, text)
        shown = await work.client.query("receivable", "show", {"receivable": id_})
        amount, due_day = int(str(shown["amount_minor"])), int(str(shown["due_day"]))
        rows.append((0, (), (), (), id_, amount, amount, due_day, 0))
    return tuple(rows)


async def currency_of(work: Work) -> str:
    """Ask for the currency of the pool that is acted on."""
    shown = await work.client.query("securitisation", "show", {"pool": pool_of(work)})
    return str(shown["currency"])


def numbers_in(text: str) -> range:
    """Read ``1-700`` or ``5``. Raises ``ValueInvalid``."""
    first, _, last = text.partition("-")
    if first.isascii() and first.isdigit() and (not last or (last.isascii() and last.isdigit())):
        return range(int(first), int(last or first) + 1)
    facts: dict[str, Fact] = {"argument": "rows", "found": text, "expected": "numbers such as 1-700"}
    raise ValueInvalid(facts)


def pool_of(work: Work) -> bytes:
    """Give the pool that is acted on."""
    pool = work.values["pool"]
    assert isinstance(pool, bytes), "the field takes an id"
    return pool


def _row(asset: TapeAsset, live: Sequence[EpochKey]) -> AssetRow:
    contracts = tuple(
        asset_digest(epoch.key, CONTRACT, identity) for identity in asset.contracts for epoch in live
    )
    collateral = tuple(
        asset_digest(epoch.key, COLLATERAL, identity) for identity in asset.collateral for epoch in live
    )
    is_named = bool(contracts or collateral)
    return (
        live[-1].epoch if is_named and live else 0,
        contracts,
        collateral,
        asset.documents,
        None,
        asset.original_minor,
        asset.balance_minor,
        asset.maturity_day,
        asset.arrears_days,
    )
