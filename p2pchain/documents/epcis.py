"""A file of EPCIS 2.0 events, JSON-LD or XML: their hashes, the root over them, and the moves of custody.

What moves custody, by event type and action (EPCIS 2.0 §7.4, CBV 2.0 §7.1); all other events are captured and
move nothing::

    ObjectEvent           ADD                  brings things in
    ObjectEvent           DELETE               destroys them
    ObjectEvent           OBSERVE, shipping    ships them to the party of the destination list
    ObjectEvent           OBSERVE, receiving   receives them
    AggregationEvent      ADD, DELETE          packs and unpacks
    TransformationEvent                        makes outputs of inputs

An event that declares an error moves nothing: what it corrects is put right by other events.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from p2pchain.crypto.merkle import merkle_path, merkle_root
from p2pchain.documents.doubles import is_number
from p2pchain.documents.epcis_hash import canonical_value, event_hash, utc_time
from p2pchain.documents.epcis_json import json_events
from p2pchain.documents.epcis_node import Node
from p2pchain.documents.epcis_refusals import EventsTooMany, EventUnclear, NotEpcis
from p2pchain.documents.epcis_xml import xml_events
from p2pchain.documents.gs1_uris import canonical_uri
from p2pchain.documents.refusals import DocumentTooLarge
from p2pchain.documents.safe_xml import DOCUMENT_BYTES_MAX

EVENTS_MAX: Final = 10_000
"""Most events of a file."""
PIECE: Final = "C62"
THOUSANDTHS: Final = 3
"""Decimals of a quantity."""
QUANTITY_DIGITS_MAX: Final = 12
_BLANK: Final = b"\xef\xbb\xbf \t\r\n"
_STEP: Final = "https://ref.gs1.org/cbv/BizStep-"
_PARTY_TYPES: Final = (
    "https://ref.gs1.org/cbv/SDT-possessing_party",
    "https://ref.gs1.org/cbv/SDT-owning_party",
)
_LOT_NUMBER: Final = (
    *("{urn:epcglobal:cbv:mda}lotNumber", "{urn:epcglobal:cbv:mda:}lotNumber"),
    "cbvmda:lotNumber",
)

Amount = tuple[str, int, str]
"""Identifier, quantity in thousandths, unit (UN/ECE Recommendation 20)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyMove:
    """Custody change that an event records. ``action``: as the ledger calls it; identifiers are as
    written.

    ``things``: with their quantities, 0 for a mere container; ``party``: to whom they are shipped;
    ``parent``: the container; ``inputs``: of a transformation, quantity 0 for all that there is of it;
    ``lot``: of what is brought in or made, None for containers.
    """

    number: int
    action: str
    event: bytes
    time_ms: int
    things: tuple[Amount, ...] = ()
    party: str | None = None
    parent: str | None = None
    inputs: tuple[Amount, ...] = ()
    lot: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFile:
    """Events of a file. ``leaves``: their hashes, in the order of the file; ``times_ms``: theirs."""

    events: tuple[Node, ...]
    leaves: tuple[bytes, ...]
    times_ms: tuple[int, ...]

    @property
    def root(self) -> bytes:
        """The root over the hashes (RFC 6962 §2.1)."""
        return merkle_root(self.leaves)

    def path(self, number: int) -> tuple[bytes, ...]:
        """The way from event ``number``, from 1, to the root."""
        return merkle_path(self.leaves, number - 1)

    def moves(self) -> tuple[CustodyMove, ...]:
        """The moves of custody in the order of the events' times; raises ``EventUnclear``."""
        moves: list[CustodyMove] = []
        for number, event in enumerate(self.events, 1):
            if not any(True for _ in event.named("errorDeclaration")):
                moves.extend(_moves(event, number, self.leaves[number - 1], self.times_ms[number - 1]))
        return tuple(sorted(moves, key=lambda move: move.time_ms))


def read_events(data: bytes) -> EventFile:
    """Read a file of events. Raises ``NotEpcis``, ``EventsTooMany``, ``EventUnclear`` for an event without a
    time, and what ``parse_xml`` raises.
    """
    if len(data) > DOCUMENT_BYTES_MAX:
        raise DocumentTooLarge(size_bytes=len(data), bytes_max=DOCUMENT_BYTES_MAX)
    is_json = data.lstrip(_BLANK)[:1] == b"{"
    events = json_events(data) if is_json else xml_events(data)
    if not events:
        raise NotEpcis(reason="no events")
    if len(events) > EVENTS_MAX:
        raise EventsTooMany(measure="events", maximum=EVENTS_MAX)
    times = tuple(_time_ms(event, number) for number, event in enumerate(events, 1))
    return EventFile(events=events, leaves=tuple(map(event_hash, events)), times_ms=times)


def thousandths(text: str) -> int | None:
    """A quantity in thousandths; None where it is none, or finer than that."""
    if not is_number(text) or len(text) > QUANTITY_DIGITS_MAX:
        return None
    value = Decimal(text).scaleb(THOUSANDTHS)
    return int(value) if value == value.to_integral_value() and 0 <= value < 10**15 else None


