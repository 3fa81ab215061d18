"""Private payloads of this node: kept sealed, given to recipients alone, and fetched from others for our own
organisation, again and again until they are here.

The node reads none of them: it holds no sealing key. Who may have one stands on the chain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, ParamSpec, TypeVar

import structlog
import trio

from p2pchain.codec.messages import encode_fetch_response
from p2pchain.codec.private import ENVELOPE_BYTES_MAX, decode_envelope
from p2pchain.crypto.hashing import sha256
from p2pchain.ledger.kernel import Ledger
from p2pchain.ledger.modules.private import ERASED, NAME, PAYLOAD
from p2pchain.ledger.record import Record, read_record
from p2pchain.model.chain import BlockRecord
from p2pchain.model.errors import Fact, Invalid, Refused
from p2pchain.model.ids import OrgId, PeerId
from p2pchain.model.messages import PAYLOAD_PART_BYTES, FetchRequest, PayloadRequest, PayloadResponse
from p2pchain.net.events import FetchArrived, FetchFailed
from p2pchain.net.network import Network
from p2pchain.storage.files import DiskFailure
from p2pchain.storage.payloads import PayloadStore

P = ParamSpec("P")
T = TypeVar("T")
PREFIX: Final = NAME.encode() + b"/"
AGAIN_S: Final = 5.0
"""How often what is lacking is asked for again."""
DEADLINE_MS: Final = 10_000
WANTED_MAX: Final = 10_000
"""Most payloads that are wanted at a time; the others are found at the next start."""


class Payloads:
    """Keeps, serves and fetches the sealed payloads of one node. A disk that refuses costs a payload for now,
    not the node.
    """

    def __init__(
        self,
        *,
        store: PayloadStore,
        ledger: Ledger,
        network: Network,
        org: OrgId,
        log: structlog.typing.FilteringBoundLogger,
    ) -> None:
        """``org``: whose node this is; what is sealed for it is fetched."""
        self._store = store
        self._ledger = ledger
        self._network = network
        self._org = org
        self._log = log
        self._wanted: dict[bytes, None] = {}
        self._no_room: dict[bytes, None] = {}
        self._arrived = trio.Event()
        self._limiter = trio.CapacityLimiter(1)

    # what the control socket asks

    async def keep(self, root: bytes, envelope: bytes) -> None:
        """Keep a payload that our own people hand in. ``Refused`` where it is none, or the chain holds
        another under this root: ``PRIV_DIGEST``.
        """
        decode_envelope(envelope)
        record = self._record(root)
        if record is not None and record[1] != sha256(envelope):
            raise Refused("PRIV_DIGEST", {"root": root.hex()}, "the chain names another envelope")
        await self._run(self._store.write, root, envelope)
        self._wanted.pop(root, None)

    async def read(self, root: bytes) -> bytes:
        """A payload as it is sealed. ``PRIV_NOT_HERE`` with whether it is being fetched."""
        found = await self._run(self._store.read, root)
        if found is None:
            facts: dict[str, Fact] = {"root": root.hex(), "fetching": root in self._wanted}
            hint = "this node holds no copy: it is fetched, was erased, or is not for this organisation"
            raise Refused("PRIV_NOT_HERE", facts, hint)
        return found

    async def purge(self, root: bytes) -> bool:
        """Unlink the copy of this node; whether there was one."""
        self._wanted.pop(root, None)
        return await self._run(self._store.remove, root)

    def reasons(self) -> list[str]:
        """What is wrong, for an operator; nothing while all is well."""
        if not self._no_room:
            return []
        told = f"no room for {len(self._no_room)} more private payloads; kept: {self._store.kept_bytes} bytes"
        return [f"{told}; raise storage.payloads_bytes_max, or purge"]

    # what the chain tells

    def committed(self, record: BlockRecord) -> None:
        """A final block: what is sealed for us is wanted."""
        for key, value in record.changes:
            if key.startswith(PREFIX + PAYLOAD) and value is not None:
                self._want(key[len(PREFIX + PAYLOAD) :], read_record(value))

    async def run(self) -> None:
        """Fetch what is wanted, for ever; begins with what the state says."""
        for key, value in self._ledger.walk(PREFIX + PAYLOAD):
            self._want(key[len(PREFIX + PAYLOAD) :], read_record(value))
        while True:
            for root in list(self._wanted):
                try:
                    await self._fetch(root)
                except (DiskFailure, Refused) as failure:
                    self._log.error("private.not_kept", root=root.hex()[:16], **failure.facts)
            self._no_room = {root: None for root in self._no_room if root in self._wanted}
            if not self._wanted:
                await self._arrived.wait()
            else:
                with trio.move_on_after(AGAIN_S):
                    await self._arrived.wait()
            self._arrived = trio.Event()

    # what peers ask

    def serves(self, request: FetchRequest) -> bool:
        """Whether the request is for this object."""
        return isinstance(request, PayloadRequest)

    def serve(self, nursery: trio.Nursery, event: FetchArrived) -> None:
        """Answer a request for which ``serves`` is true."""
        nursery.start_soon(self._answer, event)

    async def _answer(self, event: FetchArrived) -> None:
        request = event.request
        assert isinstance(request, PayloadRequest), "as serves says"
        part = None
        if self._may_have(event.peer, request.root):
            offset = request.index * PAYLOAD_PART_BYTES
            try:
                part = await self._run(self._store.read_part, request.root, offset, PAYLOAD_PART_BYTES)
            except (DiskFailure, FileNotFoundError) as failure:
                self._log.warning("private.not_served", root=request.root.hex()[:16], reason=str(failure))
        payload = encode_fetch_response(PayloadResponse(part=part))
        self._network.respond_encoded(event.peer, event.request_id, payload)

    def _may_have(self, peer: PeerId, root: bytes) -> bool:
        """Whether the peer's organisation is one of those that the payload is sealed for."""
        record = self._record(root)
        if record is None:
            return False
        orgs = {member.org for member in self._ledger.members if member.peer_id == peer}
        return bool(orgs & set(_texts(record[3])))

    def _record(self, root: bytes) -> Record | None:
        raw = self._ledger.get(PREFIX + PAYLOAD + root)
        return None if raw is None else read_record(raw)

    def _want(self, root: bytes, record: Record) -> None:
        if self._org not in _texts(record[3]) or len(self._wanted) >= WANTED_MAX:
            return
        if self._ledger.get(PREFIX + ERASED + root + b"/" + self._org.encode()) is not None:
            return
        if not self._store.has(root):
            self._wanted[root] = None
            self._arrived.set()

    async def _fetch(self, root: bytes) -> None:
        """Ask the nodes of its recipients, the owner's first, until one gives it whole."""
        record = self._record(root)
        if record is None or await self._run(self._store.has, root):
            self._wanted.pop(root, None)
            return
        digest, size = record[1], record[2]
        assert isinstance(size, int), f"payload record {record!r}"
        if not self._store.has_room(size):
            self._no_room[root] = None
            return
        self._no_room.pop(root, None)
        for peer in self._holders(record):
            envelope = await self._ask(peer, root, size)
            if envelope is not None and sha256(envelope) == digest and _is_envelope(envelope):
                await self._run(self._store.write, root, envelope)
                self._wanted.pop(root, None)
                self._log.info("private.fetched", root=root.hex()[:16], peer=peer, bytes=len(envelope))
                return

    def _holders(self, record: Record) -> Iterator[PeerId]:
        orgs = [str(record[0]), *(org for org in _texts(record[3]) if org != record[0])]
        for org in orgs:
            for member in self._ledger.members:
                if member.org == org:
                    yield member.peer_id

    async def _ask(self, peer: PeerId, root: bytes, size: int) -> bytes | None:
        """The payload from one peer, None where it has it not."""
        envelope = bytearray()
        while len(envelope) < min(size, ENVELOPE_BYTES_MAX):
            request = PayloadRequest(root=root, index=len(envelope) // PAYLOAD_PART_BYTES)
            try:
                answer = await self._network.fetch(peer, request, DEADLINE_MS)
            except FetchFailed:
                return None
            if not isinstance(answer, PayloadResponse) or not answer.part:
                return None
            envelope += answer.part
            if len(answer.part) < PAYLOAD_PART_BYTES:
                break
        return bytes(envelope)

    async def _run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """In a thread, one after the other."""
        return await trio.to_thread.run_sync(partial(work, *args, **kwargs), limiter=self._limiter)


def _is_envelope(data: bytes) -> bool:
    try:
        decode_envelope(data)
    except Invalid:
        return False
    return True


def _texts(value: object) -> tuple[str, ...]:
    assert isinstance(value, tuple), f"an array of text, not {value!r}"
    return tuple(each for each in value if isinstance(each, str))
