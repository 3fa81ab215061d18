"""Hash of an EPCIS event, the same for all who have the event, in JSON-LD or XML (CBV 2.0 §8.9).

The event becomes one text: its fields in a fixed order as ``name=value``, entries of a list in the order of
their texts, then what the order does not name: extensions, and lists of sources, destinations and business
transactions. Times are in UTC to the millisecond, numbers those that a double holds, GS1 identifiers
canonical Digital Links, words of the vocabulary web URIs. The text is hashed with SHA-256.

Some of it is not in the standard but in the program of GS1 Germany and EECC from which the published hashes
come (github.com/RalphTro/epcis-event-hash-generator, MIT): extensions within a field follow it and not the
event where their namespace ends with a slash, and lists of types and values stand behind all other fields.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from p2pchain.crypto.hashing import sha256
from p2pchain.documents.characters import ascii_lower, trimmed
from p2pchain.documents.doubles import double_text, half_even, is_number
from p2pchain.documents.epcis_node import TYPED, Node
from p2pchain.documents.gs1_uris import canonical_uri

Order = tuple[tuple[str, "Order"], ...]
"""Names of fields in their order, each with the order of the fields within."""


def _plain(*names: str) -> Order:
    return tuple((name, ()) for name in names)


_EPCS: Final = _plain("epc")
_QUANTITIES: Final[Order] = (("quantityElement", _plain("epcClass", "quantity", "uom")),)
_SENSORS: Final[Order] = (
    (
        "sensorElement",
        (
            (
                "sensorMetadata",
                _plain(
                    *("time", "startTime", "endTime", "deviceID", "deviceMetadata", "rawData"),
                    *("dataProcessingMethod", "bizRules"),
                ),
            ),
            (
                "sensorReport",
                _plain(
                    *("type", "exception", "deviceID", "deviceMetadata", "rawData"),
                    *("dataProcessingMethod", "time", "microorganism", "chemicalSubstance", "value"),
                    *("component", "stringValue", "booleanValue", "hexBinaryValue", "uriValue", "minValue"),
                    *("maxValue", "meanValue", "sDev", "percRank", "percValue", "uom"),
                    "coordinateReferenceSystem",
                ),
            ),
        ),
    ),
)
ORDER: Final[Order] = (
    *_plain("eventTime", "eventTimeZoneOffset", "certificationInfo", "parentID"),
    ("epcList", _EPCS),
    ("inputEPCList", _EPCS),
    ("childEPCs", _EPCS),
    ("quantityList", _QUANTITIES),
    ("childQuantityList", _QUANTITIES),
    ("inputQuantityList", _QUANTITIES),
    ("outputEPCList", _EPCS),
    ("outputQuantityList", _QUANTITIES),
    *_plain("action", "transformationID", "bizStep", "disposition"),
    ("persistentDisposition", _plain("set", "unset")),
    ("readPoint", _plain("id")),
    ("bizLocation", _plain("id")),
    ("sensorElementList", _SENSORS),
)
"""The fields of an event in the order of CBV 2.0 §8.9.2."""
MS_US: Final = 1_000
"""Microseconds of a millisecond."""
UNHASHED: Final = frozenset(("recordTime", "eventID", "type", "errorDeclaration"))
"""Fields that are no part of what happened."""
_VOCABULARY: Final = (
    ("urn:epcglobal:cbv:bizstep:", "https://ref.gs1.org/cbv/BizStep-"),
    ("urn:epcglobal:cbv:disp:", "https://ref.gs1.org/cbv/Disp-"),
    ("urn:epcglobal:cbv:btt:", "https://ref.gs1.org/cbv/BTT-"),
    ("urn:epcglobal:cbv:sdt:", "https://ref.gs1.org/cbv/SDT-"),
    ("urn:epcglobal:cbv:er:", "https://ref.gs1.org/cbv/ER-"),
)


def event_hash(event: Node) -> bytes:
    """Return the SHA-256 of an event's canonical text."""
    return sha256(canonical_event(event).encode())


def hash_uri(digest: bytes) -> str:
    """Return the hash as an identifier of the event (RFC 6920, CBV 2.0 §8.9)."""
    return f"ni:///sha-256;{digest.hex()}?ver=CBV2.0"


def canonical_event(event: Node) -> str:
    """Return the text of an event that is hashed."""
    text, rest = _ordered(event.children, ORDER)
    return f"eventType={event.name}{text}{_others([node for node in rest if node.name not in UNHASHED])}"


def canonical_value(text: str) -> str:
    """Return a value in its one form: word of the vocabulary, number, or GS1 identifier."""
    for before, after in _VOCABULARY:
        text = text.replace(before, after)
    if is_number(text):
        return double_text(text)
    return canonical_uri(text) or text


def utc_time(text: str) -> datetime | None:
    """Return a time that names its zone, in UTC to the millisecond; None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    # To even, as the published hashes have it: half a millisecond goes to the even one.
    rounded_us = half_even(moment.microsecond, MS_US) * MS_US
    try:
        return moment.astimezone(UTC).replace(microsecond=0) + timedelta(microseconds=rounded_us)
    except OverflowError:
        return None


def _ordered(children: Sequence[Node], order: Order) -> tuple[str, list[Node]]:
    """The text of what the order names and of extensions beside it, and what is left."""
    extensions, left = _parted(children)
    text = ""
    for name, within in order:
        values = []
        kept = []
        for child in left:
            if child.name != name:
                kept.append(child)
                continue
            value, rest = _field(child, within)
            values.append(value)
            if rest:
                kept.append(Node(name=child.name, text=child.text, children=tuple(rest)))
        left = kept
        text += "".join(sorted(values))
    return text + (_others(extensions) if extensions else ""), left


def _field(child: Node, within: Order) -> tuple[str, list[Node]]:
    """The text of a field, empty for an empty one, and what is left in it."""
    inner, rest = _ordered(child.children, within) if within else ("", list(child.children))
    text = trimmed(child.text)
    if text:
        is_time = "time" in ascii_lower(child.name) and "offset" not in ascii_lower(child.name)
        text = f"={_time(text) if is_time else canonical_value(text)}"
    return (f"{child.name}{text}{inner}" if text or inner else ""), rest


def _parted(children: Sequence[Node]) -> tuple[list[Node], list[Node]]:
    """Extensions of a field that has others beside them, and the rest; an event keeps its own for the end."""
    is_event = any("eventTime" in child.name or "action" in child.name for child in children)
    extensions: list[Node] = []
    rest: list[Node] = []
    for child in children:
        is_one = child.name.startswith("{") and "/}" in child.name
        (extensions if is_one and len(children) > 1 and not is_event else rest).append(child)
    return extensions, rest


def _others(children: Sequence[Node]) -> str:
    """The text of nodes that no order names: by their texts, but for a type and its value."""
    texts = []
    for child in children:
        text = trimmed(child.text)
        value = f"={canonical_value(text)}" if text else ""
        texts.append(f"{child.name}{value}{_others(child.children)}")
    is_typed = any(child.name in TYPED for child in children)
    return "".join(texts if is_typed else sorted(texts))


def _time(text: str) -> str:
    moment = utc_time(text)
    return text if moment is None else moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
