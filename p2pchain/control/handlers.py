"""Handlers of the routes: each reads its arguments, asks the node, and makes the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
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
from p2pchain.control.event_choice import SSE_TYPE, choice_of
from p2pchain.control.http import LINES_TYPE, Level, Request, RequestRefused, Response, json_response
from p2pchain.control.lists import named_height, named_transaction
from p2pchain.control.port import Json, NodePort, Outcome
from p2pchain.control.time_share import TimeShare
from p2pchain.model.errors import Fault, Invalid
from p2pchain.model.refusal import Refusal
from p2pchain.model.transaction import Transaction

EVENTS_SHARE: Final = TimeShare(3)
"""Turns of all streams whose events are chosen one by one: a quarter of the node's time for all together."""
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PARTLESS_HINT: Final = "ask for what your organisation has a part in"
DECODED_AT_ONCE_MAX: Final = 50
"""Transactions decoded before others run: about a millisecond."""

CHAIN_FIELDS: Final = (
    "chain_id",
    "genesis_id",
    "height",
    "block_id",
    "block_time_ms",
    "state_root",
    "tx_valid_ms_max",
    "version",
)

Handler = Callable[[NodePort, Request], Awaitable[Response]]


async def show_status(port: NodePort, request: Request) -> Response:
    """Show the node's identity, height and health, with reasons."""
    return json_response(port.status())


async def show_chain(port: NodePort, request: Request) -> Response:
    """Show all that a client needs of the chain to make a transaction, and its height."""
    status = port.status()
    return json_response({name: status[name] for name in CHAIN_FIELDS})


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
    block = await port.block(height)
    if not request.reader.is_unlimited:
        block = {**block, "transactions": [{**row, "code": None} for row in block["transactions"]]}  # type: ignore[union-attr, dict-item]
    return json_response(block)


async def show_tx(port: NodePort, request: Request) -> Response:
    """A transaction that waits or is final, with its receipt; the first 12 digits of its id are enough."""
    transaction = await port.tx(await named_transaction(port, request.captured["tx_id"]))
    port.rights.require_transaction(request.reader, transaction)
    return json_response(transaction)


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
    transaction = decode_transaction(one_transaction(request))
    port.rights.require_signers(request.reader, transaction.body.signers)
    return json_response(await port.rehearse(transaction))


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
        raise not_permitted(request, Level.OPERATOR)
    module, name = request.captured["module"], request.captured["name"]
    args, reader = query_args(request), request.reader
    try:
        answer = port.query(module, name, args, signed, reader.account)
    except Refusal as refusal:
        # Its facts and its hint may tell of a record in which the reader has no part.
        if not port.rights.may_know_why(reader, module, name):
            refusal.facts, refusal.hint = {}, PARTLESS_HINT
        raise
    return json_response(port.rights.cut(reader, module, name, args, answer))


async def events(port: NodePort, request: Request) -> Response:
    """Events of accepted transactions in order, as lines of JSON, or as text/event-stream where accept says
    so: from=HEIGHT, module=NAME, org=NAME, record=HEX, follow=1 for ever; last-event-id resumes. A line of a
    height alone says that all up to there was told.
    """
    first, module, follow = following(request)
    choice, resumed = choice_of(port, request, EVENTS_SHARE)
    lines = port.events(resumed or first, module, follow=follow, choice=choice)
    kind = SSE_TYPE if SSE_TYPE in dict(request.headers).get("accept", "") else LINES_TYPE
    return Response(status=200, body=b"", content_type=kind, lines=lines)


async def prove(port: NodePort, request: Request) -> Response:
    """Prove keys of the state, a CBOR array of byte strings as application/cbor: the proof file's bytes.
    From trusted=HEIGHT:BLOCK_ID on, or header=HEX where that block may be pruned, else from genesis.
    """
    keys = many_transactions(request)
    port.rights.require_keys(request.reader, keys)
    proof = await port.proofs.prove(keys, beginning_of(request))
    return Response(status=200, body=proof, content_type=CBOR_TYPES[0])


async def prove_tx(port: NodePort, request: Request) -> Response:
    """Prove a final transaction with its receipt: the proof file's bytes, as application/cbor. Where it
    begins is said as for POST /v1/proof.
    """
    tx_id = tx_id_of(request.captured["tx_id"])
    if not request.reader.is_unlimited:
        port.rights.require_transaction(request.reader, await port.tx(tx_id))
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


def not_permitted(request: Request, needed: Level) -> RequestRefused:
    """Refusal of a client whose level is below ``needed``."""
    facts = {"level": request.level.name.lower(), "needed": needed.name.lower()}
    hint = "use the control socket as a member of its group"
    if needed is Level.ADMIN:
        hint = "use the control socket as root or as the user that the daemon runs as"
    return RequestRefused(403, "NOT_PERMITTED", facts, hint)