def _moves(event: Node, number: int, leaf: bytes, time_ms: int) -> list[CustodyMove]:
    reading = _Reading(event=event, number=number, leaf=leaf, time_ms=time_ms)
    step = canonical_value(event.value("bizStep")).removeprefix(_STEP)
    match event.name, event.value("action"), step:
        case "ObjectEvent", "ADD", _:
            return reading.brought_in()
        case "ObjectEvent", "DELETE", _:
            return [reading.move("destroy", things=reading.objects())]
        case "ObjectEvent", "OBSERVE", "shipping":
            return [reading.move("ship", things=reading.objects(), party=reading.party())]
        case "ObjectEvent", "OBSERVE", "receiving":
            return [reading.move("receive", things=reading.objects())]
        case "AggregationEvent", "ADD", _:
            return [reading.move("pack", things=reading.children(), parent=reading.parent())]
        case "AggregationEvent", "DELETE", _:
            return [reading.move("unpack", things=reading.children(), parent=reading.parent())]
        case "TransformationEvent", _, _:
            return [reading.transformation()]
        case _:
            return []


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """One event that moves custody, with its place for whoever has to correct it."""

    event: Node
    number: int
    leaf: bytes
    time_ms: int

    def move(
        self,
        action: str,
        *,
        things: tuple[Amount, ...],
        party: str | None = None,
        parent: str | None = None,
        inputs: tuple[Amount, ...] = (),
        lot: str | None = None,
    ) -> CustodyMove:
        if not things:
            raise EventUnclear(number=self.number, reason=f"nothing to {action}")
        return CustodyMove(
            number=self.number,
            action=action,
            event=self.leaf,
            time_ms=self.time_ms,
            things=things,
            party=party,
            parent=parent,
            inputs=inputs,
            lot=lot,
        )

    def brought_in(self) -> list[CustodyMove]:
        """One move for the things of each lot, and one for containers."""
        by_lot: dict[tuple[str | None, int, str], list[Amount]] = {}
        for amount in self.objects():
            lot = self.lot_of(amount[0])
            quantity = amount[1] if lot is not None else 0
            by_lot.setdefault((lot, quantity, amount[2]), []).append((amount[0], quantity, amount[2]))
        if not by_lot:
            raise EventUnclear(number=self.number, reason="nothing to bring in")
        return [
            self.move("bring_in", things=tuple(amounts), lot=lot) for (lot, _, _), amounts in by_lot.items()
        ]

    def transformation(self) -> CustodyMove:
        event = self.event
        inputs = tuple((epc, 0, PIECE) for epc in event.texts("inputEPCList", "epc"))
        inputs += self.quantities("inputQuantityList")
        outputs = self.pieces("outputEPCList") + self.quantities("outputQuantityList")
        lots = dict.fromkeys(self.lot_of(epc) for epc, _, _ in outputs)
        if not inputs:
            raise EventUnclear(number=self.number, reason="a transformation without inputs")
        if len(lots) != 1 or None in lots:
            raise EventUnclear(number=self.number, reason="a transformation makes things of one lot")
        return self.move("transform", things=outputs, inputs=inputs, lot=next(iter(lots)))

    def objects(self) -> tuple[Amount, ...]:
        return self.pieces("epcList") + self.quantities("quantityList")

    def children(self) -> tuple[Amount, ...]:
        return self.pieces("childEPCs") + self.quantities("childQuantityList")

    def pieces(self, name: str) -> tuple[Amount, ...]:
        return tuple((epc, 10**THOUSANDTHS, PIECE) for epc in self.event.texts(name, "epc"))

    def quantities(self, name: str) -> tuple[Amount, ...]:
        """Entries of a list by class, such as 150 kg of a lot."""
        amounts = []
        for entries in self.event.named(name):
            for entry in entries.named("quantityElement"):
                text = entry.value("quantity")
                quantity = thousandths(text)
                if not quantity:
                    raise EventUnclear(number=self.number, reason="a quantity in thousandths", text=text)
                amounts.append((entry.value("epcClass"), quantity, entry.value("uom") or PIECE))
        return tuple(amounts)

    def parent(self) -> str:
        parent = self.event.value("parentID")
        if not parent:
            raise EventUnclear(number=self.number, reason="no parentID")
        return parent

    def party(self) -> str | None:
        """To whom it is shipped: who is to possess it, else who is to own it; None where nobody is named."""
        named = {
            canonical_value(entry.value("type")): entry.value("destination")
            for entries in self.event.named("destinationList")
            for entry in entries.children
        }
        return next((named[type_] for type_ in _PARTY_TYPES if type_ in named), None)

    def lot_of(self, uri: str) -> str | None:
        """The lot of a thing: its own, that of the event's master data, else all of its product; None for
        what has no product, such as a pallet.
        """
        link = canonical_uri(uri) or uri
        if "/01/" not in link:
            return None if "/00/" in link or "/8003/" in link or "/8004/" in link else uri
        if "/10/" in link:
            return uri
        product = link.partition("/21/")[0].partition("/235/")[0]
        for master in self.event.named("ilmd"):
            for name in _LOT_NUMBER:
                if number := master.value(name):
                    return f"{product}/10/{number}"
        return product


def _time_ms(event: Node, number: int) -> int:
    moment = utc_time(event.value("eventTime"))
    if moment is None:
        raise EventUnclear(number=number, reason="an eventTime with its zone", text=event.value("eventTime"))
    return int(moment.timestamp() * 1_000)
