"""Notes: an account leaves a short text; only how many there were, and the hash of the last, stay in the
state.

Record (key after ``note/``): ``<public key>`` → ``[count, SHA-256 of the last text]``. It serves load and
smoke tests, and whoever wants a text of his own in a block, signed and dated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from p2pchain.crypto.hashing import sha256
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.module import Action, Json, Module, Query
from p2pchain.ledger.schema import BytesField, TextField
from p2pchain.model.ids import PUBLIC_KEY_BYTES
from p2pchain.model.transaction import Value

NAME = "note"
TEXT_BYTES_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """Leave a text, at most ``TEXT_BYTES_MAX`` bytes."""

    text: str


def put(context: Context, message: Put) -> None:
    """Count the text and keep its hash under the first signer; any account may."""
    key = context.accounts[0].public_key
    record = context.get(key)
    count = 0 if record is None else record[0]
    assert isinstance(count, int), f"note record {record!r}"
    context.put(key, (count + 1, sha256(message.text.encode())))


def answer_show(view: View, args: Mapping[str, Value]) -> Json:
    """``{"public_key", "count", "text_sha256"}`` of an account's notes; 0 and null where it left none."""
    public_key = args["public_key"]
    assert isinstance(public_key, bytes), "the field takes bytes"
    record = view.get(public_key)
    count, text_sha256 = (0, None) if record is None else record
    told = text_sha256.hex() if isinstance(text_sha256, bytes) else None
    return {"public_key": public_key.hex(), "count": count, "text_sha256": told}


MODULE = Module(
    name=NAME,
    actions=(
        Action(name="put", message=Put, fields=(TextField(name="text", bytes_max=TEXT_BYTES_MAX),), run=put),
    ),
    queries=(
        Query(
            name="show", fields=(BytesField(name="public_key", size=PUBLIC_KEY_BYTES),), answer=answer_show
        ),
    ),
)
