"""Building a block and judging one: both execute it first, because its header names the state after it.

Both are work in steps (``model/steps.py``): a node does other things in between, and must not commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from p2pchain.codec.block import header_id
from p2pchain.codec.roots import certificate_hash, evidence_root, tx_root, validators_hash
from p2pchain.consensus.rotation import EMPTY, Rotation, decode_rotation, encode_rotation
from p2pchain.ledger.block_run import Execution
from p2pchain.ledger.kernel import Ledger
from p2pchain.ledger.system import EVIDENCE_AGE_MAX, GENESIS_KEY, ROTATION_KEY, genesis_of
from p2pchain.model.block import Header
from p2pchain.model.chain import Block, StateChange
from p2pchain.model.errors import Fact, Invalid, Refused
from p2pchain.model.ids import FIRST_HEIGHT, HASH_BYTES, BlockId, Height, PublicKey
from p2pchain.model.steps import Steps, finish
from p2pchain.model.transaction import VerifiedTransaction
from p2pchain.model.validators import ValidatorSet
from p2pchain.model.voting import CommitCertificate, Evidence
from p2pchain.proofs.verifier import Verifier
from p2pchain.replica.candidates import Candidate

TRANSACTION_UNITS = 20
"""Units of work to bind one transaction to a header, or to look at its size."""
CHECK_UNITS = 500
"""Units of work to verify one signature that was not seen before."""
_UNKNOWN = bytes(HASH_BYTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tip:
    """The last final block. At height 0: the genesis id, no certificate, and the validators of height 1."""

    height: Height
    block_id: BlockId
    time_ms: int
    certificate: CommitCertificate | None
    validators: ValidatorSet


def tip_of(block: Block, certificate: CommitCertificate, validators: ValidatorSet) -> Tip:
    """R"""
    return Tip(
        height=block.height,
        block_id=block.block_id,
        time_ms=block.header.time_ms,
        certificate=certificate,
        validators=validators,
    )


class InvalidBlock(Invalid):
    """The block breaks a rule of the chain: its proposer is guilty."""

    def __init__(self, rule: str, **facts: Fact) -> None:
        """``rule``: which rule, e.g. ``parent_id``; ``facts``: what stands in the block and what should."""
        super().__init__("BLOCK_INVALID", {"rule": rule, **facts})


class BlockMaker:
    """Builder and judge of blocks upon the committed ledger."""

    def __init__(self, ledger: Ledger, verifier: Verifier) -> None:
        """``ledger``: committed state, which stays as it is; ``verifier``: of the same chain."""
        self._ledger = ledger
        self._verifier = verifier
        self._genesis_id = genesis_of(ledger.get(GENESIS_KEY))

    def rotation(self) -> Rotation:
        """The proposer rotation in force for the next height."""
        stored = self._ledger.get(ROTATION_KEY)
        return EMPTY if stored is None else decode_rotation(stored)

    def build(
        self,
        tip: Tip,
        *,
        proposer: PublicKey,
        now_ms: int,
        transactions: Sequence[VerifiedTransaction],
        evidence: Sequence[Evidence],
    ) -> Candidate:
        """Build an own block, all at once: ``build_steps`` to its end."""
        return finish(
            self.build_steps(
                tip, proposer=proposer, now_ms=now_ms, transactions=transactions, evidence=evidence
            )
        )

    def build_steps(
        self,
        tip: Tip,
        *,
        proposer: PublicKey,
        now_ms: int,
        transactions: Sequence[VerifiedTransaction],
        evidence: Sequence[Evidence],
        halvings: int = 0,
    ) -> Steps[Candidate]:
        """Build an own block, in steps; ``transactions`` and ``evidence`` must be such as may enter it. It
        holds as many of the transactions, in their order, as its budgets allow, that of work halved
        ``halvings`` times.
        """
        draft = Header(
            chain_id=self._verifier.chain_id,
            height=Height(tip.height + 1),
            time_ms=max(now_ms, tip.time_ms + 1),
            parent_id=tip.block_id,
            proposer=proposer,
            tx_root=_UNKNOWN,
            state_root=_UNKNOWN,
            results_root=_UNKNOWN,
            validators_hash=validators_hash(self._ledger.validators),
            next_validators_hash=validators_hash(self._ledger.next_validators),
            certificate_hash=certificate_hash(tip.certificate),
            evidence_root=evidence_root(evidence),
            genesis_id=self._genesis_id,
        )
        execution = yield from self._execute_steps(
            draft, tip.certificate, transactions, evidence, fill=True, halvings=halvings
        )
        yield len(execution.transactions) * TRANSACTION_UNITS
        header = replace(
            draft,
            tx_root=tx_root([transaction.tx_id for transaction in execution.transactions]),
            state_root=execution.state_root,
            results_root=execution.results_root,
        )
        block = Block(
            header=header,
            block_id=header_id(header),
            transactions=execution.transactions,
            evidence=tuple(evidence),
            last_certificate=tip.certificate,
        )
        return Candidate(block=block, execution=execution)

    def judge(self, block: Block, tip: Tip) -> Candidate:
        """Check every rule and execute, all at once: ``judge_steps`` to its end."""
        return finish(self.judge_steps(block, tip))

    def judge_steps(self, block: Block, tip: Tip) -> Steps[Candidate]:
        """Check every rule and execute, in steps; raises ``Invalid``. The block's parts must be bound to its
        header already.
        """
        header = block.header
        self._check_place(header, tip)
        self._check_bounds(block)
        self._check_certificate(block, tip)
        yield CHECK_UNITS * len(self._ledger.validators)
        for evidence in block.evidence:
            self._check_one_evidence(evidence, block.height)
            yield 2 * CHECK_UNITS
        execution = yield from self._execute_steps(
            header, block.last_certificate, block.transactions, block.evidence
        )
        for rule, stated, computed in (
            ("state_root", header.state_root, execution.state_root),
            ("results_root", header.results_root, execution.results_root),
        ):
            if stated != computed:
                raise InvalidBlock(rule, stated=stated.hex(), found=computed.hex())
        return Candidate(block=block, execution=execution)

    def select(
        self, waiting: Iterable[VerifiedTransaction], tip_height: Height, halvings: int = 0
    ) -> tuple[VerifiedTransaction, ...]:
        """Select those of the waiting transactions, in their order, that the next block may hold together,
        its bounds halved ``halvings`` times.
        """
        return self._ledger.selects(waiting, Height(tip_height + 1), halvings)

    def usable_evidence(self, pool: Iterable[Evidence], tip_height: Height) -> tuple[Evidence, ...]:
        """Return the evidence that may enter the next block, oldest first, up to the bound of a block."""
        usable = (evidence for evidence in pool if self.is_usable(evidence, tip_height))
        return tuple(islice(usable, self._ledger.parameters.block_evidence_max))

    def is_usable(self, evidence: Evidence, tip_height: Height) -> bool:
        """Return whether a block after ``tip_height``, the committed height, may hold this evidence."""
        try:
            self._check_one_evidence(evidence, Height(tip_height + 1))
        except Refused:
            return False
        return True

    def _execute_steps(
        self,
        header: Header,
        certificate: CommitCertificate | None,
        transactions: Sequence[VerifiedTransaction],
        evidence: Sequence[Evidence],
        *,
        fill: bool = False,
        halvings: int = 0,
    ) -> Steps[Execution]:
        ledger = self._ledger
        rotation = self.rotation().after(
            height=header.height,
            proposer=header.proposer,
            last_certificate=certificate,
            previous=ledger.validators_at(max(header.height - 1, FIRST_HEIGHT)),
            following=ledger.next_validators,
            parameters=ledger.parameters,
        )
        system: tuple[StateChange, ...] = ((ROTATION_KEY, encode_rotation(rotation)),)
        run = ledger.begin(
            height=header.height,
            time_ms=header.time_ms,
            transactions=transactions,
            evidence=evidence,
            system=system,
            fill=fill,
            halvings=halvings,
        )
        return run.steps()

    def _check_place(self, header: Header, tip: Tip) -> None:
        if header.height != tip.height + 1:
            raise InvalidBlock("height", stated=header.height, found=tip.height + 1)
        if header.parent_id != tip.block_id:
            raise InvalidBlock("parent_id", stated=header.parent_id.hex(), found=tip.block_id.hex())
        if header.time_ms <= tip.time_ms:
            raise InvalidBlock("time_ms", stated=header.time_ms, above=tip.time_ms)
        if header.chain_id != self._verifier.chain_id:
            raise InvalidBlock("chain_id", stated=header.chain_id)
        if header.genesis_id != self._genesis_id:
            raise InvalidBlock("genesis_id", stated=header.genesis_id.hex(), found=self._genesis_id.hex())
        if self._ledger.validators.index_of(header.proposer) is None:
            raise InvalidBlock("proposer", stated=header.proposer.hex())
        for rule, stated, validators in (
            ("validators_hash", header.validators_hash, self._ledger.validators),
            ("next_validators_hash", header.next_validators_hash, self._ledger.next_validators),
        ):
            if stated != (known := validators_hash(validators)):
                raise InvalidBlock(rule, stated=stated.hex(), found=known.hex())

    def _check_bounds(self, block: Block) -> None:
        parameters = self._ledger.parameters
        size = sum(len(transaction.raw) for transaction in block.transactions)
        for rule, held, bound in (
            ("block_bytes_max", size, parameters.block_bytes_max),
            ("block_transactions_max", len(block.transactions), parameters.block_transactions_max),
            ("block_evidence_max", len(block.evidence), parameters.block_evidence_max),
        ):
            if held > bound:
                raise InvalidBlock(rule, stated=held, bound=bound)

    def _check_certificate(self, block: Block, tip: Tip) -> None:
        certificate = block.last_certificate
        if certificate is None or tip.certificate is None:
            if certificate is not None or tip.height != 0:
                raise InvalidBlock("last_certificate", height=block.height)
            return
        if certificate.height != tip.height or certificate.block_id != tip.block_id:
            raise InvalidBlock(
                "last_certificate", stated=certificate.block_id.hex(), found=tip.block_id.hex()
            )
        self._verifier.commit(certificate, tip.validators)

    def _check_one_evidence(self, evidence: Evidence, height: Height) -> None:
        if not height - EVIDENCE_AGE_MAX <= evidence.first.height <= height:
            raise InvalidBlock("evidence_age", stated=evidence.first.height, height=height)
        if self._ledger.evidence_known(evidence):
            raise InvalidBlock("evidence_repeated", validator=evidence.validator.hex())
        self._verifier.evidence(evidence, self._ledger.validators_at(evidence.first.height))
