"""The one table of routes: what may be asked, who may ask, who answers. ``GET /v1/`` shows it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from inspect import getdoc
from typing import Final

import trio

from p2pchain.codec.transaction import decode_transaction
from p2pchain.control.arguments import (
    CBOR_TYPES,
    beginning_of,
    following,
    many_transactions,
    one_transaction,
    query_args,
    root_of,
    signed_question,
    tx_id_of,
    waiting,
)
from p2pchain.control.http import LINES_TYPE, Level, Request, RequestRefused, Response, json_response
from p2pchain.control.lists import list_blocks, list_transactions, named_height, named_transaction
from p2pchain.control.port import Json, NodePort, Outcome
from p2pchain.model.errors import Fault, Invalid
from p2pchain.model.transaction import Transaction

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
DECODED_AT_ONCE_MAX: Final = 50
"""Transactions decoded before others run: about a millisecond."""

Handler = Callable[[NodePort, Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One line of the table; parts of ``path`` in braces are captured. The handler's docstring is its
    description.
    """

    method: str
    path: str
    level: Level
    handler: Handler


async def list_routes(port: NodePort, request: Request) -> Response:
    """This list."""
    return json_response(
        [
            {
                "method": route.method,
                "path": route.path,
                "level": route.level.name.lower(),
                "description": " ".join((getdoc(route.handler) or "").split()),
            }
            for route in ROUTES
        ]
    )


async def show_status(port: NodePort, request: Request) -> Response:
    """Show the node's identity, height and health, with reasons."""
    return json_response(port.status())


async def show_peers(port: NodePort, request: Request) -> Response:
    """Every other member's node, connected or not."""
    return json_response(port.peers())


async def connect_peer(port: NodePort, request: Request) -> Response:
    """Dial a peer (its name or peer id) now, and wait up to 5 s for the link."""
    return json_response(await port.connect_peer(request.captured["peer"]))


async def disconnect_peer(port: NodePort, request: Request) -> Response:
    """End a peer's link; both ends dial again within seconds."""
    return json_response(port.disconnect_peer(request.captured["peer"]))


async def ban_peer(port: NodePort, request: Request) -> Response:
    """Neither dial nor accept a peer until it is unbanned, over restarts too; its link ends."""
    return json_response(await port.ban_peer(request.captured["peer"]))


async def unban_peer(port: NodePort, request: Request) -> Response:
    """Dial and accept a peer again."""
    return json_response(await port.unban_peer(request.captured["peer"]))


async def show_consensus(port: NodePort, request: Request) -> Response:
    """The height in progress: round, step, proposer, who voted for what, locks."""
    return json_response(port.consensus())


async def show_validators(port: NodePort, request: Request) -> Response:
    """The validators of the next block."""
    return json_response(port.validators())


async def show_evidence(port: NodePort, request: Request) -> Response:
    """Equivocations that blocks recorded."""
    return json_response(port.evidence())


async def show_members(port: NodePort, request: Request) -> Response:
    """Organisations with roles, accounts and nodes."""
    return json_response(port.members())


async def show_parameters(port: NodePort, request: Request) -> Response:
    """The parameters of the chain for the next block, by name."""
    return json_response(port.parameters())


async def show_modules(port: NodePort, request: Request) -> Response:
    """Modules: the version of the next block, the scheduled one, and those that this software has."""
    return json_response(port.modules())


async def show_mempool(port: NodePort, request: Request) -> Response:
    """Show the pool: transactions by organisation, bounds, the oldest, and refused senders."""
    return json_response(port.pool.show())


async def drop_waiting(port: NodePort, request: Request) -> Response:
    """Drop a waiting transaction from this node's pool; other nodes may still hold it."""
    return json_response(port.pool.drop(tx_id_of(request.captured["tx_id"])))


async def refuse_sender(port: NodePort, request: Request) -> Response:
    """Take no transactions of an organisation, or of an account by public key or name, into this node's pool
    and blocks, over restarts too. What waits of it is dropped."""
    return json_response(await port.pool.refuse(request.captured["sender"]))


