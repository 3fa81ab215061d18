"""EPCIS 2.0 in JSON-LD: its events as the trees that the XML of the same events gives.

No JSON-LD processor is used, and no context is fetched: words of the standard's context are expanded by the
field in which they stand, prefixes by those that the document declares.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NoReturn

from p2pchain.documents.epcis_node import TYPED_LISTS, Node, typed_entry
from p2pchain.documents.epcis_refusals import EventsTooMany, NotEpcis
from p2pchain.documents.epcis_xml import IGNORE_FIELDS, REPOSITORY
from p2pchain.documents.safe_xml import DEPTH_MAX, NODES_MAX

NUMBER_CHARS_MAX: Final = 64
_CBV: Final = "https://ref.gs1.org/cbv/"
_VOC: Final = "https://gs1.org/voc/"
_WORDS: Final = {
    ("", "bizStep"): _CBV + "BizStep-",
    ("", "disposition"): _CBV + "Disp-",
    ("persistentDisposition", "set"): _CBV + "Disp-",
    ("persistentDisposition", "unset"): _CBV + "Disp-",
    ("bizTransactionList", "type"): _CBV + "BTT-",
    ("sourceList", "type"): _CBV + "SDT-",
    ("destinationList", "type"): _CBV + "SDT-",
    ("errorDeclaration", "reason"): _CBV + "ER-",
    ("sensorReport", "type"): _VOC,
    ("sensorReport", "exception"): _VOC,
    ("sensorReport", "component"): _CBV + "Comp-",
}
"""By the field around and the field: what a bare word of the vocabulary there stands for."""
_PREFIXES: Final = {"gs1": _VOC, "cbv": _CBV}
_COMMENTS: Final = frozenset(("#text", "rdfs:comment", "comment", "@context"))
_LIST: Final = "List"
_RENAMED: Final = {
    "inputEPC": "epc",
    "outputEPC": "epc",
    **dict.fromkeys(("inputQuantity", "outputQuantity", "childQuantity"), "quantityElement"),
}
"""Entries that JSON names after their list, and XML after what they are."""

Members = dict[str, Any]


def json_events(data: bytes) -> tuple[Node, ...]:
    """Return the events of a document, in their order. Raises ``NotEpcis``, ``EventsTooMany``."""
    document = _object(_parsed(data), "document")
    _require_bounded(document)
    prefixes = {**_PREFIXES, **_declared(document.get("@context"))}
    body = _object(document.get("epcisBody"), "epcisBody")
    results = body.get("queryResults")
    if results is not None:
        around = _object(results, "queryResults")
        events = _object(around.get("resultsBody"), "resultsBody").get("eventList")
    else:
        around = document
        events = body.get("eventList", [body["event"]] if "event" in body else None)
    if not isinstance(events, list):
        raise NotEpcis(reason="no eventList")
    ignored = _ignored(around, prefixes)
    return tuple(_event(_object(event, "event"), prefixes, ignored) for event in events)


def _event(event: Members, prefixes: Mapping[str, str], ignored: frozenset[str]) -> Node:
    known = {**prefixes, **_declared(event.get("@context"))}
    shown = {name: value for name, value in event.items() if name not in ignored}
    node = _corrected(_node(str(event.get("type", "")), shown, "", known))
    return Node(name=_expanded_name(str(event.get("type", "")), known), children=node.children)


def _node(name: str, value: Any, around: str, prefixes: Mapping[str, str]) -> Node:
    """A value as a node. ``around``: the field in which it stands. As deep as ``DEPTH_MAX``."""
    match value:
        case dict():
            within = "" if around == "" and "eventTime" in value else name
            children = [
                child
                for key, item in value.items()
                if key not in _COMMENTS
                for child in _children(key, item, within, prefixes)
            ]
            return Node(name=name, text=str(value.get("#text", "")), children=tuple(children))
        case list():
            entries = [_node("", item, around, prefixes) for item in value]
            return Node(name=name, children=tuple(entries))
        case bool():
            return Node(name=name, text="true" if value else "false")
        case None:
            return Node(name=name)
        case _:
            return Node(name=name, text=_expanded(str(value), _WORDS.get((around, name)), prefixes))


def _children(key: str, item: Any, around: str, prefixes: Mapping[str, str]) -> Iterator[Node]:
    """The nodes of a member: one, or one for each entry of its list."""
    for entry in item if isinstance(item, list) else (item,):
        node = _node(key, entry, around, prefixes)
        yield Node(name=_expanded_name(key, prefixes), text=node.text, children=node.children)


def _corrected(node: Node) -> Node:
    """The node with the elements of XML in place of the lists of JSON."""
    lists: dict[str, list[Node]] = {}
    kept: list[Node] = []
    for child in node.children:
        if child.name.endswith(_LIST):
            lists.setdefault(child.name, []).append(child)
        elif child.name == "childEPCs":
            lists.setdefault(child.name, []).append(Node(name="epc", text=child.text))
        else:
            kept.append(_corrected(child))
    for name, entries in lists.items():
        kept.append(Node(name=name, children=tuple(_entries(name, entries))))
    is_quantity = node.name == "quantity" and bool(node.children)
    name = "quantityElement" if is_quantity else _RENAMED.get(node.name, node.name)
    return Node(name=name, text=node.text, children=tuple(kept))


def _entries(name: str, entries: Sequence[Node]) -> Iterator[Node]:
    """The entries of a list under the name that XML gives them."""
    single = name.removesuffix(_LIST)
    for entry in entries:
        if name == "childEPCs":
            yield entry
        elif name in TYPED_LISTS:
            types = [child.text for child in entry.named("type")]
            yield typed_entry(single, entry.value(single), types[0] if types else None)
        else:
            yield _corrected(Node(name=single, text=entry.text, children=entry.children))


def _expanded_name(name: str, prefixes: Mapping[str, str]) -> str:
    prefix, colon, rest = name.partition(":")
    return f"{{{prefixes[prefix]}}}{rest}" if colon and prefix in prefixes else name


def _expanded(text: str, words: str | None, prefixes: Mapping[str, str]) -> str:
    prefix, colon, rest = text.partition(":")
    if colon:
        return prefixes[prefix] + rest if prefix in prefixes else text
    return text if words is None or not text else words + text


def _declared(context: Any) -> dict[str, str]:
    """Prefixes that a context declares."""
    declared: dict[str, str] = {}
    for part in context if isinstance(context, list) else (context,):
        if isinstance(part, dict):
            declared.update({name: uri for name, uri in part.items() if isinstance(uri, str)})
    return declared


def _ignored(around: Members, prefixes: Mapping[str, str]) -> frozenset[str]:
    """Fields that the repository names as no part of an event."""
    for prefix, uri in prefixes.items():
        if f"{{{uri}}}" == REPOSITORY:
            fields = around.get(f"{prefix}:{IGNORE_FIELDS}", [])
            return frozenset(str(field) for field in fields if isinstance(fields, list))
    return frozenset()


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(
            data.decode("utf-8-sig"),
            object_pairs_hook=_members,
            parse_int=_number,
            parse_float=_number,
            parse_constant=_no_number,
        )
    except UnicodeDecodeError as fault:
        raise NotEpcis(reason=f"not UTF-8 at byte {fault.start}") from None
    except json.JSONDecodeError as fault:
        reason = f"{fault.msg}, line {fault.lineno}, column {fault.colno}"
        raise NotEpcis(reason=f"not JSON: {reason}") from None
    except RecursionError:
        raise EventsTooMany(measure="depth", maximum=DEPTH_MAX) from None


def _members(pairs: list[tuple[str, Any]]) -> Members:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotEpcis(reason="a name stands twice in one object")
    return members


def _number(text: str) -> str:
    """Numbers stay the text that they are: none is read as another one."""
    if len(text) > NUMBER_CHARS_MAX:
        raise NotEpcis(reason="a number is too long")
    return text


def _no_number(text: str) -> NoReturn:
    raise NotEpcis(reason=f"{text} is no number")


def _require_bounded(document: Members) -> None:
    """``EventsTooMany`` beyond the depth and number of values that any file of events needs."""
    level: list[Any] = [document]
    nodes = 0
    for depth in range(DEPTH_MAX + 1):
        nodes += len(level)
        if nodes > NODES_MAX:
            raise EventsTooMany(measure="values", maximum=NODES_MAX)
        if not level:
            return
        if depth == DEPTH_MAX:
            raise EventsTooMany(measure="depth", maximum=DEPTH_MAX)
        level = [item for value in level for item in _within(value)]


def _within(value: Any) -> Sequence[Any]:
    match value:
        case dict():
            return list(value.values())
        case list():
            return value
        case _:
            return ()


def _object(value: Any, name: str) -> Members:
    if not isinstance(value, dict):
        raise NotEpcis(reason=f"no {name}")
    return value
