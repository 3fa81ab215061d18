"""The pools' part of the client: makes rows, sums and roots of a file of assets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from p2pchain.business.securitisation.fields import ROWS_MAX, AssetRow
from p2pchain.business.securitisation.queries import CHECKED_BYTES_MAX, CHECKED_MAX
from p2pchain.cli.argument_types import FILE
from p2pchain.cli.modules.client_part import ClientPart, FileReader, Made, Work
from p2pchain.cli.securitisation.naming import (
    CURRENCY_ASKED,
    Keyring,
    currency_of,
    keyring,
    numbers_in,
    pool_of,
    receivable_rows,
    rows_of,
    tape_of,
)
from p2pchain.codec.cbor import encode
from p2pchain.codec.pool_ids import asset_leaf, assets_digest
from p2pchain.crypto.merkle import merkle_root
from p2pchain.model.errors import Fact
from p2pchain.model.transaction import Operation, Value
from p2pchain.presentation.entry import ValueInvalid

MODULE: Final = "securitisation"
HASHES_PER_OPERATION: Final = 1_400
"""Identifiers of one operation: its budget of work takes them with all that goes with them."""
RECEIVABLE_COUNTS: Final = 12
"""As how many identifiers a receivable counts, which is written down with its invoice and its history."""


def _file(name: str = "--file", what: str = "The file of the assets: CSV, or EX-102 XML.") -> click.Option:
    return click.Option([name], type=FILE, metavar="FILE", help=what)


def _chosen() -> tuple[click.Parameter, ...]:
    return (
        _file(),
        click.Option(["--skip"], type=int, multiple=True, metavar="N", help="Leave out row N; repeatable."),
        click.Option(["--rows"], metavar="N-M", help="Only these rows of the file [default: all]."),
        click.Option(
            ["--receivable"], multiple=True, metavar="ID", help="A receivable of this chain; repeatable."
        ),
        click.Option(
            ["--under"],
            type=int,
            multiple=True,
            metavar="EPOCH",
            help="Named under the key of this epoch [default: all in force]; repeatable.",
        ),
    )


async def add(work: Work) -> Made:
    """Make the rows to add, split into operations by their work. Raises as ``_assets``."""
    ring = await keyring(work) if work.options["file"] else None
    rows = await _assets(work, ring)
    keys = () if ring is None else ring.value
    parts = _parts(rows)
    before = [_operation("add", work, keys, part) for part in parts[:-1]]
    first = () if ring is None or ring.first is None else (ring.first,)
    return Made(
        values={"keys": keys, "assets": parts[-1]},
        before=(*first, *before),
        notes=(f"{len(rows)} assets in {len(parts)} operations",) if len(parts) > 1 else (),
    )


async def take_out(work: Work) -> Made:
    """Make the rows to take out, as they were added. Raises as ``_assets``."""
    return Made(values={"assets": await _assets(work, await _ring(work))})


async def drop(work: Work) -> Made:
    """Make the rows to drop, split into operations by their work."""
    parts = _parts(await _assets(work, await _ring(work)))
    return Made(
        values={"assets": parts[-1]}, before=tuple(_operation("drop", work, part) for part in parts[:-1])
    )


async def sum_up(work: Work) -> Made:
    """Make count, balances, root and digest of all assets."""
    rows = await _assets(work, await _ring(work))
    return Made(
        values={
            "count": len(rows),
            "original_minor": sum(row[5] for row in rows),
            "balance_minor": sum(row[6] for row in rows),
            "root": _root(work, rows),
            "digest": assets_digest(pool_of(work), rows),
        }
    )


async def close_period(work: Work) -> Made:
    """Compute balance, count and root of the assets at a period's end. Assets on which nothing is owed are
    left out.
    """
    if not work.options["file"]:
        values: dict[str, Value] = {"closing_minor": 0, "count": 0, "root": _root(work, ())}
        return Made(values=values)
    rows = await _assets(work, await _ring(work))
    owed = tuple(row for row in rows if row[6])
    return Made(
        values={
            "closing_minor": sum(row[6] for row in owed),
            "count": len(owed),
            "root": _root(work, owed),
        }
    )


async def rename(work: Work) -> Made:
    """Make rows under the keys of ``--under``, and again under all in force."""
    ring = await keyring(work)
    before = await _assets(work, ring)
    tape = tape_of(_needed(work), await currency_of(work), work.options["skip"])
    after = rows_of([asset for asset in tape if _is_chosen(work, asset.number)], ring)
    return Made(values={"keys": ring.value, "before": before, "after": after})


async def substitute(work: Work) -> Made:
    """Make the rows that go out, and those that come in."""
    ring = await keyring(work)
    out: Path | None = work.options["removed_file"]
    if out is None:
        raise _file_needed("--removed-file FILE: the assets that go out")
    currency = await currency_of(work)
    removed = rows_of(tape_of(out, currency), ring, work.options["under"])
    rows = await _assets(work, ring)
    return Made(values={"keys": ring.value, "removed": removed, "assets": rows})


async def check(work: Work) -> Made:
    """Make the assets that are asked about. Raises as ``tape_of``; ``VALUE_INVALID`` for more than one
    question takes.
    """
    path: Path = work.options["file"]
    rows = rows_of(tape_of(path, work.options["currency"]), await keyring(work))
    chosen: str | None = work.options["rows"]
    if chosen is not None:
        rows = tuple(row for number, row in enumerate(rows, 1) if number in numbers_in(chosen))
    assets = encode(rows)
    if len(rows) > CHECKED_MAX or len(assets) > CHECKED_BYTES_MAX:
        facts: dict[str, Fact] = {"argument": "rows", "found": len(rows), "expected": CHECKED_MAX}
        raise ValueInvalid(facts, f"ask for some of them: --rows 1-{CHECKED_MAX // 2}")
    return Made(values={"assets": assets})


async def _ring(work: Work) -> Keyring | None:
    return await keyring(work) if work.options["file"] else None


async def _assets(work: Work, ring: Keyring | None) -> tuple[AssetRow, ...]:
    """Make the rows that were chosen: of the file, then those of receivables. Raises ``Refused``: what the
    file is refused with, ``VALUE_INVALID`` where nothing is chosen.
    """
    rows: tuple[AssetRow, ...] = ()
    if ring is not None:
        tape = tape_of(_needed(work), await currency_of(work), work.options["skip"])
        chosen = [asset for asset in tape if _is_chosen(work, asset.number)]
        rows = rows_of(chosen, ring, work.options["under"])
    rows += await receivable_rows(work, work.options["receivable"])
    if not rows:
        raise _file_needed("--file FILE or --receivable ID")
    return rows


def _needed(work: Work) -> Path:
    path: Path | None = work.options["file"]
    if path is None:
        raise _file_needed("--file FILE: the assets")
    return path


def _file_needed(expected: str) -> ValueInvalid:
    return ValueInvalid({"argument": "file", "found": None, "expected": expected}, "say which assets")


def _is_chosen(work: Work, number: int) -> bool:
    chosen: str | None = work.options["rows"]
    return chosen is None or number in numbers_in(chosen)


def _parts(rows: Sequence[AssetRow]) -> list[tuple[AssetRow, ...]]:
    """Divide rows into operations whose work fits their budgets."""
    parts: list[tuple[AssetRow, ...]] = []
    part: list[AssetRow] = []
    size = 0
    for row in rows:
        weight = sum(map(len, row[1:4])) + (RECEIVABLE_COUNTS if row[4] is not None else 0)
        if part and (size + weight > HASHES_PER_OPERATION or len(part) == ROWS_MAX):
            parts.append(tuple(part))
            part, size = [], 0
        part.append(row)
        size += weight
    return [*parts, tuple(part)]


def _operation(action: str, work: Work, *args: Value) -> Operation:
    return Operation(module=MODULE, action=action, args=(pool_of(work), *args))


def _root(work: Work, rows: Sequence[AssetRow]) -> bytes:
    pool = pool_of(work)
    return merkle_root([asset_leaf(pool, row) for row in rows])


PART: Final = ClientPart(
    readers={
        "add": FileReader(make=add, parameters=_chosen()),
        "drop": FileReader(make=drop, parameters=_chosen()),
        "seal": FileReader(make=sum_up, parameters=_chosen()),
        "accept": FileReader(make=sum_up, parameters=_chosen()),
        "rename": FileReader(make=rename, parameters=_chosen()),
        "report": FileReader(make=close_period, parameters=_chosen()),
        "verify": FileReader(make=close_period, parameters=_chosen()),
        "repurchase": FileReader(make=take_out, parameters=_chosen()),
        "release": FileReader(make=take_out, parameters=_chosen()),
        "substitute": FileReader(
            make=substitute,
            parameters=(*_chosen(), _file("--removed-file", "The file of the assets that go out.")),
        ),
        "check": FileReader(
            make=check,
            parameters=(
                click.Argument(["file"], type=FILE, metavar="FILE"),
                click.Option(["--rows"], metavar="N-M", help="Only these rows of the file [default: all]."),
                click.Option(
                    ["--currency"],
                    default=CURRENCY_ASKED,
                    show_default=True,
                    help="Currency of the amounts in the file.",
                ),
            ),
        ),
    },
)
