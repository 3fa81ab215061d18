"""Private payloads of this node: kept sealed, given to recipients alone, and fetched from others for our own
organisation, again and again until they are here.

The node reads none of them: it holds no sealing key. Who may have one stands on the chain.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final, ParamSpec, TypeVar

import structlog
import trio

from p2pchain.business.evidence.holds import HELD_PAYLOAD, is_payload_held, state_key
from p2pchain.business.evidence.refusals import EvidenceHeld
from p2pchain.business.private.rules import ERASED, NAME, PAYLOAD
from p2pchain.codec.messages import encode_fetch_response
from p2pchain.codec.private import ENVELOPE_BYTES_MAX, decode_envelope
from p2pchain.crypto.hashing import sha256
from p2pchain.ledger.kernel import Ledger
from p2pchain.ledger.record import Record, read_record
from p2pchain.model.chain import BlockRecord
from p2pchain.model.errors import Fact, Invalid, Refused
from p2pchain.model.ids import OrgId, PeerId
from p2pchain.model.messages import PAYLOAD_PART_BYTES, FetchRequest, PayloadRequest, PayloadResponse
from p2pchain.net.events import FetchArrived, FetchFailed
from p2pchain.net.network import Network
from p2pchain.node.face.payload_schedule import Wanted, WantedPayloads
from p2pchain.node.payload_shares import PayloadShares
from p2pchain.storage.files import DiskFailure
from p2pchain.storage.payloads import PayloadStore

P = ParamSpec("P")
T = TypeVar("T")
PREFIX: Final = NAME.encode() + b"/"
HELD: Final = state_key(HELD_PAYLOAD)
DEADLINE_MS: Final = 10_000


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
        self._wanted = WantedPayloads()
        self._shares = PayloadShares(org)
        self._no_room: dict[bytes, None] = {}
        self._changed = trio.Event()
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
        self._wanted.drop(root)

    async def read(self, root: bytes) -> bytes:
        """A payload as it is sealed. ``PRIV_NOT_HERE`` with whether it is being fetched."""
        payload = await self._run(self._store.read, root)
        if payload is None:
            facts: dict[str, Fact] = {"root": root.hex(), "fetching": root in self._wanted}
            hint = "this node holds no copy: it is fetched, was erased, or is not for this organisation"
            raise Refused("PRIV_NOT_HERE", facts, hint)
        return payload

    async def purge(self, root: bytes) -> bool:
        """Unlink the copy of this node; whether there was one. ``EVD_HOLD`` from the block on in which a
        court has ordered that it be kept.
        """
        if is_payload_held(lambda key: self._ledger.get(state_key(key)) is not None, root, self._org):
            raise EvidenceHeld({"payload": root.hex(), "org": self._org})
        self._wanted.drop(root)
        self._shares.drop(root)
        return await self._run(self._store.remove, root)

    def reasons(self) -> list[str]:
        """List the faults for an operator; none while all is well."""
        if not self._no_room:
            return []
        problem = (
            f"no room for {len(self._no_room)} more private payloads; kept: {self._store.kept_bytes} bytes"
        )
        return [f"{problem}; raise storage.payloads_bytes_max, or purge"]

    # what the chain tells

    def committed(self, record: BlockRecord) -> None:
        """A final block: what is sealed for us is wanted, and what a court holds from now on is wanted again
        where our copy is gone and nobody has said so.
        """
        for key, value in record.changes:
            if value is None:
                continue
            if key.startswith(PREFIX + PAYLOAD):
                self._want(key[len(PREFIX + PAYLOAD) :], read_record(value))
            elif key.startswith(HELD):
                root = key[len(HELD) :]
                if (payload := self._record(root)) is not None:
                    self._want(root, payload)

    async def run(self) -> None:
        """Fetch what is wanted, for ever; begins with what the state says."""
        for key, value in self._ledger.walk(PREFIX + PAYLOAD):
            self._want(key[len(PREFIX + PAYLOAD) :], read_record(value))
        async with trio.open_nursery() as nursery:
            while True:
                self._changed = trio.Event()
                while (wanted := self._wanted.next_due(trio.current_time())) is not None:
                    nursery.start_soon(self._attempt, wanted)
                self._no_room = {root: None for root in self._no_room if root in self._wanted}
                due_in_s = self._wanted.due_in_s(trio.current_time())
                with trio.move_on_after(math.inf if due_in_s is None else due_in_s):
                    await self._changed.wait()

    # what peers ask

    def serves(self, request: FetchRequest) -> bool:
        """Test whether the request is for this object."""
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
        """Test whether the payload is sealed for the peer's organisation."""
        record = self._record(root)
        if record is None:
            return False
        orgs = {member.org for member in self._ledger.members if member.peer_id == peer}
        return bool(orgs & set(_texts(record[3])))

    def _record(self, root: bytes) -> Record | None:
        raw = self._ledger.get(PREFIX + PAYLOAD + root)
        return None if raw is None else read_record(raw)

    def _want(self, root: bytes, record: Record) -> None:
        if self._org not in _texts(record[3]):
            return
        if self._ledger.get(PREFIX + ERASED + root + b"/" + self._org.encode()) is not None:
            return
        owner, size = OrgId(str(record[0])), record[2]
        assert isinstance(size, int), f"payload record {record!r}"
        if self._store.has(root):
            self._shares.keep(root, owner, size)
        else:
            self._wanted.add(root, owner)
            self._changed.set()

    async def _attempt(self, wanted: Wanted) -> None:
        """Ask the next holder of a payload, the owner's node first, and keep what it gives if it is true."""
        holders: tuple[PeerId, ...] = ()
        here = False
        try:
            record = self._record(wanted.root)
            if record is None or await self._run(self._store.has, wanted.root):
                here = True
            else:
                holders = tuple(self._holders(record))
                here = await self._fetch(wanted, record, holders)
        except (DiskFailure, Refused) as failure:
            self._log.error("private.not_kept", root=wanted.root.hex()[:16], **failure.facts)
        finally:
            if here:
                self._wanted.succeeded(wanted)
            else:
                self._wanted.failed(wanted, trio.current_time(), len(holders))
            self._changed.set()

    async def _fetch(self, wanted: Wanted, record: Record, holders: Sequence[PeerId]) -> bool:
        """Ask one holder; return whether the payload is kept now."""
        root, digest, size = wanted.root, record[1], record[2]
        assert isinstance(size, int), f"payload record {record!r}"
        if not self._shares.has_room(wanted.owner, size, self._store.free_bytes):
            self._no_room[root] = None
            return False
        self._no_room.pop(root, None)
        if not holders:
            return False
        peer = holders[wanted.attempts % len(holders)]
        envelope = await self._ask(peer, root, size)
        if envelope is None or (sha256(envelope), len(envelope)) != (digest, size):
            return False
        if not _is_envelope(envelope):
            return False
        await self._run(self._store.write, root, envelope)
        self._shares.keep(root, wanted.owner, size)
        self._log.info("private.fetched", root=root.hex()[:16], peer=peer, bytes=len(envelope))
        return True

    def _holders(self, record: Record) -> Iterator[PeerId]:
        """Nodes that may have a payload: the owner's, then those of its other recipients."""
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
    return tuple(text for text in value if isinstance(text, str))