async def allow_sender(port: NodePort, request: Request) -> Response:
    """Take transactions of a refused organisation or account again."""
    return json_response(await port.pool.allow(request.captured["sender"]))


async def show_block(port: NodePort, request: Request) -> Response:
    """A final block: a height from 1, latest, or its id, of which the first 12 digits are enough."""
    height = await named_height(port, request.captured.get("height", "latest"))
    return json_response(await port.block(height))


async def show_tx(port: NodePort, request: Request) -> Response:
    """A transaction that waits or is final, with its receipt; the first 12 digits of its id are enough."""
    return json_response(await port.tx(await named_transaction(port, request.captured["tx_id"])))


async def submit_one(port: NodePort, request: Request) -> Response:
    """Submit a transaction: {"tx": hex} as application/json, or its bytes as application/cbor. With wait=1
    and timeout_ms=N answers 200 with the receipt once it is final, else 202. Submitting again is harmless."""
    wait, timeout_ms = waiting(request)
    transaction = decode_transaction(one_transaction(request))
    (outcome,) = await port.submit((transaction,), wait=wait, timeout_ms=timeout_ms)
    committed = outcome.committed
    if outcome.fault is not None and outcome.fault.code != "TX_PENDING":
        committed = await _already_final(port, outcome)
    if committed is not None:
        return json_response(committed)
    return json_response({"tx_id": transaction.tx_id.hex(), "status": "pending", "height": None}, 202)


async def rehearse(port: NodePort, request: Request) -> Response:
    """Try a transaction, {"tx": hex} or its bytes, as if all whom it names had signed it: what would be
    refused of it now, operation by operation. Nothing is submitted, and no signature is checked."""
    return json_response(await port.rehearse(decode_transaction(one_transaction(request))))


async def submit_many(port: NodePort, request: Request) -> Response:
    """Submit a batch: a CBOR array of byte strings as application/cbor. Answers a list with [code, height]
    for each: [null, null] admitted, [code, null] not admitted, and with wait=1 [receipt's code, height]
    where it is final."""
    wait, timeout_ms = waiting(request)
    answers: list[tuple[str | None, Json]] = []
    well_formed: list[Transaction] = []
    places: list[int] = []
    for place, raw in enumerate(many_transactions(request)):
        if place % DECODED_AT_ONCE_MAX == 0:
            await trio.lowlevel.checkpoint()
        try:
            well_formed.append(decode_transaction(raw))
        except Invalid as fault:
            answers.append((fault.code, None))
        else:
            answers.append((None, None))
            places.append(place)
    outcomes = await port.submit(well_formed, wait=wait, timeout_ms=timeout_ms) if well_formed else ()
    for place, outcome in zip(places, outcomes, strict=True):
        answers[place] = _brief(outcome)
    return json_response(answers)


async def query(port: NodePort, request: Request) -> Response:
    """A module's query upon committed state; its arguments are the query's fields. In the name of an account:
    account=PUBLIC_KEY, until=HEIGHT, nonce=HEX and signature=HEX, which the account made.
    """
    signed = signed_question(request, port.chain_id)
    if signed is not None and request.level < Level.OPERATOR:
        raise _not_permitted(request, Level.OPERATOR)
    module, name = request.captured["module"], request.captured["name"]
    return json_response(port.query(module, name, query_args(request), signed))


async def events(port: NodePort, request: Request) -> Response:
    """Events of accepted transactions as lines of JSON, in order: from=HEIGHT, module=NAME, follow=1 for
    ever. A line of a height alone says that all up to there was told.
    """
    first, module, follow = following(request)
    lines = port.events(first, module, follow=follow)
    return Response(status=200, body=b"", content_type=LINES_TYPE, lines=lines)


async def prove(port: NodePort, request: Request) -> Response:
    """Prove keys of the state, a CBOR array of byte strings as application/cbor: the proof file's bytes.
    From trusted=HEIGHT:BLOCK_ID on, or header=HEX where that block may be pruned, else from genesis.
    """
    proof = await port.proofs.prove(many_transactions(request), beginning_of(request))
    return Response(status=200, body=proof, content_type=CBOR_TYPES[0])


