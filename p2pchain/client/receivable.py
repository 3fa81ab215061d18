"""Operations of the receivables, for applications."""

from __future__ import annotations

import os
from typing import Final

from p2pchain.codec.receivable_ids import ISSUE_NONCE_BYTES
from p2pchain.model.transaction import Operation, Value

MODULE: Final = "receivable"


def new_nonce() -> bytes:
    """Draw the nonce of a receivable that is to be issued; with the issuer's name it makes the id."""
    return os.urandom(ISSUE_NONCE_BYTES)


def receivable_operation(action: str, receivable: bytes, *args: Value) -> Operation:
    """An action on the receivable of an id; of ``issue``, which makes one, with a nonce in its place."""
    return Operation(module=MODULE, action=action, args=(receivable, *args))
