"""Names of organisations, accounts and nodes, each of which serves once in the life of a chain; and freezes,
which stand under names.

Records (keys after ``membership/``): ``account_name/<org>/<name>`` → ``[public key | null]`` and
``node_name/<name>`` → ``[peer key | null]``, null once the bearer has left; ``former/<org>`` → ``[height]``:
an organisation that left in the block at this height; ``frozen/<org>/<account>`` and ``frozen/<org>`` →
``[height, org | null]``: an account, or a whole organisation, that signs nothing for now, and who froze it
(null: the quorum).
"""

from __future__ import annotations

from typing import Final

from p2pchain.ledger.context import View

ACCOUNT_NAME: Final = b"account_name/"
NODE_NAME: Final = b"node_name/"
FORMER: Final = b"former/"
FROZEN: Final = b"frozen/"


def name_key(org: str, name: str) -> bytes:
    """An account's name behind that of its organisation: neither holds a slash."""
    return org.encode() + b"/" + name.encode()


def key_named(view: View, names: bytes, name: bytes) -> bytes | None:
    """The key that bears a name, None where none does, or none any more."""
    record = view.get(names + name)
    key = None if record is None else record[0]
    assert key is None or isinstance(key, bytes), f"name record {record!r}"
    return key


def is_former(view: View, org: str) -> bool:
    """Whether an organisation of this name has left."""
    return view.get(FORMER + org.encode()) is not None


def frozen_key(org: str, account: str | None) -> bytes:
    """Where a freeze of an account, or of the whole organisation, is recorded."""
    return FROZEN + (org.encode() if account is None else name_key(org, account))


def is_frozen(view: View, org: str, account: str) -> bool:
    """Whether an account signs nothing: it is frozen itself, or its organisation is."""
    keys = (frozen_key(org, account), frozen_key(org, None))
    return any(view.get(key) is not None for key in keys)
