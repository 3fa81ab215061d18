"""Private payloads: fields that only some organisations read, and what of them stands on the chain."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateField:
    """One field of a payload. ``salt``: 16 bytes that nobody can guess, so its hash tells nothing."""

    salt: bytes
    name: str
    value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A payload as it travels. ``sealed``: the fields, under a key of their own; ``keys``: that key, sealed
    for each (organisation, sealed key), ascending.
    """

    sealed: bytes
    keys: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """One field of a payload of ``owner``: number ``index`` of ``size``, with its way to the root of the tree
    over all of them.
    """

    chain_id: str
    owner: str
    tree: bytes
    field: PrivateField
    index: int
    size: int
    path: tuple[bytes, ...]
