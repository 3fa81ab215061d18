"""Index of documents by name, and of invoices by their corrections.

Records (keys after ``registry/``): ``name/<digest>`` and ``correction/<digest>`` → ``[[[document, org,
count], ...], hidden]``. An entry stands for the registrations of one document under the digest: how many,
and which organisation's came first. At most ``NAMED_MAX`` documents are named; registrations of others are
counted as ``hidden``. So what a rule costs does not grow with what others register, and nobody is shut out
from the warning: whoever fills the list is a warning itself, and what is hidden counts as similar.

Who is named when the list is full: an organisation without an entry takes the place of the last entry of the
one that has most, where that has more than one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Final

from p2pchain.business.registry.declaration import Declarations
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.meter import ENTRY
from p2pchain.model.ids import OrgId
from p2pchain.model.transaction import Value

NAME: Final = b"name/"
CORRECTION: Final = b"correction/"
NAMED_MAX: Final = 16
"""Most documents that are named under one digest."""

Entry = tuple[bytes, OrgId, int]
"""(document, the organisation whose registration came first, how many registrations)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Documents registered under one digest: ``hidden`` registrations are counted and not named."""

    entries: tuple[Entry, ...]
    hidden: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Other documents that share a name, or are corrected, or correct, ascending; each with the organisation
    that registered it first. ``hidden``: there are more, which are not named.
    """

    entries: tuple[tuple[bytes, OrgId], ...]
    hidden: bool

    @property
    def documents(self) -> tuple[bytes, ...]:
        """Those that are named, ascending."""
        return tuple(document for document, _ in self.entries)

    @property
    def count(self) -> int:
        """Return the least number of documents; 0 for none."""
        return len(self.entries) + (1 if self.hidden else 0)


def under(view: View, key: bytes) -> Named:
    """Read the documents under a key of this index."""
    match view.get(key):
        case (tuple(entries), int(hidden)):
            view.meter.spend(ENTRY * len(entries))
            return Named(entries=tuple(map(_entry, entries)), hidden=hidden)
        case None:
            return Named(entries=(), hidden=0)
        case record:
            raise AssertionError(f"name record {record!r}")


def keys_of(declarations: Declarations) -> tuple[bytes, ...]:
    """Keys under which a registration is entered, ascending."""
    keys: dict[bytes, None] = {}
    for declaration in declarations:
        keys |= dict.fromkeys(NAME + digest for digest in declaration.digests)
        keys |= dict.fromkeys(CORRECTION + digest for digest in declaration.corrects)
    return tuple(sorted(keys))


def overlap(view: View, document: bytes, declarations: Declarations) -> Overlap:
    """Find the other documents that overlap with what is declared of ``document``."""
    documents: dict[bytes, OrgId] = {}
    hidden = False
    for key in _overlapping(declarations):
        named = under(view, key)
        documents |= {other: org for other, org, _ in named.entries}
        hidden = hidden or named.hidden > 0
    documents.pop(document, None)
    return Overlap(entries=tuple(sorted(documents.items())), hidden=hidden)


def enter(context: Context, document: bytes, org: OrgId, keys: tuple[bytes, ...]) -> None:
    """Enter a registration under these keys."""
    for key in keys:
        _store(context, key, _with(under(context, key), document, org))


def leave(context: Context, document: bytes, keys: tuple[bytes, ...]) -> None:
    """Take a registration out again that was entered under these keys."""
    for key in keys:
        named = under(context, key)
        entries = tuple(
            (other, org, count - 1 if other == document else count) for other, org, count in named.entries
        )
        if entries == named.entries:
            _store(context, key, replace(named, hidden=named.hidden - 1))
        else:
            left = tuple(entry for entry in entries if entry[2])
            _store(context, key, replace(named, entries=left))


def _overlapping(declarations: Declarations) -> tuple[bytes, ...]:
    keys: dict[bytes, None] = {}
    for declaration in declarations:
        for digest in declaration.digests:
            keys |= {NAME + digest: None, CORRECTION + digest: None}
        keys |= dict.fromkeys(NAME + digest for digest in declaration.corrects)
    return tuple(keys)


def _with(named: Named, document: bytes, org: OrgId) -> Named:
    entries = tuple(
        (other, first, count + 1 if other == document else count) for other, first, count in named.entries
    )
    if entries != named.entries:
        return replace(named, entries=entries)
    if len(entries) < NAMED_MAX:
        return replace(named, entries=(*entries, (document, org, 1)))
    shares = Counter(first for _, first, _ in entries)
    largest, most = min(shares.items(), key=lambda share: (-share[1], share[0]))
    if org in shares or most == 1:
        return replace(named, hidden=named.hidden + 1)
    place = max(number for number, entry in enumerate(entries) if entry[1] == largest)
    kept = (*entries[:place], *entries[place + 1 :], (document, org, 1))
    return Named(entries=kept, hidden=named.hidden + entries[place][2])


def _store(context: Context, key: bytes, named: Named) -> None:
    assert named.hidden >= 0, "what leaves was entered"
    if named.entries or named.hidden:
        context.put(key, (named.entries, named.hidden))
    else:
        context.delete(key)


def _entry(value: Value) -> Entry:
    match value:
        case (bytes(document), str(org), int(count)):
            return document, OrgId(org), count
        case _:
            raise AssertionError(f"name entry {value!r}")
