"""The control socket over bytes: the real connection and routes, before a node that knows nothing.

Whatever the bytes are, every answer is HTTP that a client can read, and every refusal is JSON with a code.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final, cast

import h11
import trio

from p2pchain.control.connection import Connection
from p2pchain.control.http import Level
from p2pchain.control.list_pages import BlockPage, ListQuestion, TransactionPage
from p2pchain.control.lists import ROWS_MAX
from p2pchain.control.port import EventChoice, Json, Lines, Outcome
from p2pchain.control.routes import answer
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.bounds import KEY_BYTES_MAX
from p2pchain.model.errors import Refused
from p2pchain.model.ids import ChainId, Height, PublicKey, TxId
from p2pchain.model.query import SignedQuestion
from p2pchain.model.transaction import Transaction, Value
from p2pchain.node.gateway.reading_rights import ReadingRights
from p2pchain.presentation.directory import Directory
from p2pchain.proofs.trust import Beginning
from tests.integration.no_jobs import NoJobs

_LAST_CHUNK: Final = b"0\r\n\r\n"


class NoPool:
    """Nothing waits, and nobody is known."""

    def show(self) -> Mapping[str, Json]:
        """Nothing."""
        return {}

    def drop(self, tx_id: TxId) -> Mapping[str, Json]:
        """It does not wait."""
        raise Refused("TX_UNKNOWN", {"tx_id": tx_id.hex()})

    async def refuse(self, sender: str) -> Mapping[str, Json]:
        """No sender is known."""
        raise Refused("SENDER_UNKNOWN", {"sender": sender[:80]})

    async def allow(self, sender: str) -> Mapping[str, Json]:
        """No sender is known."""
        raise Refused("SENDER_UNKNOWN", {"sender": sender[:80]})


class NoLists:
    """Nothing is final."""

    async def transactions(self, question: ListQuestion) -> TransactionPage:
        """An empty page; the question keeps its bounds."""
        assert 1 <= question.limit <= ROWS_MAX, "a bounded page"
        return TransactionPage(transactions=(), next=None, height=0)

    async def blocks(self, question: ListQuestion) -> BlockPage:
        """An empty page."""
        assert 1 <= question.limit <= ROWS_MAX, "a bounded page"
        return BlockPage(blocks=(), next=None, height=0)

    async def tx_id(self, beginning: str) -> TxId:
        """No transaction is known."""
        raise Refused("TX_UNKNOWN", {"tx_id": beginning})

    async def block_height(self, beginning: str) -> Height:
        """No block is known."""
        raise Refused("BLOCK_UNKNOWN", {"block_id": beginning})


class BlankNode:
    """A node of which nothing is known: every question has an empty answer, and it admits everything."""

    def status(self) -> Mapping[str, Json]:
        """Healthy."""
        return {"health": "healthy", "reasons": []}

    def peers(self) -> Sequence[Mapping[str, Json]]:
        """None."""
        return ()

    @property
    def rights(self) -> ReadingRights:
        """Those upon an empty catalogue; whoever asks on a socket of the node is not limited."""
        return ReadingRights(cast(Ledger, None), Directory(()))

    async def connect_peer(self, which: str) -> Mapping[str, Json]:
        """No peer is known."""
        raise Refused("PEER_UNKNOWN", {"peer": which[:80]})

    def disconnect_peer(self, which: str) -> Mapping[str, Json]:
        """No peer is known."""
        raise Refused("PEER_UNKNOWN", {"peer": which[:80]})

    async def ban_peer(self, which: str) -> Mapping[str, Json]:
        """No peer is known."""
        raise Refused("PEER_UNKNOWN", {"peer": which[:80]})

    async def unban_peer(self, which: str) -> Mapping[str, Json]:
        """No peer is known."""
        raise Refused("PEER_UNKNOWN", {"peer": which[:80]})

    def consensus(self) -> Mapping[str, Json]:
        """Nothing."""
        return {}

    def validators(self) -> Sequence[Mapping[str, Json]]:
        """None."""
        return ()

    def parameters(self) -> Mapping[str, Json]:
        """None."""
        return {}

    def modules(self) -> Sequence[Mapping[str, Json]]:
        """None."""
        return ()

    @property
    def pool(self) -> NoPool:
        """Empty."""
        return NoPool()

    def evidence(self) -> Sequence[Mapping[str, Json]]:
        """None."""
        return ()

    async def rehearse(self, transaction: Transaction) -> Mapping[str, Json]:
        """Nothing is refused."""
        return {"height": 0, "refusals": []}

    def members(self) -> Sequence[Mapping[str, Json]]:
        """None."""
        return ()

    async def block(self, height: Height | None) -> Mapping[str, Json]:
        """No block is known."""
        raise Refused("BLOCK_UNKNOWN", {"height": height})

    @property
    def jobs(self) -> NoJobs:
        """None."""
        return NoJobs()

    def state(self, key: bytes) -> tuple[bytes | None, int, bytes]:
        """Nothing stands there."""
        assert 0 < len(key) <= KEY_BYTES_MAX, "a bounded key"
        return None, 0, bytes(32)

    @property
    def lists(self) -> NoLists:
        """Empty."""
        return NoLists()

    async def tx(self, tx_id: TxId) -> Mapping[str, Json]:
        """No transaction is known."""
        raise Refused("TX_UNKNOWN", {"tx_id": tx_id.hex()})

    def query(
        self,
        module: str,
        name: str,
        args: Mapping[str, Value],
        signed: SignedQuestion | None,
        account: PublicKey | None = None,
    ) -> Mapping[str, Json]:
        """Says what was asked: the arguments must be what JSON can hold."""
        told = {key: value for key, value in args.items() if value is None or isinstance(value, int | str)}
        assert len(told) == len(args), "arguments are integers, texts, booleans and null"
        asker = None if signed is None else signed.question.account.hex()
        return {"module": module, "name": name, "args": told, "account": asker}

    @property
    def chain_id(self) -> ChainId:
        """Some chain."""
        return ChainId("fuzz-1")

    async def submit(
        self, transactions: Sequence[Transaction], *, wait: bool, timeout_ms: int
    ) -> Sequence[Outcome]:
        """Admit all, commit none."""
        assert 0 <= timeout_ms <= 300_000, "a bounded time"
        return tuple(Outcome(tx_id=each.tx_id, fault=None, committed=None) for each in transactions)

    def events(
        self,
        first: Height | None,
        module: str | None,
        *,
        follow: bool,
        choice: EventChoice | None = None,
    ) -> Lines:
        """Nothing is told."""
        return _no_lines()

    @property
    def private(self) -> NoPayloads:
        """None."""
        return NoPayloads()

    @property
    def proofs(self) -> NoProofs:
        """None."""
        return NoProofs()

    def metrics(self) -> bytes:
        """None."""
        return b""


class ByteStream(trio.abc.HalfCloseableStream):
    """A client that sends ``data`` in chunks of ``chunk_bytes`` and ends; ``heard``: what it was sent."""

    def __init__(self, data: bytes, chunk_bytes: int) -> None:
        self._data = data
        self._chunk_bytes = chunk_bytes
        self._at = 0
        self.heard = bytearray()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """The next chunk; empty at the end."""
        size = self._chunk_bytes if max_bytes is None else min(self._chunk_bytes, max_bytes)
        chunk = self._data[self._at : self._at + size]
        self._at += len(chunk)
        return chunk

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Take an answer."""
        self.heard += data

    async def wait_send_all_might_not_block(self) -> None:
        """It never blocks."""

    async def send_eof(self) -> None:
        """No further answer."""

    async def aclose(self) -> None:
        """Nothing to close."""


