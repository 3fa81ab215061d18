"""Operations of the traced goods, for applications: identifiers become ids, events become moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from p2pchain.codec.trace_ids import traced_id
from p2pchain.crypto.hashing import sha256
from p2pchain.documents.epcis import Amount, CustodyMove
from p2pchain.documents.gs1_uris import canonical_uri, company_prefix
from p2pchain.model.ids import HASH_BYTES
from p2pchain.model.refusal import Guilt, Refusal
from p2pchain.model.transaction import Operation, Value

MODULE: Final = "trace"
THINGS_AT_ONCE: Final = 500
"""Things of one operation."""
OPERATIONS_AT_ONCE: Final = 63
"""Moves of one transaction, beside the capture."""


class PrefixUnknown(Refusal):
    """Nobody can say which company's identifier this is."""

    code = "TRACE_PREFIX_UNKNOWN"
    fact_names = ("name",)
    words = "the company prefix of this identifier is not known here"
    next_step = "give it as an EPC URI, or have an authority record the prefix"
    guilt = Guilt.INPUT


class PrefixesDiffer(Refusal):
    """Things of several company prefixes in one step."""

    code = "TRACE_PREFIXES_DIFFER"
    fact_names = ("prefix", "other")
    words = "these identifiers are of several companies"
    next_step = "take one step for each company"
    guilt = Guilt.INPUT


class PartyUnknown(Refusal):
    """An event ships to somebody who is no known member."""

    code = "TRACE_PARTY_UNKNOWN"
    fact_names = ("event", "party")
    words = "the event does not say to which member it ships"
    next_step = "name the member with --to, or have an authority record its company prefix"
    guilt = Guilt.INPUT


class MovesTooMany(Refusal):
    """A file has more moves than one transaction takes."""

    code = "TRACE_MOVES_TOO_MANY"
    fact_names = ("moves", "moves_max")
    words = "the events of this file move more than one transaction takes"
    next_step = "send several files, each of fewer events"
    guilt = Guilt.LIMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedName:
    """An identifier as the ledger has it. ``digest``: SHA-256 of its canonical form."""

    prefix: str
    digest: bytes

    @property
    def id(self) -> bytes:
        """The id of the thing or lot."""
        return traced_id(self.prefix, self.digest)


class Names:
    """Identifiers read against the company prefixes that the chain knows."""

    def __init__(self, owners: Mapping[str, str]) -> None:
        """``owners``: by prefix, who speaks for it."""
        self._owners = owners
        self._known = tuple(sorted(owners))

    def name(self, uri: str) -> TracedName:
        """The name of an identifier, or ``PrefixUnknown``."""
        prefix = company_prefix(uri, self._known)
        if prefix is None:
            raise PrefixUnknown({"name": uri})
        return TracedName(prefix=prefix, digest=sha256((canonical_uri(uri) or uri).encode()))

    def id(self, uri: str) -> bytes:
        """Return the id of an identifier, or the id that its 64 digits are."""
        if len(uri) == 2 * HASH_BYTES and not set(uri.lower()) - set("0123456789abcdef"):
            return bytes.fromhex(uri)
        return self.name(uri).id

    def ids(self, uris: Sequence[str]) -> tuple[bytes, ...]:
        """Ids of identifiers, in their order."""
        return tuple(self.id(uri) for uri in uris)

    def of_one(self, uris: Sequence[str]) -> tuple[str, tuple[bytes, ...]]:
        """The prefix that all share, and the hash of each; ``PrefixesDiffer``."""
        names = [self.name(uri) for uri in uris]
        other = next((name.prefix for name in names if name.prefix != names[0].prefix), None)
        if other is not None:
            raise PrefixesDiffer({"prefix": names[0].prefix, "other": other})
        return names[0].prefix, tuple(name.digest for name in names)

    def owner(self, uri: str | None) -> str | None:
        """The organisation that speaks for the prefix of a party's identifier; None where none does."""
        prefix = None if uri is None else company_prefix(uri, self._known)
        return None if prefix is None else self._owners.get(prefix)


def trace_operation(action: str, *args: Value) -> Operation:
    """An action on traced goods."""
    return Operation(module=MODULE, action=action, args=args)


def moves_to_operations(
    moves: Sequence[CustodyMove], names: Names, quantities: Mapping[bytes, int], to: str | None
) -> tuple[Operation, ...]:
    """The operations of a file's moves. ``quantities``: what is left of things that go into a transformation
    whole, by id; ``to``: who receives where an event does not say. ``PartyUnknown``, ``MovesTooMany``, and
    what ``Names`` raises.
    """
    made = [operation for move in moves for operation in _operations(move, names, quantities, to)]
    if len(made) > OPERATIONS_AT_ONCE:
        raise MovesTooMany({"moves": len(made), "moves_max": OPERATIONS_AT_ONCE})
    return tuple(made)


def whole_inputs(moves: Sequence[CustodyMove], names: Names) -> tuple[bytes, ...]:
    """Ids of things that go into a transformation whole."""
    return tuple(names.id(uri) for move in moves for uri, quantity, _ in move.inputs if not quantity)


def _operations(
    move: CustodyMove, names: Names, quantities: Mapping[bytes, int], to: str | None
) -> Iterator[Operation]:
    when: tuple[Value, ...] = (move.time_ms, move.event)
    for start in range(0, len(move.things), THINGS_AT_ONCE):
        part = move.things[start : start + THINGS_AT_ONCE]
        uris = [uri for uri, _, _ in part]
        match move.action:
            case "bring_in":
                prefix, digests = names.of_one(uris)
                lot = None if move.lot is None else _lot(names, move.lot, prefix).digest
                yield trace_operation("bring_in", prefix, digests, lot, part[0][1], part[0][2], *when)
            case "ship":
                party = names.owner(move.party) or to
                if party is None:
                    raise PartyUnknown({"event": move.number, "party": move.party})
                yield trace_operation("ship", names.ids(uris), party, *when)
            case "receive":
                yield trace_operation("receive", names.ids(uris), *when)
            case "destroy":
                yield trace_operation("destroy", names.ids(uris), *when, None)
            case "pack" | "unpack":
                assert move.parent is not None, "what is packed has a container"
                yield trace_operation(move.action, names.id(move.parent), names.ids(uris), *when)
            case _:
                yield _transform(move, part, names, quantities)


def _transform(
    move: CustodyMove, outputs: Sequence[Amount], names: Names, quantities: Mapping[bytes, int]
) -> Operation:
    prefix, digests = names.of_one([uri for uri, _, _ in outputs])
    inputs = tuple(
        (names.id(uri), quantity or quantities.get(names.id(uri), 0)) for uri, quantity, _ in move.inputs
    )
    made = tuple((digest, quantity, False) for digest, (_, quantity, _) in zip(digests, outputs, strict=True))
    assert move.lot is not None, "what is made is of a lot"
    lot = _lot(names, move.lot, prefix)
    return trace_operation(
        "transform", inputs, made, prefix, lot.prefix, lot.digest, None, move.time_ms, move.event
    )


def _lot(names: Names, uri: str, prefix: str) -> TracedName:
    """Name a lot, with the prefix of its things unless another is known."""
    try:
        return names.name(uri)
    except PrefixUnknown:
        return TracedName(prefix=prefix, digest=sha256((canonical_uri(uri) or uri).encode()))
