"""What must hold after every event, whatever happened before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from p2pchain.business.software import MODULES
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.chain import Block, BlockRecord
from p2pchain.model.errors import Invalid
from p2pchain.model.genesis import Genesis
from p2pchain.model.ids import BlockId, Height, PublicKey, Round
from p2pchain.model.voting import Proposal, Vote
from p2pchain.proofs.verifier import Verifier
from p2pchain.replica.blocks import BlockMaker, tip_of
from p2pchain.replica.replica import Replica
from p2pchain.replica.start_state import origin_of
from tests.simulation.bounds import broken_bound
from tests.simulation.keys import check


class Violation(AssertionError):
    """A promise was broken."""


class Checkers:
    """Sees every signature, every commit and every start of every life of every node.

    ``honest``: by number, the consensus key of each node that runs the real node, and alone with that key.
    """

    def __init__(self, genesis: Genesis, genesis_id: BlockId, honest: Mapping[int, PublicKey]) -> None:
        self.blocks: dict[Height, BlockId] = {}
        self.highest = Height(0)
        """The highest height that anybody committed."""
        self.decided_in: dict[Height, Round] = {}
        self.rounds = 0
        self.commits = 0
        self.evidence: Counter[PublicKey] = Counter()
        self.penalties: Counter[str] = Counter()
        self._honest = honest
        self._honest_keys = frozenset(honest.values())
        self._signed: dict[tuple[PublicKey, int, int, int], object] = {}
        self._rounds: set[tuple[int, int]] = set()
        """(height, round) in which an honest key has signed."""
        self._durable: dict[int, tuple[Height, BlockId]] = {}
        self._verifier = Verifier(genesis.chain_id, check)
        self._ledger = Ledger.from_genesis(genesis, MODULES, check)
        self._maker = BlockMaker(self._ledger, self._verifier)
        self._tip = origin_of(genesis_id, genesis.time_ms, self._ledger, None, ()).tip

    def committed(self, node: int, record: BlockRecord, state_root: bytes | None, replica: Replica) -> None:
        """Agreement, validity, the state that the header promises, and the bounds of the node's memory."""
        height, block_id = record.block.height, record.block.block_id
        self._agree(node, height, block_id)
        if height == self._tip.height + 1:
            self._replay(record)
        if state_root is not None and state_root != record.block.header.state_root:
            raise Violation(f"node {node} has another state root than its header at {height}")
        if (broken := broken_bound(replica)) is not None:
            raise Violation(f"node {node} at {height}: {broken}")
        self.commits += 1

    def highest_round(self, height: int) -> int:
        """The highest round of a height in which an honest key has signed, 0 where none has."""
        return max((round_ for at, round_ in self._rounds if at == height), default=0)

    def signed(self, node: int, message: Vote | Proposal) -> None:
        """No honest key says two things for one height, round and step, over all its lives, and none speaks
        in a round unless one has spoken in the round before: only a quorum's precommits end a round (L47),
        and only votes of more than f skip one (L55).
        """
        key = self._honest.get(node)
        if key is None:
            return
        match message:
            case Vote(kind=kind, height=height, round=round_, block_id=said):
                place = (key, int(height), int(round_), int(kind))
                content: object = said
            case Proposal():
                place = (key, int(message.header.height), int(message.round), 0)
                content = (message.block_id, message.valid_round)
        at, in_round = place[1:3]
        if in_round and (at, in_round - 1) not in self._rounds:
            raise Violation(f"node {node} skipped to round {in_round} at {at} without an honest key")
        self._rounds.add((at, in_round))
        before = self._signed.setdefault(place, content)
        if before != content:
            raise Violation(f"node {node} signed {content!r} after {before!r} at {place[1:]}")

    def places_of(self, node: int) -> set[tuple[int, int, int]]:
        """(height, round, step) of everything that a node's key has signed."""
        return {place[1:] for place in self._signed if place[0] == self._honest[node]}

    def durable(self, node: int, block: Block) -> None:
        """A node's disk holds the block now: it is reported as committed next."""
        self._durable[node] = (block.height, block.block_id)

    def set_aside(self, node: int) -> None:
        """A node's damaged log was set aside by a person: it may begin anew."""
        self._durable.pop(node, None)

    def recovered(self, node: int, block_id: BlockId, height: Height) -> None:
        """What was durable before the end of a life is there after it; one more block may be."""
        before = self._durable.get(node)
        if before is not None:
            if height < before[0]:
                raise Violation(f"node {node} came back at {height} after {before[0]} was durable")
            if height == before[0] and block_id != before[1]:
                raise Violation(f"node {node} came back with another block at {height}")
        if height > 0:
            self._agree(node, height, block_id)

    def penalised(self, node: int, peer: int, fault: str) -> None:
        """Honest nodes find no fault with honest nodes."""
        self.penalties[fault.split(" ", 1)[0]] += 1
        if node in self._honest and peer in self._honest:
            raise Violation(f"node {node} penalised node {peer}: {fault}")

    def stopped(self, node: int, code: str) -> None:
        """Nobody alone with its key hears that key say what it did not."""
        if node in self._honest:
            raise Violation(f"node {node} doubts its own key: {code}")

    def _agree(self, node: int, height: Height, block_id: BlockId) -> None:
        agreed = self.blocks.setdefault(height, block_id)
        if agreed != block_id:
            raise Violation(
                f"node {node} committed {block_id.hex()[:8]} at {height}, others {agreed.hex()[:8]}"
            )
        self.highest = max(self.highest, height)

    def _replay(self, record: BlockRecord) -> None:
        """The block executed once more, by a ledger that no node shares, from genesis on."""
        block, certificate = record.block, record.certificate
        try:
            self._verifier.commit(certificate, self._ledger.validators)
            execution = self._maker.judge(block, self._tip).execution
        except Invalid as fault:
            raise Violation(f"an invalid block was committed at {block.height}: {fault}") from fault
        if (certificate.height, certificate.block_id) != (block.height, block.block_id):
            raise Violation(f"the certificate of another block was committed at {block.height}")
        if (execution.receipts, execution.changes) != (record.receipts, record.changes):
            raise Violation(f"receipts or changes differ from a replay at {block.height}")
        for each in block.evidence:
            self.evidence[each.validator] += 1
            if each.validator in self._honest_keys:
                raise Violation(f"evidence against an honest validator at {block.height}")
        validators = self._ledger.validators
        self._ledger.commit(execution)
        self._tip = tip_of(block, certificate, validators)
        self.decided_in[block.height] = certificate.round
        self.rounds += certificate.round + 1
