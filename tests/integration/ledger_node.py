"""A node without consensus and network, for tests of the control socket: a real ledger, one block for each
submission.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import trio

from p2pchain.business.software import MODULES
from p2pchain.codec.exact_json import write_json
from p2pchain.control.port import EventChoice, Json, Lines, Outcome
from p2pchain.control.server import ControlConfig, serve_control
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.errors import Fault, Refused
from p2pchain.model.genesis import Genesis
from p2pchain.model.ids import ChainId, Height, PublicKey, TxId
from p2pchain.model.query import SignedQuestion
from p2pchain.model.transaction import Transaction, Value
from p2pchain.node.face.chain_json import operations_json, receipt_json
from p2pchain.node.face.listings import Listings
from p2pchain.node.face.rehearsals import Rehearsals
from p2pchain.node.face.signed_queries import Questions
from p2pchain.node.gateway.reading_rights import ReadingRights
from p2pchain.presentation.directory import Directory
from p2pchain.proofs.verifier import Verifier
from tests.integration.no_jobs import NoJobs
from tests.integration.nothing_kept import NoPayloads, NoProofs
from tests.integration.small_index import SmallIndex
from tests.integration.small_pool import SmallPool
from tests.patience import patient

BLOCK_ID = "ab" * 32
START_DEADLINE_S = patient(10)


class LedgerNode:
    """Implements ``NodePort``. ``mute``: it never makes another block; ``health``: what its status says."""

    def __init__(self, genesis: Genesis) -> None:
        """At genesis."""
        self.ledger = Ledger.from_genesis(genesis, MODULES)
        self.health = "healthy"
        self.mute = False
        self.full: Fault | None = None
        self.refused: list[str] = []
        self.banned: set[str] = set()
        self._pool = SmallPool()
        self._index = SmallIndex()
        self._genesis = genesis
        self._verifier = Verifier(genesis.chain_id)
        self._questions = Questions(genesis.chain_id)
        self._final: dict[TxId, Mapping[str, Json]] = {}

    @property
    def chain_id(self) -> ChainId:
        """See ``NodePort``."""
        return self._genesis.chain_id

    @property
    def rights(self) -> ReadingRights:
        """See ``NodePort``."""
        return ReadingRights(self.ledger, Directory(MODULES))

    def status(self) -> Mapping[str, Json]:
        """See ``NodePort``."""
        return {
            "node": "fake",
            "org": "fake",
            "chain_id": self._genesis.chain_id,
            "peer_id": "12D3KooWFake",
            "validator": True,
            "height": self.ledger.height,
            "block_id": BLOCK_ID,
            "state_root": self.ledger.state_root.hex(),
            "round": 0,
            "peers": 0,
            "mempool": 0,
            "syncing": False,
            "health": self.health,
            "faults_tolerated": 0,
            "reasons": [] if self.health == "healthy" else ["no quorum: missing bank-b"],
            "warnings": [],
            "version": "test",
            "genesis_id": BLOCK_ID,
            "block_time_ms": self.ledger.time_ms,
            "block_age_ms": 1_000,
            "uptime_ms": 1_000,
            "tx_valid_ms_max": self.ledger.parameters.tx_valid_ms_max,
        }

    def peers(self) -> Sequence[Mapping[str, Json]]:
        """One that is connected and one that is not."""
        names = ("direction", "address", "rtt_ms", "connected_s", "rx_bytes", "tx_bytes", "height")
        unset = dict.fromkeys(names)
        away = {"name": "bank-b", "org": "bank-b", "peer_id": "12D3KooWB", "connected": False, **unset}
        away["banned"] = "12D3KooWB" in self.banned
        here = {
            **away,
            "name": "buyer",
            "org": "buyer",
            "peer_id": "12D3KooWC",
            "connected": True,
            "banned": "12D3KooWC" in self.banned,
            "direction": "inbound",
            "address": "/ip4/127.0.0.1/tcp/4001",
            "rtt_ms": 2,
            "connected_s": 61,
            "rx_bytes": 1_234_567,
            "tx_bytes": 12,
            "height": 3,
        }
        return [away, here]

    async def connect_peer(self, which: str) -> Mapping[str, Json]:
        """Only the buyer can be reached."""
        row = self._peer(which)
        if not row["connected"]:
            raise Refused("PEER_UNREACHABLE", {"peer": which, "reason": "nobody listens"}, "is it running?")
        return self._told(row)

    def disconnect_peer(self, which: str) -> Mapping[str, Json]:
        """Only the buyer has a link."""
        row = self._peer(which)
        if not row["connected"]:
            raise Refused("PEER_NOT_CONNECTED", {"peer": which}, "see: p2pchain peers")
        return self._told(row)

    async def ban_peer(self, which: str) -> Mapping[str, Json]:
        """Remembered."""
        self.banned.add(str(self._peer(which)["peer_id"]))
        return self._told(self._peer(which))

    async def unban_peer(self, which: str) -> Mapping[str, Json]:
        """Forgotten."""
        self.banned.discard(str(self._peer(which)["peer_id"]))
        return self._told(self._peer(which))

    def consensus(self) -> Mapping[str, Json]:
        """One round with one vote."""
        votes: Mapping[str, Json] = {"bank-a": BLOCK_ID, "bank-b": None, "buyer": "nil"}
        round_: Mapping[str, Json] = {
            "round": 0,
            "proposer_org": "bank-a",
            "proposal": BLOCK_ID,
            "prevotes": votes,
            "precommits": votes,
        }
        held = ("locked_round", "locked_block", "valid_round", "valid_block")
        lock: Mapping[str, Json] = dict.fromkeys(held)
        return {
            "height": 4,
            "round": 0,
            "step": "prevote",
            "proposer_org": "bank-a",
            **lock,
            "rounds": [round_],
        }

    def validators(self) -> Sequence[Mapping[str, Json]]:
        """Those of the ledger."""
        return [
            {
                "index": index,
                "org": member.org,
                "public_key": member.public_key.hex(),
                "power": member.power,
                "connected": True,
                "sits_out_until": None,
                "evidence": 0,
            }
            for index, member in enumerate(self.ledger.validators.members)
        ]

    def parameters(self) -> Mapping[str, Json]:
        """Those of the ledger."""
        return asdict(self.ledger.parameters)

    def modules(self) -> Sequence[Mapping[str, Json]]:
        """Those of the ledger; nobody has said what its nodes have."""
        return [{**module, "codes": {}, "members": {}} for module in self.ledger.module_versions]

    @property
    def pool(self) -> SmallPool:
        """One transaction waits."""
        return self._pool

    def evidence(self) -> Sequence[Mapping[str, Json]]:
        """None."""
        return []

    async def rehearse(self, transaction: Transaction) -> Mapping[str, Json]:
        """See ``NodePort``."""
        return await Rehearsals(self.ledger).rehearse(transaction)

    def members(self) -> Sequence[Mapping[str, Json]]:
        """Those of the ledger."""
        organisations: Sequence[Mapping[str, Json]] = self.query("membership", "organisations", {}, None)[
            "organisations"
        ]  # type: ignore[assignment]
        return organisations

    async def block(self, height: Height | None) -> Mapping[str, Json]:
        """A block in outline."""
        tip = self.ledger.height
        wanted = tip if height is None else height
        if not 1 <= wanted <= tip:
            raise Refused("BLOCK_UNKNOWN", {"height": wanted, "tip": tip}, f"give a height from 1 to {tip}")
        names = ("block_id", "parent_id", "state_root", "proposer")
        return {
            **dict.fromkeys(names, BLOCK_ID),
            "height": wanted,
            "time_ms": self.ledger.time_ms,
            "round": 0,
            "proposer_org": "bank-a",
            "evidence": 0,
            "signed_by": [{"index": 0, "org": "bank-a"}],
            "transactions": [
                {"tx_id": final["tx_id"], "code": final["code"]}
                for final in self._final.values()
                if final["height"] == wanted
            ],
        }

    @property
    def jobs(self) -> NoJobs:
        """None."""
        return NoJobs()

    def state(self, key: bytes) -> tuple[bytes | None, int, bytes]:
        """See ``NodePort``."""
        return self.ledger.get(key), self.ledger.height, self.ledger.state_root

    @property
    def lists(self) -> Listings:
        """Out of an index in memory."""
        return Listings(self._index, list)

    async def tx(self, tx_id: TxId) -> Mapping[str, Json]:
        """See ``NodePort``."""
        if tx_id not in self._final:
            raise Refused("TX_UNKNOWN", {"tx_id": tx_id.hex()}, "was it submitted?")
        return self._final[tx_id]

    def query(
        self,
        module: str,
        name: str,
        args: Mapping[str, Value],
        signed: SignedQuestion | None,
        account: PublicKey | None = None,
    ) -> Mapping[str, Json]:
        """See ``NodePort``."""
        if signed is not None:
            account = self._questions.asker(signed, self.ledger.height)
        return MappingProxyType(self.ledger.query(module, name, args, account))

    def events(
        self,
        first: Height | None,
        module: str | None,
        *,
        follow: bool,
        choice: EventChoice | None = None,
    ) -> Lines:
        """Events of all that is final, as far as they are chosen."""
        return _final_lines(list(self._final.values()), choice)

    @property
    def private(self) -> NoPayloads:
        """None."""
        return NoPayloads()

    @property
    def proofs(self) -> NoProofs:
        """None."""
        return NoProofs()

    async def submit(
        self, transactions: Sequence[Transaction], *, wait: bool, timeout_ms: int
    ) -> Sequence[Outcome]:
        """Make a block of those that may be in it."""
        if self.mute and wait:
            await trio.sleep(timeout_ms / 1000)
        faults: list[Fault | None] = []
        admitted = []
        for transaction in transactions:
            try:
                if self.full is not None:
                    raise self.full
                self.ledger.check(transaction)
                admitted.append(self._verifier.transaction(transaction))
                faults.append(None)
            except Refused as fault:
                faults.append(fault)
        if admitted and not self.mute:
            self._make_block(admitted)
        return [
            Outcome(
                tx_id=transaction.tx_id,
                fault=fault,
                committed=self._final.get(transaction.tx_id) if wait and fault is None else None,
            )
            for transaction, fault in zip(transactions, faults, strict=True)
        ]

    def metrics(self) -> bytes:
        """One line."""
        return f"p2pchain_height {self.ledger.height}\n".encode()

    def _peer(self, which: str) -> Mapping[str, Json]:
        for row in self.peers():
            if which in (row["name"], row["peer_id"]):
                return row
        raise Refused("PEER_UNKNOWN", {"peer": which}, "see: p2pchain peers")

    def _told(self, row: Mapping[str, Json]) -> Mapping[str, Json]:
        return {name: row[name] for name in ("name", "peer_id", "connected", "banned")}

    def _make_block(self, admitted: list) -> None:  # type: ignore[type-arg]
        height = Height(self.ledger.height + 1)
        execution = self.ledger.execute(
            height=height,
            time_ms=self.ledger.time_ms + 1,
            transactions=admitted,
            evidence=(),
            system=(),
        )
        self.ledger.commit(execution)
        self._index.add(height, self.ledger.time_ms, admitted, execution.receipts)
        for index, (verified, receipt) in enumerate(zip(admitted, execution.receipts, strict=True)):
            self._final[verified.tx_id] = {
                "tx_id": verified.tx_id.hex(),
                "status": "committed",
                "height": height,
                "index": index,
                "block_id": BLOCK_ID,
                "time_ms": self.ledger.time_ms,
                "signers": [signer.hex() for signer in verified.transaction.body.signers],
                "operations": operations_json(verified.transaction.body.operations),
                **receipt_json(receipt),
            }


@contextmanager
def served(node: LedgerNode, sockets: Sequence[Path]) -> Iterator[Callable[[Callable[[], object]], object]]:
    """Serve a node at every socket, in a thread of its own; yields what runs a function in that thread."""
    started = threading.Event()
    tokens: list[trio.lowlevel.TrioToken] = []
    scopes: list[trio.CancelScope] = []

    async def serve() -> None:
        async with trio.open_nursery() as nursery:
            for socket in sockets:
                config = ControlConfig(socket=socket, group=None, http=None, refused=node.refused.append)
                await nursery.start(serve_control, node, config)
            tokens.append(trio.lowlevel.current_trio_token())
            scopes.append(nursery.cancel_scope)
            started.set()

    thread = threading.Thread(target=partial(trio.run, serve), daemon=True)
    thread.start()
    assert started.wait(START_DEADLINE_S), "the control server did not start"

    def there(function: Callable[[], object]) -> object:
        return trio.from_thread.run_sync(function, trio_token=tokens[0])

    try:
        yield there
    finally:
        there(scopes[0].cancel)
        thread.join(START_DEADLINE_S)
        assert not thread.is_alive(), "the control server did not stop"


async def _no_lines() -> Lines:
    lines: tuple[bytes, ...] = ()
    for line in lines:
        yield line


async def _final_lines(finals: Sequence[Mapping[str, Any]], choice: EventChoice | None) -> Lines:
    """Lines of the events of final transactions."""
    for final in finals:
        for place, event in enumerate(final["events"]):
            line = {"height": final["height"], "place": place, "tx_id": final["tx_id"], **event}
            if choice is None:
                yield write_json(line).encode() + b"\n"
                continue
            signers = [PublicKey(bytes.fromhex(signer)) for signer in final["signers"]]
            if (final["height"], place) > choice.after and choice.sees(line, signers):
                yield choice.write(line)
