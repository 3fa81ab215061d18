"""An EPCIS event as a tree of named nodes, the same whatever syntax it came in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

TYPED_LISTS: Final = frozenset(("bizTransactionList", "sourceList", "destinationList"))
"""Lists whose entries are a type and a value, in this order."""
TYPED: Final = frozenset(("bizTransaction", "source", "destination"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One element. ``name``: with its namespace in braces; empty for an entry of a typed list."""

    name: str
    text: str = ""
    children: tuple[Node, ...] = ()

    def named(self, name: str) -> Iterator[Node]:
        """Children of this name."""
        return (child for child in self.children if child.name == name)

    def value(self, name: str) -> str:
        """Text of the first child of this name, empty where there is none."""
        return next((child.text for child in self.named(name)), "")

    def texts(self, list_name: str, name: str) -> tuple[str, ...]:
        """Texts of the entries ``name`` of the list ``list_name``."""
        return tuple(entry.text for entries in self.named(list_name) for entry in entries.named(name))


def typed_entry(name: str, text: str, type_: str | None) -> Node:
    """An entry of a typed list."""
    kind = () if type_ is None else (Node(name="type", text=type_),)
    return Node(name="", children=(*kind, Node(name=name, text=text)))