async def prove_tx(port: NodePort, request: Request) -> Response:
    """Prove a final transaction with its receipt: the proof file's bytes, as application/cbor. Where it
    begins is said as for POST /v1/proof.
    """
    tx_id = tx_id_of(request.captured["tx_id"])
    proof = await port.proofs.prove_transaction(tx_id, beginning_of(request))
    return Response(status=200, body=proof, content_type=CBOR_TYPES[0])


async def keep_private(port: NodePort, request: Request) -> Response:
    """Keep a sealed payload for its recipients' nodes: the envelope's bytes as application/cbor."""
    await port.private.keep(root_of(request.captured["root"]), one_transaction(request))
    return json_response({"root": request.captured["root"], "bytes": len(request.body)})


async def read_private(port: NodePort, request: Request) -> Response:
    """A payload as it is sealed, as application/cbor."""
    envelope = await port.private.read(root_of(request.captured["root"]))
    return Response(status=200, body=envelope, content_type=CBOR_TYPES[0])


async def purge_private(port: NodePort, request: Request) -> Response:
    """Unlink this node's copy of a sealed payload."""
    purged = await port.private.purge(root_of(request.captured["root"]))
    return json_response({"root": request.captured["root"], "purged": purged})


async def show_metrics(port: NodePort, request: Request) -> Response:
    """Metrics as Prometheus text."""
    return Response(status=200, body=port.metrics(), content_type=METRICS_TYPE)


async def show_health(port: NodePort, request: Request) -> Response:
    """200 while blocks are final (healthy, degraded), 503 where the node is stalled."""
    status = port.status()
    answer = {"health": status["health"], "reasons": status["reasons"]}
    return json_response(answer, 503 if status["health"] == "stalled" else 200)


ROUTES: tuple[Route, ...] = (
    Route(method="GET", path="/v1/", level=Level.VIEWER, handler=list_routes),
    Route(method="GET", path="/v1/status", level=Level.VIEWER, handler=show_status),
    Route(method="GET", path="/v1/peers", level=Level.VIEWER, handler=show_peers),
    Route(method="POST", path="/v1/peers/{peer}/connect", level=Level.OPERATOR, handler=connect_peer),
    Route(method="POST", path="/v1/peers/{peer}/disconnect", level=Level.OPERATOR, handler=disconnect_peer),
    Route(method="POST", path="/v1/peers/{peer}/ban", level=Level.ADMIN, handler=ban_peer),
    Route(method="POST", path="/v1/peers/{peer}/unban", level=Level.ADMIN, handler=unban_peer),
    Route(method="GET", path="/v1/consensus", level=Level.VIEWER, handler=show_consensus),
    Route(method="GET", path="/v1/validators", level=Level.VIEWER, handler=show_validators),
    Route(method="GET", path="/v1/evidence", level=Level.VIEWER, handler=show_evidence),
    Route(method="GET", path="/v1/members", level=Level.VIEWER, handler=show_members),
    Route(method="GET", path="/v1/parameters", level=Level.VIEWER, handler=show_parameters),
    Route(method="GET", path="/v1/modules", level=Level.VIEWER, handler=show_modules),
    Route(method="GET", path="/v1/mempool", level=Level.VIEWER, handler=show_mempool),
    Route(method="POST", path="/v1/mempool/{tx_id}/drop", level=Level.OPERATOR, handler=drop_waiting),
    Route(
        method="POST", path="/v1/mempool/senders/{sender}/refuse", level=Level.OPERATOR, handler=refuse_sender
    ),
    Route(
        method="POST", path="/v1/mempool/senders/{sender}/allow", level=Level.OPERATOR, handler=allow_sender
    ),
    Route(method="GET", path="/v1/block", level=Level.VIEWER, handler=show_block),
    Route(method="GET", path="/v1/block/{height}", level=Level.VIEWER, handler=show_block),
    Route(method="GET", path="/v1/blocks", level=Level.VIEWER, handler=list_blocks),
    Route(method="GET", path="/v1/txs", level=Level.VIEWER, handler=list_transactions),
    Route(method="GET", path="/v1/tx/{tx_id}", level=Level.VIEWER, handler=show_tx),
    Route(method="GET", path="/v1/tx/{tx_id}/proof", level=Level.VIEWER, handler=prove_tx),
    Route(method="POST", path="/v1/tx", level=Level.OPERATOR, handler=submit_one),
    Route(method="POST", path="/v1/txs", level=Level.OPERATOR, handler=submit_many),
    Route(method="POST", path="/v1/rehearsal", level=Level.OPERATOR, handler=rehearse),
    Route(method="GET", path="/v1/query/{module}/{name}", level=Level.VIEWER, handler=query),
    Route(method="GET", path="/v1/events", level=Level.VIEWER, handler=events),
    Route(method="POST", path="/v1/proof", level=Level.VIEWER, handler=prove),
    Route(method="POST", path="/v1/private/{root}", level=Level.OPERATOR, handler=keep_private),
    Route(method="GET", path="/v1/private/{root}", level=Level.OPERATOR, handler=read_private),
    Route(method="POST", path="/v1/private/{root}/purge", level=Level.OPERATOR, handler=purge_private),
    Route(method="GET", path="/metrics", level=Level.VIEWER, handler=show_metrics),
    Route(method="GET", path="/health", level=Level.VIEWER, handler=show_health),
)


