"""Notes: an account leaves a short text; only how many there were, and the hash of the last, stay in the
state.

It serves load and smoke tests, and whoever wants a text of his own in a block, signed and dated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from p2pchain.crypto.hashing import sha256
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.fields import Entry, Field
from p2pchain.ledger.kinds import Hash, Integer, Key, Optional, Text
from p2pchain.ledger.module import Action, Json, Module, Query, RecordType
from p2pchain.model.transaction import Value

NAME = "note"
TEXT_BYTES_MAX = 200

PUBLIC_KEY = Field(
    name="public_key", kind=Key(help="key of the account that left them"), entry=Entry(is_argument=True)
)
COUNT = Field(name="count", kind=Integer(low=0, unit="notes", help="how many there were"))
TEXT_SHA256 = Field(name="text_sha256", kind=Hash(label="SHA-256 of the last text"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PutNote:
    """Text of a note."""

    text: Annotated[
        str, Text(bytes_max=TEXT_BYTES_MAX, help="what every member will read"), Entry(is_argument=True)
    ]


def put(context: Context, message: PutNote) -> None:
    """Count the text and keep its hash under the first signer; any account may."""
    account = context.accounts[0]
    record = context.get(account.public_key)
    count = 0 if record is None else record[0]
    assert isinstance(count, int), f"note record {record!r}"
    context.put(account.public_key, (count + 1, sha256(message.text.encode())))


def answer_show(view: View, args: Mapping[str, Value]) -> Json:
    """``{"public_key", "count", "text_sha256"}`` of an account's notes; 0 and null where it left none."""
    public_key = args["public_key"]
    assert isinstance(public_key, bytes), "the field takes bytes"
    record = view.get(public_key)
    count, text_sha256 = (0, None) if record is None else record
    digest = text_sha256.hex() if isinstance(text_sha256, bytes) else None
    return {"public_key": public_key.hex(), "count": count, "text_sha256": digest}


MODULE = Module(
    name=NAME,
    source=__name__,
    does="Leave a short text in a block, signed and dated",
    actions=(
        Action(
            name="put",
            message=PutNote,
            run=put,
            does="Leave a text in a block",
            who="any account of a member",
        ),
    ),
    records=(
        RecordType(
            name="notes",
            prefix=b"",
            key=(PUBLIC_KEY,),
            fields=(COUNT, TEXT_SHA256),
            sentence="{public_key} left {count}, the last one with SHA-256 {text_sha256}",
            is_public=True,
        ),
    ),
    queries=(
        Query(
            name="show",
            fields=(PUBLIC_KEY,),
            answer=answer_show,
            does="Show how many notes an account left",
            returns=(
                PUBLIC_KEY,
                COUNT,
                Field(name="text_sha256", kind=Optional(inner=TEXT_SHA256.kind)),
            ),
        ),
    ),
)
