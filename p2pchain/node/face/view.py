"""Node's side of the control socket: the port of ``control``, over the running replica."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import trio

from p2pchain.codec.block import decode_block_record
from p2pchain.control.port import EventChoice, Json, Lines, Outcome
from p2pchain.ledger.system import EVIDENCE
from p2pchain.model.errors import Fact, Fault, Refused
from p2pchain.model.ids import ChainId, Height, PublicKey, Round, TxId
from p2pchain.model.query import SignedQuestion
from p2pchain.model.transaction import Transaction, Value
from p2pchain.model.validators import ValidatorSet
from p2pchain.model.voting import VoteKind
from p2pchain.net.network import Network
from p2pchain.node.face.chain_json import block_json, evidence_json, final_tx_json, link_json, operations_json
from p2pchain.node.face.index_upkeep import Indexer
from p2pchain.node.face.jobs import Jobs
from p2pchain.node.face.listings import Listings
from p2pchain.node.face.metric_readings import MetricReadings
from p2pchain.node.face.peer_orders import Peering
from p2pchain.node.face.pool_control import PoolControl
from p2pchain.node.face.private_payloads import Payloads
from p2pchain.node.face.proofs import Prover
from p2pchain.node.face.rehearsals import Rehearsals
from p2pchain.node.face.services import Services
from p2pchain.node.face.signed_queries import Questions
from p2pchain.node.face.transaction_waits import Waiters
from p2pchain.node.gateway.reading_rights import ReadingRights
from p2pchain.node.health.status_word import Health
from p2pchain.node.health.suspicions import with_sources
from p2pchain.node.health.vital_signs import VitalSigns
from p2pchain.node.home.identity import Identity
from p2pchain.node.run.inbox import Inbox
from p2pchain.replica.inputs import TransactionsSubmitted
from p2pchain.replica.replica import Replica
from p2pchain.storage.chain import ChainLog
from p2pchain.telemetry.release import VERSION

SUBMITTED_AT_ONCE_MAX = 50
"""Transactions that enter the main loop in one input, so that verifying them does not hold up votes."""
ROUNDS_SHOWN = 8


class NodeView:
    """Reads the replica between its inputs; nothing here changes it. Orders about peers go to ``peering``."""

    def __init__(
        self,
        *,
        identity: Identity,
        replica: Replica,
        network: Network,
        chain_log: ChainLog,
        indexer: Indexer,
        inbox: Inbox,
        waiters: Waiters,
        metrics: MetricReadings,
        peering: Peering,
        services: Services,
        vitals: VitalSigns,
        pool: PoolControl,
        jobs: Jobs,
    ) -> None:
        """All of one node."""
        self._identity = identity
        self._replica = replica
        self._network = network
        self._chain_log = chain_log
        self._indexer = indexer
        self._inbox = inbox
        self._waiters = waiters
        self._metrics = metrics
        self._peering = peering
        self._services = services
        self._vitals = vitals
        self._pool = pool
        self._jobs = jobs
        self._lists = Listings(indexer, lambda: [waiting.tx_id for waiting in replica.flow.pool])
        self._questions = Questions(identity.chain_id)
        self._began = time.monotonic_ns()

    @property
    def chain_id(self) -> ChainId:
        """See ``NodePort``."""
        return self._identity.chain_id

    @property
    def rights(self) -> ReadingRights:
        """See ``NodePort``."""
        return self._services.rights

    def status(self) -> Mapping[str, Json]:
        """See ``NodePort``."""
        replica, identity = self._replica, self._identity
        tip, health = replica.tip, self.health()
        return {
            "node": identity.name,
            "org": identity.org,
            "chain_id": identity.chain_id,
            "peer_id": identity.peer_id,
            "validator": self._vitals.own_key
            in {validator.public_key for validator in replica.ledger.validators.members},
            "height": tip.height,
            "block_id": tip.block_id.hex(),
            "state_root": replica.ledger.state_root.hex(),
            "round": replica.work.consensus.round,
            "peers": len(replica.peers),
            "mempool": len(replica.flow.pool),
            "syncing": self._vitals.is_behind,
            "health": health.word,
            "faults_tolerated": max(health.faults_tolerated, 0),
            "reasons": list(health.reasons),
            "warnings": list(health.warnings),
            "version": VERSION,
            "genesis_id": identity.genesis_id.hex(),
            "block_time_ms": tip.time_ms,
            "tx_valid_ms_max": replica.ledger.parameters.tx_valid_ms_max,
            "block_age_ms": self._vitals.block_age_ms(),
            "uptime_ms": (time.monotonic_ns() - self._began) // 1_000_000,
        }

    def health(self) -> Health:
        """One word and its reasons."""
        return self._vitals.health()

    def peers(self) -> Sequence[Mapping[str, Json]]:
        """See ``NodePort``."""
        connected = {statistics.peer_id: statistics for statistics in self._network.statistics()}
        rows: list[Mapping[str, Json]] = []
        for member in self._replica.ledger.members:
            if member.peer_id == self._identity.peer_id:
                continue
            link = connected.get(member.peer_id)
            view = self._replica.peers.get(member.peer_id)
            rows.append(
                {
                    "name": member.name,
                    "org": member.org,
                    "peer_id": member.peer_id,
                    "connected": link is not None,
                    "banned": member.peer_id in self._network.banned,
                    "height": max(0, view.height - 1) if view is not None and link is not None else None,
                    **link_json(link),
                }
            )
        return rows

    async def connect_peer(self, which: str) -> Mapping[str, Json]:
        """See ``NodePort``."""
        return await self._peering.connect(which)

    def disconnect_peer(self, which: str) -> Mapping[str, Json]:
        """See ``NodePort``."""
        return self._peering.disconnect(which)

    async def ban_peer(self, which: str) -> Mapping[str, Json]:
        """See ``NodePort``."""
        return await self._peering.ban(which)

    async def unban_peer(self, which: str) -> Mapping[str, Json]:
        """See ``NodePort``."""
        return await self._peering.unban(which)

    def consensus(self) -> Mapping[str, Json]:
        """See ``NodePort``."""
        work = self._replica.work
        consensus, lock = work.consensus, work.consensus.lock
        known = sorted({*consensus.rounds(), *work.proposals.rounds(), consensus.round})
        return {
            "height": work.height,
            "round": consensus.round,
            "step": consensus.step.name.lower(),
            "proposer_org": work.validators[work.proposer_index(consensus.round)].org,
            "locked_round": lock.locked_round,
            "locked_block": lock.locked_block.hex() if lock.locked_block else None,
            "valid_round": lock.valid_round,
            "valid_block": lock.valid_block.hex() if lock.valid_block else None,
            "rounds": [self._round_json(round_) for round_ in known[-ROUNDS_SHOWN:]],
        }

    def validators(self) -> Sequence[Mapping[str, Json]]:
        """See ``NodePort``."""
        replica = self._replica
        present = self._vitals.present()
        sitting = {key: until for key, _, until in replica.work.proposer_order.entries}
        evidence: dict[str, int] = {}
        for item in self.evidence():
            validator = str(item["validator"])
            evidence[validator] = evidence.get(validator, 0) + 1
        return [
            {
                "index": index,
                "org": member.org,
                "public_key": member.public_key.hex(),
                "power": member.power,
                "connected": member.public_key in present,
                "sits_out_until": sitting.get(member.public_key),
                "evidence": evidence.get(member.public_key.hex(), 0),
            }
            for index, member in enumerate(replica.ledger.validators.members)
        ]

    @property
    def pool(self) -> PoolControl:
        """See ``NodePort``."""
        return self._pool

    def evidence(self) -> Sequence[Mapping[str, Json]]:
        """See ``NodePort``."""
        replica = self._replica
        recorded = (evidence_json(key, value) for key, value in replica.ledger.walk(EVIDENCE))
        return [with_sources(replica, record) for record in recorded]

    def members(self) -> Sequence[Mapping[str, Json]]:
        """See ``NodePort``."""
        answer = self._replica.ledger.query("membership", "organisations", {}, None)
        organisations: Sequence[Mapping[str, Json]] = answer["organisations"]
        return organisations

    def parameters(self) -> Mapping[str, Json]:
        """See ``NodePort``."""
        return asdict(self._replica.ledger.parameters)

    def modules(self) -> Sequence[Mapping[str, Json]]:
        """See ``NodePort``."""
        return self._services.module_code.described()

    async def block(self, height: Height | None) -> Mapping[str, Json]:
        """See ``NodePort``."""
        tip = self._replica.tip.height
        wanted = tip if height is None else height
        if not 1 <= wanted <= tip:
            raise Refused("BLOCK_UNKNOWN", {"height": wanted, "tip": tip}, f"give a height from 1 to {tip}")
        payload = await trio.to_thread.run_sync(self._chain_log.read, wanted)
        return block_json(decode_block_record(payload), self._validators_at(wanted))

    @property
    def jobs(self) -> Jobs:
        """See ``NodePort``."""
        return self._jobs

    def state(self, key: bytes) -> tuple[bytes | None, int, bytes]:
        """See ``NodePort``."""
        ledger = self._replica.ledger
        return ledger.get(key), ledger.height, ledger.state_root

    @property
    def lists(self) -> Listings:
        """See ``NodePort``."""
        return self._lists

    async def tx(self, tx_id: TxId) -> Mapping[str, Json]:
        """See ``NodePort``."""
        pending = self._replica.flow.pool.get(tx_id)
        if pending is not None:
            operations = operations_json(pending.transaction.body.operations)
            return {"tx_id": tx_id.hex(), "status": "pending", "height": None, "operations": operations}
        position = await self._indexer.find(tx_id)
        if position is None:
            facts: dict[str, Fact] = {"tx_id": tx_id.hex()}
            raise Refused("TX_UNKNOWN", facts, "it is in no block and does not wait here; was it submitted?")
        height, index = position
        payload = await trio.to_thread.run_sync(self._chain_log.read, height)
        return final_tx_json(decode_block_record(payload), index)

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
            account = self._questions.asker(signed, self._replica.tip.height)
        return self._replica.ledger.query(module, name, args, account)

    async def submit(
        self, transactions: Sequence[Transaction], *, wait: bool, timeout_ms: int
    ) -> Sequence[Outcome]:
        """See ``NodePort``."""
        if not wait:
            faults = await self._hand_in(transactions)
            return [
                Outcome(tx_id=transaction.tx_id, fault=fault, committed=None)
                for transaction, fault in zip(transactions, faults, strict=True)
            ]
        with self._waiters.expect([transaction.tx_id for transaction in transactions]) as expectation:
            faults = await self._hand_in(transactions)
            refused = [
                transaction.tx_id
                for transaction, fault in zip(transactions, faults, strict=True)
                if fault is not None and fault.code != "TX_PENDING"
            ]
            expectation.give_up(refused)
            finals = await expectation.wait(timeout_ms)
            lost = {transaction.tx_id: expectation.lost(transaction.tx_id) for transaction in transactions}
        outcomes: list[Outcome] = []
        for transaction, fault in zip(transactions, faults, strict=True):
            tx_id, final = transaction.tx_id, finals.get(transaction.tx_id)
            committed = None if final is None else final_tx_json(final.record, final.index)
            outcomes.append(
                Outcome(tx_id=tx_id, fault=None if committed else lost[tx_id] or fault, committed=committed)
            )
        return outcomes

    def events(
        self,
        first: Height | None,
        module: str | None,
        *,
        follow: bool,
        choice: EventChoice | None = None,
    ) -> Lines:
        """See ``NodePort``."""
        return self._services.events.stream(first, module, follow=follow, choice=choice)

    async def rehearse(self, transaction: Transaction) -> Mapping[str, Json]:
        """See ``NodePort``."""
        return await Rehearsals(self._replica.ledger).rehearse(transaction)

    @property
    def proofs(self) -> Prover:
        """See ``NodePort``."""
        return self._services.prover

    @property
    def private(self) -> Payloads:
        """See ``NodePort``."""
        return self._services.payloads

    def metrics(self) -> bytes:
        """See ``NodePort``."""
        return self._metrics.text()

    async def _hand_in(self, transactions: Sequence[Transaction]) -> list[Fault | None]:
        faults: list[Fault | None] = []
        for start in range(0, len(transactions), SUBMITTED_AT_ONCE_MAX):
            part = tuple(transactions[start : start + SUBMITTED_AT_ONCE_MAX])
            ticket = self._waiters.ticket()
            await self._inbox.put_bulk(TransactionsSubmitted(ticket=ticket, transactions=part))
            faults.extend(await self._waiters.answer_to(ticket))
        return faults

    def _validators_at(self, height: int) -> ValidatorSet | None:
        """The validators of a height, None where the state knows them no more."""
        try:
            return self._replica.ledger.validators_at(height)
        except Refused:
            return None

    def _round_json(self, round_: Round) -> Mapping[str, Json]:
        work = self._replica.work
        proposals = work.proposals.of_round(round_)
        return {
            "round": round_,
            "proposer_org": work.validators[work.proposer_index(round_)].org,
            "proposal": proposals[0].block_id.hex() if proposals else None,
            "prevotes": self._voters(round_, VoteKind.PREVOTE),
            "precommits": self._voters(round_, VoteKind.PRECOMMIT),
        }

    def _voters(self, round_: Round, kind: VoteKind) -> Mapping[str, Json]:
        """Per organisation what it voted: a block id, ``nil``, or null where no vote is here."""
        work = self._replica.work
        votes: dict[str, Json] = {}
        for index, member in enumerate(work.validators.members):
            vote = work.consensus.vote(round_, kind, index)
            votes[member.org] = None if vote is None else (vote.block_id.hex() if vote.block_id else "nil")
        return votes
