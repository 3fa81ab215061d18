"""An asset as a message has it, with names for the values of its row."""

from __future__ import annotations

from dataclasses import dataclass

from p2pchain.business.encumbrance.module import DOCUMENT as DOCUMENT_SORT
from p2pchain.business.encumbrance.module import thing_of
from p2pchain.business.securitisation.fields import (
    COLLATERAL,
    CONTRACT,
    DOCUMENT,
    RECEIVABLE,
    AssetRow,
)
from p2pchain.codec.pool_ids import asset_id


@dataclass(frozen=True, slots=True, kw_only=True)
class PooledAsset:
    """One asset. ``number``: its place in the message, from 1; ``row``: as the message has it, in the order
    of ``ASSET``.
    """

    number: int
    row: AssetRow
    epoch: int
    contracts: tuple[bytes, ...]
    collateral: tuple[bytes, ...]
    documents: tuple[bytes, ...]
    receivable: bytes | None
    original_minor: int
    balance_minor: int
    maturity_day: int
    arrears_days: int

    @property
    def is_named(self) -> bool:
        """Test whether the asset is identified by keyed hashes."""
        return bool(self.contracts or self.collateral)

    @property
    def first_class(self) -> str:
        """The first of the classes that it is known by, empty for none."""
        for class_, ids in (
            (CONTRACT, self.contracts),
            (COLLATERAL, self.collateral),
            (DOCUMENT, self.documents),
        ):
            if ids:
                return class_
        return "" if self.receivable is None else RECEIVABLE

    def hashed(self) -> tuple[tuple[str, bytes], ...]:
        """(class, thing) of all that it is known by as keyed hashes."""
        contracts = [(CONTRACT, thing_of(CONTRACT, digest)) for digest in self.contracts]
        return (*contracts, *((COLLATERAL, thing_of(COLLATERAL, digest)) for digest in self.collateral))

    def documented(self) -> tuple[tuple[str, bytes], ...]:
        """(class, thing) of its invoices."""
        return tuple((DOCUMENT, DOCUMENT_SORT + document) for document in self.documents)

    def basis(self, pool: bytes) -> bytes:
        """Its id within a pool, for which it is encumbered."""
        return asset_id(pool, self.row)


def assets_of(rows: tuple[AssetRow, ...]) -> tuple[PooledAsset, ...]:
    """Name the values of rows that ``ASSET`` accepts."""
    return tuple(
        PooledAsset(
            number=number,
            row=row,
            epoch=row[0],
            contracts=row[1],
            collateral=row[2],
            documents=row[3],
            receivable=row[4],
            original_minor=row[5],
            balance_minor=row[6],
            maturity_day=row[7],
            arrears_days=row[8],
        )
        for number, row in enumerate(rows, 1)
    )


def balance_of(assets: tuple[PooledAsset, ...]) -> int:
    """Sum what is owed on assets as they were added."""
    return sum(asset.balance_minor for asset in assets)


def original_of(assets: tuple[PooledAsset, ...]) -> int:
    """Sum what was owed on assets when they were made."""
    return sum(asset.original_minor for asset in assets)
