"""``refused-senders.json`` of the home: of whom this node's pool takes nothing, kept over restarts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Final

from p2pchain.codec.exact_json import read_json
from p2pchain.mempool.refused_senders import NOBODY, RefusedSenders
from p2pchain.model.errors import Fact, Invalid, Refused
from p2pchain.model.ids import HASH_BYTES, PUBLIC_KEY_BYTES, OrgId, PublicKey, TxId
from p2pchain.node.home.layout import HomeError
from p2pchain.storage.files import Disk, write_atomically

FILE_BYTES_MAX: Final = 262_144
ORG_CHARS_MAX: Final = 128
REFUSED_MAX: Final = 1_000
"""Most senders and transactions that may be refused at once."""


def read_refused_senders(path: Path) -> RefusedSenders:
    """Read the file; nobody is refused where it is missing. Raises ``HomeError`` ``SENDERS_INVALID`` or
    ``HOME_PERMISSION``: a refusal that cannot be read must not be taken for none.
    """
    try:
        with path.open("rb") as file:
            data = file.read(FILE_BYTES_MAX + 1)
    except FileNotFoundError:
        return NOBODY
    except PermissionError:
        hint = "run as the user that owns the home"
        raise HomeError("HOME_PERMISSION", {"file": str(path)}, hint) from None
    if len(data) > FILE_BYTES_MAX:
        raise _invalid(path, f"more than {FILE_BYTES_MAX} bytes")
    try:
        return _parsed(read_json(data), path)
    except (ValueError, Invalid) as error:
        raise _invalid(path, str(error)[:200]) from error


def write_refused_senders(path: Path, refused: RefusedSenders) -> None:
    """Replace the file, mode 0600, durable on return. Raises ``DiskFailure``."""
    content = {
        "organisations": sorted(refused.organisations),
        "accounts": sorted(account.hex() for account in refused.accounts),
        "transactions": sorted(tx_id.hex() for tx_id in refused.transactions),
    }
    write_atomically(Disk(), path, json.dumps(content, indent=1).encode() + b"\n")


def refuse_transaction(path: Path, tx_id: TxId) -> None:
    """Add a transaction that this node takes up no more. Raises ``Refused("SENDERS_TOO_MANY")`` where as many
    are refused as may be, else as ``read_refused_senders`` and ``write_refused_senders``.
    """
    refused = read_refused_senders(path)
    require_room(refused)
    write_refused_senders(path, replace(refused, transactions=refused.transactions | {tx_id}))


def require_room(refused: RefusedSenders) -> None:
    """Raise ``Refused("SENDERS_TOO_MANY")`` where as many are refused as may be."""
    if len(refused) >= REFUSED_MAX:
        raise Refused("SENDERS_TOO_MANY", {"most": REFUSED_MAX}, "clear some: mempool refuse --clear")


def _parsed(content: object, path: Path) -> RefusedSenders:
    match content:
        case {
            "organisations": [*organisations],
            "accounts": [*accounts],
            "transactions": [*transactions],
            **others,
        } if (
            not others
            and all(isinstance(tx_id, str) and len(tx_id) == 2 * HASH_BYTES for tx_id in transactions)
            and all(isinstance(org, str) and 0 < len(org) <= ORG_CHARS_MAX for org in organisations)
            and all(isinstance(key, str) and len(key) == 2 * PUBLIC_KEY_BYTES for key in accounts)
        ):
            return RefusedSenders(
                organisations=frozenset(OrgId(org) for org in organisations),
                accounts=frozenset(PublicKey(bytes.fromhex(key)) for key in accounts),
                transactions=frozenset(TxId(bytes.fromhex(tx_id)) for tx_id in transactions),
            )
        case _:
            raise _invalid(
                path,
                'not {"organisations": ["NAME", ...], "accounts": ["KEY", ...], "transactions": ["ID", ...]}',
            )


def _invalid(path: Path, reason: str) -> HomeError:
    facts: dict[str, Fact] = {"file": str(path), "reason": reason}
    return HomeError("SENDERS_INVALID", facts, "correct it, or delete it to take transactions of everybody")
