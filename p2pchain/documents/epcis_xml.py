"""EPCIS 2.0 in XML: its events as trees of named nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from xml.etree.ElementTree import Element

from p2pchain.documents.characters import trimmed
from p2pchain.documents.epcis_node import TYPED, Node, typed_entry
from p2pchain.documents.epcis_refusals import NotEpcis
from p2pchain.documents.safe_xml import parse_xml

_WRAPPERS: Final = frozenset(("extension", "baseExtension"))
"""Elements of EPCIS 1.2 that say nothing themselves."""
REPOSITORY: Final = "{https://repository-x.example.com/}"
"""Namespace in which a repository names fields that are no part of an event's hash."""
IGNORE_FIELDS: Final = "ignoreFields"
_EXPANSIONS: Final = (("gs1:", "https://gs1.org/voc/"), ("cbv:", "https://ref.gs1.org/cbv/"))
_EVENT_LIST: Final = "EventList"


def xml_events(data: bytes) -> tuple[Node, ...]:
    """Return the events of a document or of the answer to a query, in their order. Raises ``NotEpcis``, and
    what ``parse_xml`` raises.
    """
    root = parse_xml(data, "EPCIS document")
    lists = list(root.iter(_EVENT_LIST))
    if not lists:
        raise NotEpcis(reason="no EventList")
    ignored = {
        _name(field.tag) for element in root if _name(element.tag) == IGNORE_FIELDS for field in element
    }
    return tuple(_event(element, ignored) for element in lists[0])


def _event(element: Element, ignored: set[str]) -> Node:
    node = _node(element)
    kept = tuple(child for child in node.children if child.name not in ignored)
    return Node(name=node.name, text=node.text, children=kept)


def _node(element: Element) -> Node:
    """An element with its attributes and elements. As deep as ``safe_xml.DEPTH_MAX`` lets them be."""
    children = [Node(name=_name(name), text=_expanded(value)) for name, value in element.items()]
    for child in _unwrapped(element):
        node = _node(child)
        children.append(_typed(node) if node.name in TYPED else node)
    return Node(
        name=_name(element.tag), text=_expanded(trimmed(element.text or "")), children=tuple(children)
    )


def _unwrapped(element: Element) -> Sequence[Element]:
    """The elements within, those within wrappers in the place of these."""
    within: list[Element] = []
    waiting = list(reversed(element))
    while waiting:
        child = waiting.pop()
        if child.tag in _WRAPPERS:
            waiting.extend(reversed(child))
        else:
            within.append(child)
    return within


def _typed(node: Node) -> Node:
    types = [child.text for child in node.named("type")]
    return typed_entry(node.name, node.text, types[0] if types else None)


def _name(tag: str) -> str:
    return tag.removeprefix(REPOSITORY)


def _expanded(text: str) -> str:
    for short, long in _EXPANSIONS:
        if text.startswith(short):
            return long + text.removeprefix(short)
    return text
