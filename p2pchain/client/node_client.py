"""The node as an application sees it: ask, submit, wait."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote, urlencode

import trio

from p2pchain.client.exchange import ConnectionLost, ErrorAnswer, Exchange, HttpAnswer, connect
from p2pchain.client.faults import AnswerInvalid, DaemonNotRunning, NodeRefused, NotPermitted, TimedOut
from p2pchain.codec.cbor import pack
from p2pchain.codec.exact_json import read_answer
from p2pchain.codec.header import encode_header
from p2pchain.codec.query import question_sign_bytes
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.block import Header
from p2pchain.model.errors import Fact, Invalid
from p2pchain.model.ids import NONCE_BYTES, ChainId, Height, TxId
from p2pchain.model.query import Question
from p2pchain.model.transaction import Transaction
from p2pchain.proofs.trust import Beginning

ANSWER_TIMEOUT_MS: Final = 10_000
"""For a node to answer what it need not wait for."""
QUESTION_HEIGHTS: Final = 60
"""For how many heights a signed question is good; a node allows 120."""
POLL_MS: Final = 100
"""Between two looks at something that is waited for."""
CBOR_TYPE: Final = "application/cbor"

Fields = Mapping[str, Any]
"""An object of JSON, as the routes of ``docs/control.md`` tell it."""
Argument = int | bool | str | bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """Outcome of a submission. ``committed``: the transaction with its receipt as ``GET /v1/tx/ID`` gives it,
    None where it is not final yet.
    """

    tx_id: TxId
    committed: Fields | None


class NodeClient:
    """A client of one node; an async context manager. One request at a time: open several for more.

    Every method raises ``DaemonNotRunning``, ``NotPermitted``, ``TimedOut``, ``AnswerInvalid``, or
    ``NodeRefused`` with the node's own code.
    """

    def __init__(self, socket: Path, *, answer_timeout_ms: int = ANSWER_TIMEOUT_MS) -> None:
        """``socket``: the node's control socket."""
        self._socket = socket
        self._answer_timeout_ms = answer_timeout_ms
        self._exchange: Exchange | None = None
        self._turn = trio.Lock()
        self.handed_in: list[TxId] = []
        """What ``submit`` sent and the node did not refuse, whatever became of it: it may be final."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connection; another request opens a new one."""
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            await exchange.aclose()

    async def status(self) -> Fields:
        """``GET /v1/status``."""
        return await self.get("/v1/status")

    async def peers(self) -> Sequence[Fields]:
        """``GET /v1/peers``."""
        return await self.get_rows("/v1/peers")

    async def connect_peer(self, which: str) -> Fields:
        """``POST /v1/peers/WHICH/connect``. ``NodeRefused`` ``PEER_UNKNOWN``, ``PEER_UNREACHABLE``, ..."""
        return await self._order_peer(which, "connect")

    async def disconnect_peer(self, which: str) -> Fields:
        """``POST /v1/peers/WHICH/disconnect``. ``NodeRefused`` ``PEER_UNKNOWN``, ``PEER_NOT_CONNECTED``."""
        return await self._order_peer(which, "disconnect")

    async def ban_peer(self, which: str) -> Fields:
        """``POST /v1/peers/WHICH/ban``. ``NodeRefused`` ``PEER_UNKNOWN``."""
        return await self._order_peer(which, "ban")

    async def unban_peer(self, which: str) -> Fields:
        """``POST /v1/peers/WHICH/unban``. ``NodeRefused`` ``PEER_UNKNOWN``."""
        return await self._order_peer(which, "unban")

    async def consensus(self) -> Fields:
        """``GET /v1/consensus``."""
        return await self.get("/v1/consensus")

    async def validators(self) -> Sequence[Fields]:
        """``GET /v1/validators``."""
        return await self.get_rows("/v1/validators")

    async def evidence(self) -> Sequence[Fields]:
        """``GET /v1/evidence``."""
        return await self.get_rows("/v1/evidence")

    async def members(self) -> Sequence[Fields]:
        """``GET /v1/members``."""
        return await self.get_rows("/v1/members")

    async def parameters(self) -> Fields:
        """``GET /v1/parameters``."""
        return await self.get("/v1/parameters")

    async def modules(self) -> Sequence[Fields]:
        """``GET /v1/modules``."""
        return await self.get_rows("/v1/modules")

    async def metrics(self) -> bytes:
        """See ``GET /metrics``."""
        return await self._file("GET", "/metrics", b"")

    async def mempool(self) -> Fields:
        """``GET /v1/mempool``."""
        return await self.get("/v1/mempool")

    async def drop_waiting(self, tx_id: TxId) -> Fields:
        """``POST /v1/mempool/ID/drop``. ``NodeRefused`` ``TX_UNKNOWN``."""
        return await self.order(f"/v1/mempool/{tx_id.hex()}/drop")

    async def refuse_sender(self, sender: str) -> Fields:
        """``POST /v1/mempool/senders/SENDER/refuse``. ``NodeRefused`` ``SENDER_UNKNOWN``."""
        return await self.order(f"/v1/mempool/senders/{quote(sender, safe='')}/refuse")

    async def allow_sender(self, sender: str) -> Fields:
        """``POST /v1/mempool/senders/SENDER/allow``. ``NodeRefused`` ``SENDER_UNKNOWN``."""
        return await self.order(f"/v1/mempool/senders/{quote(sender, safe='')}/allow")

    async def block(self, height: Height | str | None = None) -> Fields:
        """``GET /v1/block/HEIGHT``; the newest for None, or by the first 12 or more digits of its id.
        ``NodeRefused`` ``BLOCK_UNKNOWN``, ``ID_AMBIGUOUS``.
        """
        return await self.get(f"/v1/block/{'latest' if height is None else height}")

    async def tx(self, tx_id: TxId | str) -> Fields:
        """``GET /v1/tx/ID``, or by the first 12 or more digits of it. ``NodeRefused`` ``TX_UNKNOWN``,
        ``ID_AMBIGUOUS``.
        """
        return await self.get(f"/v1/tx/{tx_id if isinstance(tx_id, str) else tx_id.hex()}")

    async def query(
        self, module: str, name: str, args: Mapping[str, Argument], asker: SigningKey | None = None
    ) -> Fields:
        """``GET /v1/query/MODULE/NAME``: a module's answer, or ``NodeRefused`` with the module's code.
        ``asker``: signs the question, where the answer depends on who asks.
        """
        fields = {key: _argument(value) for key, value in args.items() if value is not None}
        if asker is not None:
            fields |= await self._signature(module, name, fields, asker)
        path = f"/v1/query/{quote(module, safe='')}/{quote(name, safe='')}"
        return await self.get(f"{path}?{urlencode(fields)}" if fields else path)

    async def _signature(
        self, module: str, name: str, fields: Mapping[str, str], asker: SigningKey
    ) -> Mapping[str, str]:
        status = await self.status()
        question = Question(
            chain_id=ChainId(str(status["chain_id"])),
            module=module,
            query=name,
            fields=tuple(sorted(fields.items())),
            account=asker.public_key,
            until=Height(int(status["height"]) + QUESTION_HEIGHTS),
            nonce=os.urandom(NONCE_BYTES),
        )
        return {
            "account": asker.public_key.hex(),
            "until": str(question.until),
            "nonce": question.nonce.hex(),
            "signature": asker.sign(question_sign_bytes(question)).hex(),
        }

    async def event_lines(self, target: str, quiet_s: float) -> AsyncGenerator[Fields, None]:
        """The lines of ``GET /v1/events...`` over a connection of their own. Raises ``DaemonNotRunning``
        where the node is not there, goes away, or is silent for ``quiet_s``; ``NodeRefused``.
        """
        exchange = await connect(self._socket)
        try:
            async with aclosing(exchange.lines(target, quiet_s)) as lines:
                async for line in lines:
                    yield self._fields(self._read_json(HttpAnswer(status=200, body=line)))
        except ErrorAnswer as refusal:
            self._read_json(refusal.answer)
            raise AnswerInvalid(self._socket, "an error that tells none") from refusal
        except (ConnectionLost, trio.BrokenResourceError) as error:
            raise DaemonNotRunning(self._socket, f"it went away ({error})") from error
        finally:
            await exchange.aclose()

    async def keep_private(self, root: bytes, envelope: bytes) -> None:
        """``POST /v1/private/ROOT``: let the node keep a sealed payload. ``NodeRefused``."""
        self._read_json(await self._send("POST", f"/v1/private/{root.hex()}", envelope, 0))

    async def read_private(self, root: bytes) -> bytes:
        """``GET /v1/private/ROOT``: a payload as it is sealed. ``NodeRefused`` ``PRIV_NOT_HERE``."""
        answer = await self._send("GET", f"/v1/private/{root.hex()}", b"", 0)
        if answer.status >= 400:
            self._read_json(answer)
        return answer.body

    async def purge_private(self, root: bytes) -> bool:
        """``POST /v1/private/ROOT/purge``: unlink the node's copy; whether there was one."""
        content = self._read_json(await self._send("POST", f"/v1/private/{root.hex()}/purge", b"", 0))
        return bool(self._fields(content)["purged"])

    async def prove(self, keys: Sequence[bytes], beginning: Beginning = None) -> bytes:
        """``POST /v1/proof``: the file that proves these keys of the state, or that they are absent, as of
        the newest block, to whoever trusts the genesis, or the block ``beginning``; ``client.proofs``
        verifies it. ``NodeRefused``: ``PROOF_KEYS``, ``PROOF_TRUSTED``, ``HEIGHT_PRUNED``.
        """
        return await self._file("POST", f"/v1/proof{_begun_at(beginning)}", pack(tuple(keys)))

    async def prove_transaction(self, tx_id: TxId, beginning: Beginning = None) -> bytes:
        """``GET /v1/tx/ID/proof``: the file that proves a final transaction and its receipt, likewise.
        ``NodeRefused``: ``TX_UNKNOWN``, ``PROOF_TRUSTED``, ``PROOF_TRUSTED_LATER``, ``HEIGHT_PRUNED``.
        """
        return await self._file("GET", f"/v1/tx/{tx_id.hex()}/proof{_begun_at(beginning)}", b"")

    async def rehearse(self, transaction: Transaction) -> Fields:
        """Return the refusals that a transaction would meet now, by operation. Its signatures may be any.
        Nothing is submitted. Raises ``NodeRefused`` where no block could hold it.
        """
        answer = await self._send("POST", "/v1/rehearsal", transaction.raw, 0)
        return self._fields(self._read_json(answer))

    async def submit(
        self, transaction: Transaction, *, wait: bool = True, timeout_ms: int = 30_000
    ) -> Submitted:
        """Hand in a transaction; with ``wait`` return once it is final.

        Raises ``NodeRefused`` where it is not admitted, ``TimedOut`` where it is not final within
        ``timeout_ms``.
        """
        target = f"/v1/tx?{_waiting(wait, timeout_ms)}"
        self.handed_in.append(transaction.tx_id)
        try:
            content = self._read_json(answer := await self._send("POST", target, transaction.raw, timeout_ms))
        except NodeRefused:
            self.handed_in.pop()
            raise
        if answer.status == 200:
            return Submitted(tx_id=transaction.tx_id, committed=self._fields(content))
        if wait:
            facts: dict[str, Fact] = {"tx_id": transaction.tx_id.hex(), "timeout_ms": timeout_ms}
            raise TimedOut(facts, "it may still become final; see: p2pchain tx wait ID, p2pchain status")
        return Submitted(tx_id=transaction.tx_id, committed=None)

    async def submit_many(
        self, transactions: Sequence[bytes], *, wait: bool, timeout_ms: int = 30_000
    ) -> Sequence[tuple[str | None, int | None]]:
        """Hand in encoded transactions at once: for each (code, height) as ``POST /v1/txs`` tells them."""
        target = f"/v1/txs?{_waiting(wait, timeout_ms)}"
        answers = self._read_json(await self._send("POST", target, pack(tuple(transactions)), timeout_ms))
        if not isinstance(answers, list) or len(answers) != len(transactions):
            raise AnswerInvalid(self._socket, "not one answer for each transaction")
        return [(code, height) for code, height in answers]

    async def wait_for_tx(self, tx_id: TxId, *, timeout_ms: int) -> Fields:
        """Wait until a transaction is final, and return it. This node need not know it yet. Raises
        ``TimedOut``.
        """
        with trio.move_on_after(timeout_ms / 1000):
            while True:
                try:
                    transaction = await self.tx(tx_id)
                except NodeRefused as fault:
                    if fault.code != "TX_UNKNOWN":
                        raise
                else:
                    if transaction["status"] == "committed":
                        return transaction
                await trio.sleep(POLL_MS / 1000)
        facts = {"tx_id": tx_id.hex(), "timeout_ms": timeout_ms}
        raise TimedOut(facts, "was it submitted? see: p2pchain mempool, p2pchain status")

    async def _file(self, method: str, target: str, body: bytes) -> bytes:
        answer = await self._send(method, target, body, 0)
        if answer.status >= 400:
            self._read_json(answer)
        return answer.body

    async def _order_peer(self, which: str, order: str) -> Fields:
        return await self.order(f"/v1/peers/{quote(which, safe='')}/{order}")

    async def order(self, target: str) -> Fields:
        """Ask the node to do something that a route without a body orders."""
        return self._fields(self._read_json(await self._send("POST", target, b"", 0)))

    async def get(self, target: str) -> Fields:
        """Ask a route that answers with one object; ``target``: its path and query."""
        return self._fields(self._read_json(await self._send("GET", target, b"", 0)))

    async def get_rows(self, target: str) -> Sequence[Fields]:
        """Ask a route that answers with a list of objects."""
        rows = self._read_json(await self._send("GET", target, b"", 0))
        if not isinstance(rows, list):
            raise AnswerInvalid(self._socket, "not a list")
        return [self._fields(row) for row in rows]

    async def _send(self, method: str, target: str, body: bytes, wait_ms: int) -> HttpAnswer:
        """Exchange one request; an idle connection that the node closed meanwhile is opened anew, once."""
        timeout_ms = wait_ms + self._answer_timeout_ms
        try:
            with trio.fail_after(timeout_ms / 1000):
                async with self._turn:
                    return await self._exchange_once(method, target, body)
        except trio.TooSlowError:
            await self.aclose()
            facts: dict[str, Fact] = {"socket": str(self._socket), "timeout_ms": timeout_ms}
            raise TimedOut(facts, "the daemon is there but does not answer; look at its log") from None
        except (ConnectionLost, trio.BrokenResourceError) as error:
            raise DaemonNotRunning(self._socket, f"it went away ({error})") from error

    async def _exchange_once(self, method: str, target: str, body: bytes) -> HttpAnswer:
        reused = self._exchange is not None and self._exchange.is_open
        exchange = self._exchange if reused and self._exchange is not None else await self._renew()
        try:
            return await exchange.request(method, target, body, CBOR_TYPE)
        except ConnectionLost:
            # What was submitted already is recognised by its id, so sending it again is harmless.
            if not reused:
                raise
            return await (await self._renew()).request(method, target, body, CBOR_TYPE)

    async def _renew(self) -> Exchange:
        await self.aclose()
        self._exchange = await connect(self._socket)
        return self._exchange

    def _read_json(self, answer: HttpAnswer) -> object:
        """The answer's JSON. Raises ``NodeRefused`` or ``NotPermitted`` where it tells an error."""
        try:
            content = read_answer(answer.body)
        except Invalid as error:
            raise AnswerInvalid(self._socket, f"status {answer.status}, not JSON") from error
        if answer.status < 400:
            return content
        match content:
            case {"error": {"code": "NOT_PERMITTED", "hint": str(hint), "details": dict(details)}}:
                raise NotPermitted(details, hint)
            case {"error": {"code": str(code), "hint": str(hint), "details": dict(details)}}:
                raise NodeRefused(answer.status, code, details, hint)
            case _:
                raise AnswerInvalid(self._socket, f"status {answer.status} without an error")

    def _fields(self, content: object) -> Fields:
        if not isinstance(content, dict):
            raise AnswerInvalid(self._socket, "not an object")
        return content


def _argument(value: Argument) -> str:
    match value:
        case bytes():
            return value.hex()
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


def _begun_at(beginning: Beginning) -> str:
    match beginning:
        case None:
            return ""
        case Header():
            return f"?{urlencode({'header': encode_header(beginning).hex()})}"
        case _:
            return f"?{urlencode({'trusted': str(beginning)})}"


def _waiting(wait: bool, timeout_ms: int) -> str:
    return urlencode({"wait": int(wait), "timeout_ms": timeout_ms})
