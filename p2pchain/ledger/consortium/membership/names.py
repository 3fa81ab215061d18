"""Names of organisations, accounts and nodes, and the freezes recorded under them. A name serves once in the
life of a chain.

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
    """Return the key that bears a name now, or None."""
    record = view.get(names + name)
    key = None if record is None else record[0]
    assert key is None or isinstance(key, bytes), f"name record {record!r}"
    return key


def is_former(view: View, org: str) -> bool:
    """Test whether an organisation of this name has left."""
    return view.get(FORMER + org.encode()) is not None


def frozen_key(org: str, account: str | None) -> bytes:
    """Return the state key of an account's or organisation's freeze."""
    return FROZEN + (org.encode() if account is None else name_key(org, account))


def is_frozen(view: View, org: str, account: str) -> bool:
    """Test whether an account or its organisation is frozen, so that it signs nothing."""
    keys = (frozen_key(org, account), frozen_key(org, None))
    return any(view.get(key) is not None for key in keys)
