"""Rows of the derived index: entries of a block, their fields in lists, their selection."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

PLACES: Final = 1 << 20
"""A position in the index is height * PLACES + place in the block."""
ID_DIGITS: Final = 64
"""Hexadecimal digits of a whole id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedTransaction:
    """One transaction of a block. ``orgs``: of its signers, in their order, each once; ``modules``: of its
    operations; ``operation``: the first one, ``module action``; ``operations``: how many there are.
    """

    tx_id: bytes
    orgs: tuple[str, ...]
    modules: tuple[str, ...]
    operation: str
    operations: int
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedBlock:
    """One block. ``proposer``: its organisation, empty where nobody knows; ``owners``: keys that the block
    gave to organisations.
    """

    height: int
    block_id: bytes
    time_ms: int
    proposer: str
    owners: tuple[tuple[bytes, str], ...]
    transactions: tuple[IndexedTransaction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedTransaction:
    """One transaction of a list; fields as in ``IndexedTransaction``."""

    height: int
    place: int
    tx_id: bytes
    time_ms: int
    orgs: tuple[str, ...]
    operation: str
    operations: int
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedBlock:
    """One block of a list. ``transactions``: how many it holds."""

    height: int
    block_id: bytes
    time_ms: int
    proposer: str
    transactions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A page of a list. ``org``, ``module``: empty for all; ``from_ms``: first time; ``until_ms``: first
    time that is too late; ``before``: position below which the page begins; ``limit``: rows at most.
    """

    org: str = ""
    module: str = ""
    from_ms: int | None = None
    until_ms: int | None = None
    before: int | None = None
    limit: int


def lists_of(orgs: Collection[str], modules: Collection[str]) -> Iterator[tuple[str, str]]:
    """Name the lists that a row belongs to: of each organisation, of each module, and of each pair."""
    for org in orgs:
        yield org, ""
        for module in modules:
            yield org, module
    for module in modules:
        yield "", module


def id_range(beginning: str) -> tuple[bytes, bytes]:
    """Return the lowest and the highest id that begin with these hexadecimal digits."""
    return bytes.fromhex(beginning.ljust(ID_DIGITS, "0")), bytes.fromhex(beginning.ljust(ID_DIGITS, "f"))
