"""Declaration of an invoice by a financier: its names, its content, and the invoices that it corrects.

All of it are keyed hashes that the client makes (documents.md): the ledger compares them and knows no more. A
*name* is ``[scheme tag of 8 bytes, strength, digest of 32 bytes]``. Strength is the sum of ``STRONG`` (1: who
shares it is of one seller and bears one number) and ``APART`` (2: a seller has one identity in this scheme).
``content`` is a hash over date, currency and total.

A *declaration* is ``[epoch, key id, content, [name, ...], [digest, ...]]``: under the key of which epoch the
hashes were made, and last the names of the invoices that it corrects. While two epochs live a registration
has one declaration for each.

Two declarations under one key are of the same invoice, *exact*, where

- their document ids are equal (``document_id``), or
- their contents are equal, a digest is strong in both, and there is no scheme in which both have names that
  tell apart and share none: two companies of one VAT group share the first and differ in the last.

The id of a document does not cover weak names: what one registrant declares beside the strong ones counts for
that registrant alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

from p2pchain.codec.cbor import encode
from p2pchain.crypto.hashing import sha256
from p2pchain.ledger.kinds import Bounds, Kind
from p2pchain.model.ids import HASH_BYTES, INTEGER_MAX
from p2pchain.model.transaction import Value

NAMES_MAX: Final = 16
"""Most names of one declaration, and most names of invoices that it corrects."""
EPOCHS_LIVE_MAX: Final = 2
"""Most epochs of the key that live at one time."""
TAG_BYTES: Final = 8
STRONG: Final = 1
APART: Final = 2
DOMAIN_DOCUMENT: Final = "p2pchain/registry/document"
NAMING_VERSION: Final = 2
"""Version of the naming that ``documents.md`` describes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """One name of an invoice."""

    tag: bytes
    strength: int
    digest: bytes

    @property
    def is_strong(self) -> bool:
        """Test whether a shared name proves the same seller and number."""
        return self.strength & STRONG != 0

    @property
    def tells_apart(self) -> bool:
        """Test whether different names of this scheme prove different sellers."""
        return self.strength & APART != 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """Declaration of an invoice under the key of one epoch."""

    epoch: int
    key_id: bytes
    content: bytes
    names: tuple[Name, ...]
    corrects: tuple[bytes, ...]

    @property
    def document(self) -> bytes:
        """Id of the document that it declares."""
        return document_id(self.names, self.content)

    @property
    def strong(self) -> tuple[bytes, ...]:
        """Digests of the strong names, ascending."""
        return tuple(sorted(name.digest for name in self.names if name.is_strong))

    @property
    def digests(self) -> tuple[bytes, ...]:
        """Digests of all names, ascending."""
        return tuple(sorted(name.digest for name in self.names))


Declarations = tuple[Declaration, ...]
"""Of one registration, ascending by epoch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationsKind(Kind):
    """One declaration for each of at most ``EPOCHS_LIVE_MAX`` epochs, ascending."""

    @property
    def bounds(self) -> Bounds:
        """Its kind, and how many names and epochs."""
        return {"kind": "declarations", "most": EPOCHS_LIVE_MAX, "names_max": NAMES_MAX}

    def accepts(self, value: Value) -> bool:
        """Test the shape of an array of declarations."""
        if not isinstance(value, tuple) or not 1 <= len(value) <= EPOCHS_LIVE_MAX:
            return False
        if not all(map(is_declaration, value)):
            return False
        epochs = [declaration.epoch for declaration in declarations_of(value)]
        return epochs == sorted(epochs) and len({*epochs}) == len(epochs)


def document_id(names: Sequence[Name], content: bytes) -> bytes:
    """Compute the id of a document.

    SHA-256 over content and the digests of the names that are strong or tell apart, ascending; over all names
    where none is strong.
    """
    return sha256(encode((DOMAIN_DOCUMENT, NAMING_VERSION, content, tuple(sorted(identifying(names))))))


def identifying(names: Sequence[Name]) -> set[bytes]:
    """Select the digests that the id of a document covers."""
    if any(name.strength & STRONG for name in names):
        return {name.digest for name in names if name.strength}
    return {name.digest for name in names}


def are_exact(ones: Declarations, others: Declarations) -> bool:
    """Test whether two registrations are of the same invoice, under any epoch's key."""
    return any(one.epoch == other.epoch and is_exact(one, other) for one in ones for other in others)