def serve_bytes(data: bytes) -> None:
    """Serve one client to its end. ``data[0]`` says in what chunks and with which rights it speaks."""
    if not data:
        return
    chunk_bytes, level = (65_536, 1, 7, 100)[data[0] >> 6], Level(data[0] % len(Level))
    stream = ByteStream(data[1:], chunk_bytes)
    reply = partial(answer, BlankNode())
    connection = Connection(stream, level=level, answer=reply, refused=_refused)
    trio.run(connection.serve)
    _check_answers(bytes(stream.heard))


def _refused(code: str) -> None:
    assert code.isupper(), code


def _check_answers(heard: bytes) -> None:
    """A client reads every answer; whether one was to HEAD, only its sender knows, so bodies are counted."""
    at = 0
    while at < len(heard):
        head, found, rest = heard[at:].partition(b"\r\n\r\n")
        assert found, "an answer has a whole head"
        status = int(head.split(b" ", 2)[1])
        if status == 100:
            at += len(head) + 4
            continue
        client = h11.Connection(h11.CLIENT)
        client.send(h11.Request(method="GET", target="/", headers=[("host", "n")]))
        client.send(h11.EndOfMessage())
        client.receive_data(heard[at:])
        response = client.next_event()
        assert isinstance(response, h11.Response), "an answer is HTTP"
        headers = dict(response.headers)
        if b"content-length" not in headers:
            at += len(head) + 4 + _streamed(headers, rest)
            continue
        length = int(headers[b"content-length"])
        body = rest[:length]
        if len(body) < length or (length and body.startswith(b"HTTP/1.1 ")):
            length = 0  # The answer to HEAD tells the length of a body that does not come.
        elif status >= 400 and not body.startswith(b'{"health"'):
            error = json.loads(body)["error"]
            assert set(error) == {"code", "message", "hint", "details"}, error
        at += len(head) + 4 + length


def _streamed(headers: Mapping[bytes, bytes], rest: bytes) -> int:
    """Bytes of a stream of no lines: its end, none in an answer to HEAD. HTTP/1.0 has no chunks, so there
    the connection ends with it.
    """
    chunked = headers.get(b"transfer-encoding") == b"chunked"
    assert chunked or not rest, "a client sees where an answer ends"
    return len(_LAST_CHUNK) if rest.startswith(_LAST_CHUNK) else 0


async def _no_lines() -> Lines:
    lines: tuple[bytes, ...] = ()
    for line in lines:
        yield line


class NoProofs:
    """Proves nothing."""

    async def prove(self, keys: Sequence[bytes], beginning: Beginning) -> bytes:
        """There are no certificates."""
        raise Refused("PROOF_NOTHING_FINAL", {"keys": len(keys), "beginning": str(beginning)})

    async def prove_transaction(self, tx_id: TxId, beginning: Beginning) -> bytes:
        """Nothing is final."""
        raise Refused("TX_UNKNOWN", {"tx_id": tx_id.hex(), "beginning": str(beginning)})


class NoPayloads:
    """Keeps none."""

    async def keep(self, root: bytes, envelope: bytes) -> None:
        """Keeps nothing."""

    async def read(self, root: bytes) -> bytes:
        """There is none."""
        raise Refused("PRIV_NOT_HERE", {"root": root.hex()})

    async def purge(self, root: bytes) -> bool:
        """There is none."""
        return not root
