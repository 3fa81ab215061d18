"""Handlers of lists of transactions and blocks, and of ids that are given by their first digits."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Final, Protocol

from p2pchain.control.arguments import bad_argument, integer_argument
from p2pchain.control.http import Request, RequestRefused, Response, json_response
from p2pchain.control.list_pages import ListPort, ListQuestion
from p2pchain.model.ids import HASH_BYTES, INTEGER_MAX, Height, TxId

ROWS_DEFAULT: Final = 20
ROWS_MAX: Final = 100
"""Most rows of one page."""
SHORT_ID_DIGITS: Final = 12
"""Hexadecimal digits of an id that are enough to name it."""
NAME_CHARS_MAX: Final = 64
_CURSOR: Final = re.compile(r"([0-9]{1,13}):([0-9]{1,6})")
_HEIGHT_DIGITS: Final = SHORT_ID_DIGITS - 1
"""A number of at most so many digits is a height; more of them are an id."""


class ListingPort(Protocol):
    """The part of ``NodePort`` that the handlers here ask."""

    @property
    def lists(self) -> ListPort:
        """The lists."""
        ...


async def list_transactions(port: ListingPort, request: Request) -> Response:
    """Final transactions by pages, the newest first: org=ORGANISATION that signed, module=NAME, from_ms=TIME
    up to before until_ms=TIME, limit=ROWS up to 100, before=HEIGHT:INDEX, which ``next`` of a page names."""
    return json_response(asdict(await port.lists.transactions(_question(request))))


async def list_blocks(port: ListingPort, request: Request) -> Response:
    """Final blocks by pages, the newest first: org=ORGANISATION that proposed, module=NAME of which they hold
    an operation; the rest as for GET /v1/txs. Over the gateway module=NAME is for auditors: a block of one
    transaction would tell everybody what that is about."""
    if "module" in request.query and not request.reader.is_unlimited:
        hint = "ask without it, or as an auditor"
        raise RequestRefused(403, "GATEWAY_AUDITORS", {"argument": "module"}, hint)
    return json_response(asdict(await port.lists.blocks(_question(request))))


async def named_transaction(port: ListingPort, text: str) -> TxId:
    """Find a transaction by its id, or by the first 12 or more digits of it."""
    digits = _id_digits("tx_id", text)
    return TxId(bytes.fromhex(text)) if digits == 2 * HASH_BYTES else await port.lists.tx_id(text.lower())


async def named_height(port: ListingPort, text: str) -> Height | None:
    """Find a block by its height, by ``latest`` (None), or by its id or the first 12 or more digits of it."""
    if text == "latest":
        return None
    if text.isdecimal() and text.isascii() and len(text) <= _HEIGHT_DIGITS:
        return Height(integer_argument("height", text, 1, INTEGER_MAX))
    _id_digits("height", text)
    return await port.lists.block_height(text.lower())


def _id_digits(name: str, text: str) -> int:
    if not re.fullmatch(rf"[0-9a-fA-F]{{{SHORT_ID_DIGITS},{2 * HASH_BYTES}}}", text):
        expected = f"{SHORT_ID_DIGITS} to {2 * HASH_BYTES} hexadecimal digits"
        raise bad_argument(name, text, f"a height or {expected}" if name == "height" else expected)
    return len(text)


def _question(request: Request) -> ListQuestion:
    query = request.query
    limit = query.get("limit")
    return ListQuestion(
        org=_name(request, "org"),
        module=_name(request, "module"),
        from_ms=_time(request, "from_ms"),
        until_ms=_time(request, "until_ms"),
        before=None if "before" not in query else _cursor(query["before"]),
        limit=ROWS_DEFAULT if limit is None else integer_argument("limit", limit, 1, ROWS_MAX),
    )


def _name(request: Request, name: str) -> str:
    text = request.query.get(name, "")
    if len(text) > NAME_CHARS_MAX:
        raise bad_argument(name, text, f"a name of at most {NAME_CHARS_MAX} characters")
    return text


def _time(request: Request, name: str) -> int | None:
    text = request.query.get(name)
    return None if text is None else integer_argument(name, text, 0, INTEGER_MAX)


def _cursor(text: str) -> tuple[int, int]:
    parts = _CURSOR.fullmatch(text)
    if parts is None:
        raise bad_argument("before", text, "HEIGHT:INDEX, as next of a page")
    return int(parts[1]), int(parts[2])