def is_exact(one: Declaration, other: Declaration) -> bool:
    """Test whether two declarations under one key are of the same invoice. The content that a document's id
    covers is compared instead of two ids: a rule asks this of every claim and every similar document.
    """
    if one.content != other.content:
        return False
    if identifying(one.names) == identifying(other.names):
        return True
    return not {*one.strong}.isdisjoint(other.strong) and not _are_told_apart(one, other)


def names_in(declarations: Declarations) -> int:
    """Count the names of a registration: what it costs to read and to compare."""
    return sum(len(declaration.names) for declaration in declarations)


def is_declaration(value: Value) -> bool:
    """Test whether a value has the shape of one declaration."""
    match value:
        case (int(epoch), bytes(key_id), bytes(content), tuple(names), tuple(corrects)):
            sizes = {len(key_id), len(content), *map(_size, corrects)}
            if type(epoch) is not int or not 1 <= epoch <= INTEGER_MAX or sizes != {HASH_BYTES}:
                return False
            if not 1 <= len(names) <= NAMES_MAX or len(corrects) > NAMES_MAX:
                return False
            digests = {name.digest for name in map(_name_of, names) if name is not None}
            return len(digests) == len(names) and len({*corrects}) == len(corrects)
    return False


def declarations_of(value: Value) -> Declarations:
    """The declarations of a value that ``DeclarationsKind`` accepts."""
    assert isinstance(value, tuple), f"declarations, not {value!r}"
    return tuple(map(_declaration_of, value))


def values_of(declarations: Declarations) -> tuple[Value, ...]:
    """The value of declarations, for an operation or a record."""
    return tuple(
        (
            declaration.epoch,
            declaration.key_id,
            declaration.content,
            tuple((name.tag, name.strength, name.digest) for name in declaration.names),
            declaration.corrects,
        )
        for declaration in declarations
    )


def _are_told_apart(one: Declaration, other: Declaration) -> bool:
    """Test whether a scheme exists whose names prove different sellers. Both have names in it that tell
    apart, and share none.
    """
    ours, theirs = _apart_by_scheme(one), _apart_by_scheme(other)
    return any(theirs.get(tag, digests).isdisjoint(digests) for tag, digests in ours.items())


def _apart_by_scheme(declaration: Declaration) -> dict[bytes, set[bytes]]:
    digests: dict[bytes, set[bytes]] = {}
    for name in declaration.names:
        if name.strength & APART:
            digests.setdefault(name.tag, set()).add(name.digest)
    return digests


def _name_of(value: Value) -> Name | None:
    """The name of a value, None where it is none."""
    match value:
        case (bytes(tag), int(strength), bytes(digest)):
            sizes = len(tag), len(digest)
            if type(strength) is int and 0 <= strength <= STRONG + APART and sizes == (TAG_BYTES, HASH_BYTES):
                return Name(tag=tag, strength=strength, digest=digest)
    return None


def _size(value: Value) -> int:
    return len(value) if isinstance(value, bytes) else -1


def _declaration_of(value: Value) -> Declaration:
    match value:
        case (int(epoch), bytes(key_id), bytes(content), tuple(names), tuple(corrects)):
            triples = cast("tuple[tuple[bytes, int, bytes], ...]", names)
            return Declaration(
                epoch=epoch,
                key_id=key_id,
                content=content,
                names=tuple(
                    Name(tag=tag, strength=strength, digest=digest) for tag, strength, digest in triples
                ),
                corrects=cast("tuple[bytes, ...]", corrects),
            )
        case _:
            raise AssertionError(f"declaration {value!r}")