async def answer(port: NodePort, request: Request) -> Response:
    """Find the route and let it answer. Raises the ``Fault`` of whoever is guilty."""
    route, captured = find_route(request.method, request.path)
    if request.level < route.level:
        raise _not_permitted(request, route.level)
    return await route.handler(port, replace(request, captured=captured))


def find_route(method: str, path: str) -> tuple[Route, Mapping[str, str]]:
    """Find the route of a request and the parts that its path captured; ``HEAD`` is a ``GET`` whose answer
    has no body.

    Raises ``RequestRefused`` with 404 or 405.
    """
    method = "GET" if method == "HEAD" else method
    parts = _parts(path)
    allowed: list[str] = []
    for route, pattern in _PATTERNS:
        captured = _capture(pattern, parts)
        if captured is not None:
            if route.method == method:
                return route, captured
            allowed.append(route.method)
    if allowed:
        facts = {"method": method, "path": path[:200], "allowed": ", ".join(allowed)}
        raise RequestRefused(405, "HTTP_METHOD", facts, f"use {' or '.join(allowed)}")
    raise RequestRefused(404, "HTTP_UNKNOWN_PATH", {"path": path[:200]}, "see GET /v1/ for what there is")


def _parts(path: str) -> tuple[str, ...]:
    return tuple(path.strip("/").split("/"))


_PATTERNS: Final = tuple((route, _parts(route.path)) for route in ROUTES)


def _capture(pattern: tuple[str, ...], parts: tuple[str, ...]) -> dict[str, str] | None:
    """Return the parts of a path in the braces of ``pattern``, None where they do not match."""
    if len(pattern) != len(parts):
        return None
    captured: dict[str, str] = {}
    for wanted, part in zip(pattern, parts, strict=True):
        if wanted.startswith("{"):
            captured[wanted[1:-1]] = part
        elif wanted != part:
            return None
    return captured


def _brief(outcome: Outcome) -> tuple[str | None, Json]:
    if outcome.committed is not None:
        return str(outcome.committed["code"]), outcome.committed["height"]
    return (None if outcome.fault is None else outcome.fault.code), None


async def _already_final(port: NodePort, outcome: Outcome) -> Mapping[str, Json]:
    """Return the transaction that was refused because it is final already; another refusal of it is
    raised.
    """
    assert outcome.fault is not None, "only what was refused"
    if outcome.fault.code != "TX_REPEATED":
        raise outcome.fault
    try:
        return await port.tx(outcome.tx_id)
    except Fault:
        raise outcome.fault from None


def _not_permitted(request: Request, needed: Level) -> RequestRefused:
    facts = {"level": request.level.name.lower(), "needed": needed.name.lower()}
    hint = "use the control socket as a member of its group"
    if needed is Level.ADMIN:
        hint = "use the control socket as root or as the user that the daemon runs as"
    return RequestRefused(403, "NOT_PERMITTED", facts, hint)
