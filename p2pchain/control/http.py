"""Requests and answers of the control socket, and its refusals: every error is JSON of one shape."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from p2pchain.codec.exact_json import write_json
from p2pchain.control.port import Json
from p2pchain.control.readers import EVERYTHING, ChainReader
from p2pchain.model.errors import Corrupt, Fact, Fault, Refused
from p2pchain.model.refusal import Refusal
from p2pchain.presentation.codes import http_status_of

JSON_TYPE = "application/json"
LINES_TYPE = "application/x-ndjson"


class Level(IntEnum):
    """Rights of a client of the socket; each level includes those below it."""

    VIEWER = 0
    """Read what is the chain's."""
    OPERATOR = 1
    """Submit, and ask in the name of an account."""
    ADMIN = 2
    """Change the node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, read whole. ``path``: percent-decoded, without the query; ``captured``: the parts that the
    route's path names; ``host``: the header ``Host``; ``target``: path and query as they were sent;
    ``headers``: names in lower case with their values, in the order in which they came; ``reader``: who may
    read what of the answer.
    """

    method: str
    path: str
    query: Mapping[str, str]
    content_type: str
    body: bytes
    level: Level
    captured: Mapping[str, str]
    host: str
    target: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    reader: ChainReader = EVERYTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One answer. ``allow``: the methods that a path knows, where another was used; ``lines``: bytes that
    follow upon ``body``, as they come; ``headers``: further ones; ``done`` is called once the client has
    taken the answer, or never will.
    """

    status: int
    body: bytes
    content_type: str = JSON_TYPE
    allow: str | None = None
    lines: AsyncGenerator[bytes, None] | None = None
    headers: tuple[tuple[str, str], ...] = ()
    done: Callable[[], object] | None = None


class RequestRefused(Refused):
    """The request itself is wrong, whatever the node would have answered; ``status`` is the HTTP status
    (RFC 9110).
    """

    def __init__(self, status: int, code: str, facts: Mapping[str, Fact], hint: str) -> None:
        """``code`` and ``facts`` as for every ``Fault``."""
        super().__init__(code, facts, hint)
        self.status = status


def json_response(value: Json, status: int = 200) -> Response:
    """Make an answer in JSON, ended by a newline for people with curl."""
    return Response(status=status, body=write_json(value).encode() + b"\n")


def error_response(fault: Fault) -> Response:
    """Make the answer for a fault: ``{"error": {"code", "message", "hint", "details"}}`` with a fitting
    status.
    """
    error: Mapping[str, Json] = {
        "code": fault.code,
        "message": message_of(fault),
        "hint": fault.hint,
        "details": dict(fault.facts),
    }
    response = json_response({"error": error}, status_of(fault))
    if response.status != 405:
        return response
    return Response(status=405, body=response.body, allow=str(fault.facts["allowed"]))


def message_of(fault: Fault) -> str:
    """Format a fault in one line for a person, without the hint."""
    words = fault.code.lower().replace("_", " ")
    facts = ", ".join(f"{name} {value}" for name, value in fault.facts.items())
    return f"{words}: {facts}" if facts else words


STATUS_BY_CODE = {
    "ACCOUNT_UNKNOWN": 404,
    "BLOCK_UNKNOWN": 404,
    "INDEX_BEHIND": 503,
    "JOB_UNKNOWN": 404,
    "JOB_KIND": 404,
    "PEER_UNKNOWN": 404,
    "QUERY_UNKNOWN": 404,
    "QUERY_EXPIRED": 403,
    "QUERY_REPEATED": 403,
    "QUERY_TOO_MANY": 429,
    "TX_UNKNOWN": 404,
    "AUTH_ROLE": 403,
    "QUERY_INVALID_ARGS": 400,
    "SENDER_UNKNOWN": 404,
    "MEMPOOL_REFUSED": 403,
    "MEMPOOL_DROPPED": 403,
    "MEMPOOL_SHARE": 429,
    "MEMPOOL_FULL": 503,
    "MEMPOOL_EXPIRED": 503,
    "ACCOUNT_FROZEN": 403,
    "ACCOUNT_STRANGER": 403,
    "DIGEST_MISMATCH": 400,
    "GATEWAY_UNSIGNED": 401,
    "HTTP_FIELD": 400,
    "NOT_A_PARTY": 403,
    "SIGNATURE_COVERAGE": 400,
    "SIGNATURE_EXPIRED": 401,
    "SIGNATURE_INVALID": 401,
    "SIGNATURE_MALFORMED": 400,
    "SIGNATURE_REPLAYED": 401,
    "SIGNATURE_TOO_MANY": 429,
    "PRIV_STORE_FULL": 503,
    "TOO_MANY_STREAMS": 503,
    "TOO_MANY_WAITING": 503,
}


def status_of(fault: Fault) -> int:
    """Return the HTTP status (RFC 9110, RFC 6585) of a fault: 4xx where the sender is guilty, 503 for a
    bound, else 500.
    """
    match fault:
        case RequestRefused(status=status):
            return status
        case Refusal(guilt=guilt):
            return http_status_of(guilt)
        case Refused(code=code):
            return STATUS_BY_CODE.get(code, 400 if code.startswith("CODEC_") else 422)
        case Corrupt():
            return 500
        case _:
            return 500


def host_name(header: str) -> str:
    """Return the host of a ``Host`` header (RFC 9110 §7.2), without its port."""
    name, colon, port = header.strip().lower().rpartition(":")
    if not colon or not (port.isascii() and port.isdigit()):
        name = header.strip().lower()
    return name.strip("[]")
