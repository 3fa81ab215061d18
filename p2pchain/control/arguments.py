"""Strict reading of a request's path, query and body."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from p2pchain.codec.cbor import unpack
from p2pchain.codec.exact_json import read_json
from p2pchain.codec.header import decode_header
from p2pchain.control.connection import BODY_BYTES_MAX
from p2pchain.control.http import JSON_TYPE, Request, RequestRefused
from p2pchain.model.errors import Invalid
from p2pchain.model.ids import (
    HASH_BYTES,
    INTEGER_MAX,
    NONCE_BYTES,
    PUBLIC_KEY_BYTES,
    SIGNATURE_BYTES,
    ChainId,
    Height,
    PublicKey,
    Signature,
    TxId,
)
from p2pchain.model.query import Question, SignedQuestion
from p2pchain.model.transaction import Value
from p2pchain.proofs.trust import Beginning, parse_trusted

CBOR_TYPES: Final = ("application/cbor", "application/octet-stream")
BATCH_TRANSACTIONS_MAX: Final = 10_000
"""Most transactions of one ``POST /v1/txs``."""
SIGNED_BY: Final = ("account", "until", "nonce", "signature")
"""Fields of a query that say who asks."""
WAIT_DEFAULT_MS: Final = 30_000
WAIT_MAX_MS: Final = 300_000

_INTEGER = re.compile(r"-?[0-9]{1,19}")
_LITERALS: Final[Mapping[str, Value]] = {"true": True, "false": False, "null": None}


def tx_id_of(text: str) -> TxId:
    """Read the id of a transaction, from hexadecimal text."""
    return TxId(_octets("tx_id", text, HASH_BYTES))


def root_of(text: str) -> bytes:
    """Read the root of a payload, from hexadecimal text."""
    return _octets("root", text, HASH_BYTES)


def signed_question(request: Request, chain_id: ChainId) -> SignedQuestion | None:
    """Read the question that an account signed: ``account``, ``until``, ``nonce`` and ``signature`` beside
    the arguments; None without ``account``.
    """
    account = request.query.get("account")
    if account is None:
        return None
    signed = {name: request.query.get(name, "") for name in SIGNED_BY if name != "account"}
    question = Question(
        chain_id=chain_id,
        module=request.captured["module"],
        query=request.captured["name"],
        fields=tuple(sorted((name, text) for name, text in request.query.items() if name not in SIGNED_BY)),
        account=PublicKey(_octets("account", account, PUBLIC_KEY_BYTES)),
        until=Height(integer_argument("until", signed["until"], 0, INTEGER_MAX)),
        nonce=_octets("nonce", signed["nonce"], NONCE_BYTES),
    )
    signature = Signature(_octets("signature", signed["signature"], SIGNATURE_BYTES))
    return SignedQuestion(question=question, signature=signature)


def beginning_of(request: Request) -> Beginning:
    """Read where a proof shall begin: ``trusted=HEIGHT:BLOCK_ID``, or ``header=HEX``, an encoded header; None
    without both.
    """
    trusted, header = request.query.get("trusted"), request.query.get("header")
    if header is not None:
        if trusted is not None:
            raise bad_argument("header", header, "the header of a block, without trusted beside it")
        return decode_header(_octets("header", header, None))
    return None if trusted is None else parse_trusted(trusted)


def query_args(request: Request) -> dict[str, Value]:
    """Read every field of the query but those that say who asks: ``true``, ``false``, ``null`` and integers
    as such, the rest as text.
    """
    return {name: _value(text) for name, text in request.query.items() if name not in SIGNED_BY}


def waiting(request: Request) -> tuple[bool, int]:
    """Read whether the client waits for the block (``wait=1``), and for how many milliseconds at most
    (``timeout_ms``).
    """
    wait = request.query.get("wait", "0")
    if wait not in ("0", "1"):
        raise bad_argument("wait", wait, "0 or 1")
    timeout = request.query.get("timeout_ms")
    timeout_ms = (
        WAIT_DEFAULT_MS if timeout is None else integer_argument("timeout_ms", timeout, 0, WAIT_MAX_MS)
    )
    return wait == "1", timeout_ms


def following(request: Request) -> tuple[Height | None, str | None, bool]:
    """Read from which height on (``from``, None without it), of which ``module`` (None: all), and whether new
    blocks follow (``follow=1``).
    """
    follow, first = request.query.get("follow", "0"), request.query.get("from")
    if follow not in ("0", "1"):
        raise bad_argument("follow", follow, "0 or 1")
    height = None if first is None else Height(integer_argument("from", first, 1, INTEGER_MAX))
    return height, request.query.get("module"), follow == "1"


def one_transaction(request: Request) -> bytes:
    """Read the bytes of one transaction: ``{"tx": hex}`` in JSON, or the CBOR itself."""
    if request.content_type in CBOR_TYPES:
        return request.body
    if request.content_type != JSON_TYPE:
        raise _media_type(request.content_type, f"{JSON_TYPE} or {CBOR_TYPES[0]}")
    match _json(request.body):
        case {"tx": str(text), **others} if not others:
            return _octets("tx", text, None)
        case _:
            raise RequestRefused(
                400, "HTTP_JSON", {"expected": '{"tx": hex}'}, "send one object with the field tx"
            )


def many_transactions(request: Request) -> tuple[bytes, ...]:
    """Read the byte strings of a CBOR array, at most ``BATCH_TRANSACTIONS_MAX``; their contents are not
    looked at.
    """
    if request.content_type not in CBOR_TYPES:
        raise _media_type(request.content_type, CBOR_TYPES[0])
    items = unpack(request.body, bytes_max=BODY_BYTES_MAX)
    if type(items) is not tuple or not all(type(item) is bytes for item in items):
        raise Invalid("CODEC_TYPE", {"field": "batch", "expected": "array of byte strings"})
    if len(items) > BATCH_TRANSACTIONS_MAX:
        raise Invalid("CODEC_LENGTH", {"field": "batch", "found": len(items), "high": BATCH_TRANSACTIONS_MAX})
    return items


def _json(body: bytes) -> object:
    try:
        return read_json(body)
    except Invalid as fault:
        hint = "send valid JSON in UTF-8, no name twice"
        raise RequestRefused(400, "HTTP_JSON", fault.facts, hint) from fault


def _value(text: str) -> Value:
    if text in _LITERALS:
        return _LITERALS[text]
    if _INTEGER.fullmatch(text) and abs(int(text)) <= INTEGER_MAX:
        return int(text)
    return text


def integer_argument(name: str, text: str, low: int, high: int) -> int:
    """Read an integer within bounds."""
    if not _INTEGER.fullmatch(text) or not low <= int(text) <= high:
        raise bad_argument(name, text, f"an integer from {low} to {high}")
    return int(text)


def _octets(name: str, text: str, size: int | None) -> bytes:
    expected = "hexadecimal" if size is None else f"{2 * size} hexadecimal digits"
    try:
        data = bytes.fromhex(text)
    except ValueError:
        raise bad_argument(name, text, expected) from None
    if size is not None and len(data) != size:
        raise bad_argument(name, text, expected)
    return data


def bad_argument(name: str, value: str, expected: str) -> RequestRefused:
    """Make the refusal of an argument that is not as expected: ``HTTP_ARGUMENT``."""
    facts = {"argument": name, "found": value[:80], "expected": expected}
    return RequestRefused(400, "HTTP_ARGUMENT", facts, f"give {name} as {expected}")


def _media_type(value: str, expected: str) -> RequestRefused:
    facts = {"found": value[:80], "expected": expected}
    return RequestRefused(415, "HTTP_MEDIA_TYPE", facts, f"send the header content-type: {expected}")
