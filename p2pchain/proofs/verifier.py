"""Signatures of everything that arrives: transactions, votes, proposals, certificates, evidence, hellos.

Whoever holds a ``VerifiedTransaction`` got it here. Each method either returns or raises ``Invalid`` with a
stable code; none says False. What was verified once is remembered (``memo.py``), so a certificate made of
votes that arrived one by one costs hashes only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from p2pchain.codec.header import header_id
from p2pchain.codec.possession import possession_sign_bytes
from p2pchain.codec.query import question_sign_bytes
from p2pchain.codec.roots import certificate_hash, evidence_root, tx_root
from p2pchain.codec.transaction import transaction_sign_bytes
from p2pchain.codec.voting import (
    evidence_order,
    height_sign_bytes,
    hello_sign_bytes,
    proposal_sign_bytes,
    succession_sign_bytes,
    vote_sign_bytes,
)
from p2pchain.crypto import ed25519
from p2pchain.crypto.hashing import sha256
from p2pchain.model.block import Header
from p2pchain.model.chain import RawBlock
from p2pchain.model.errors import Fact, Invalid
from p2pchain.model.ids import (
    PUBLIC_KEY_BYTES,
    SIGNATURE_BYTES,
    BlockId,
    ChainId,
    PeerId,
    PublicKey,
    Signature,
    TxId,
)
from p2pchain.model.messages import HeightStatement, Hello
from p2pchain.model.possession import Possession
from p2pchain.model.query import SignedQuestion
from p2pchain.model.transaction import Transaction, VerifiedTransaction
from p2pchain.model.validators import ValidatorSet
from p2pchain.model.voting import (
    CommitCertificate,
    Evidence,
    PolkaCertificate,
    Proposal,
    Succession,
    Vote,
    VoteContent,
    VoteKind,
)
from p2pchain.proofs.memo import MEMO_MAX, Memo, name_of

Check = Callable[[PublicKey, Signature, bytes], None]
"""Accepts a signature of a message, or raises ``Invalid("SIG_INVALID")``."""


class Verifier:
    """Verifier of signatures and certificates for one chain; one thread at a time."""

    __slots__ = ("_check", "_memo", "chain_id")

    def __init__(self, chain_id: ChainId, check: Check = ed25519.verify, *, memo_max: int = MEMO_MAX) -> None:
        """``check``: the signature rule, another one only in a simulator; ``memo_max``: triples kept."""
        self.chain_id = chain_id
        self._check = check
        self._memo = Memo(memo_max)

    def transaction(self, transaction: Transaction) -> VerifiedTransaction:
        """Verify a transaction: every signer signed it for this chain, and its id is its own.

        Raises ``TX_WRONG_CHAIN``, ``TX_ID_MISMATCH``, ``TX_SIGNATURES_MISSING``, ``SIG_INVALID``.
        """
        body = transaction.body
        if body.chain_id != self.chain_id:
            raise Invalid("TX_WRONG_CHAIN", {"expected": self.chain_id, "found": body.chain_id})
        message = transaction_sign_bytes(self.chain_id, transaction.body_bytes)
        digest = sha256(message)
        if digest != transaction.tx_id:
            facts: dict[str, Fact] = {"expected": digest.hex(), "found": transaction.tx_id.hex()}
            raise Invalid("TX_ID_MISMATCH", facts)
        if not 0 < len(body.signers) == len(transaction.signatures):
            facts = {"signers": len(body.signers), "signatures": len(transaction.signatures)}
            raise Invalid("TX_SIGNATURES_MISSING", facts)
        for signer, signature in zip(body.signers, transaction.signatures, strict=True):
            self._verify("transaction", signer, signature, message, digest)
        return VerifiedTransaction(transaction=transaction)

    def question(self, signed: SignedQuestion) -> None:
        """Accept a question that its account signed for this chain. ``TX_WRONG_CHAIN``, ``SIG_INVALID``."""
        question = signed.question
        if question.chain_id != self.chain_id:
            raise Invalid("TX_WRONG_CHAIN", {"expected": self.chain_id, "found": question.chain_id})
        self._verify("question", question.account, signed.signature, question_sign_bytes(question))

    def vote(self, vote: Vote, validators: ValidatorSet) -> None:
        """Accept a vote of the validator whose index it names. ``VALIDATOR_UNKNOWN``, ``SIG_INVALID``."""
        key = _key_of(validators, vote.validator, "vote")
        self._verify("vote", key, vote.signature, vote_sign_bytes(self.chain_id, vote.content))

    def proposal(self, proposal: Proposal, proposer: PublicKey) -> None:
        """Accept a proposal signed by ``proposer`` whose parts are all bound to its header.

        Raises ``SIG_INVALID``, ``HEADER_WRONG_CHAIN``, ``HEADER_MISMATCH``. That the block is valid is not
        asked here.
        """
        message = proposal_sign_bytes(self.chain_id, proposal.content)
        self._verify("proposal", proposer, proposal.signature, message)
        self._bound(
            proposal.header, proposal.block_id, proposal.tx_ids, proposal.evidence, proposal.last_certificate
        )

    def raw_block_bound(self, block: RawBlock) -> None:
        """Accept a block whose id, transactions, evidence and certificate are those that its header names.

        Raises ``HEADER_WRONG_CHAIN``, ``HEADER_MISMATCH``. Signatures are not checked.
        """
        tx_ids = [transaction.tx_id for transaction in block.transactions]
        self._bound(block.header, block.block_id, tx_ids, block.evidence, block.last_certificate)

    def commit(self, certificate: CommitCertificate, validators: ValidatorSet) -> None:
        """Accept precommits of more than 2/3 of the power; ``validators`` are those of its height.

        Raises ``CERTIFICATE_ORDER``, ``VALIDATOR_UNKNOWN``, ``CERTIFICATE_NO_QUORUM``, ``SIG_INVALID``.
        """
        content = VoteContent(
            kind=VoteKind.PRECOMMIT,
            height=certificate.height,
            round=certificate.round,
            block_id=certificate.block_id,
        )
        self._quorum("commit certificate", content, certificate.signatures, validators)

    def polka(self, polka: PolkaCertificate, validators: ValidatorSet) -> None:
        """Accept prevotes of more than 2/3 of the power for one block or nil; raises as ``commit``."""
        content = VoteContent(
            kind=VoteKind.PREVOTE, height=polka.height, round=polka.round, block_id=polka.block_id
        )
        self._quorum("polka certificate", content, polka.signatures, validators)

    def evidence(self, evidence: Evidence, validators: ValidatorSet) -> None:
        """Accept two different votes that one of ``validators`` signed for one height, round and kind.

        The index in a vote is not signed, so it must be the validator's own: one equivocation has one form.
        Raises ``EVIDENCE_NO_CONFLICT``, ``VALIDATOR_UNKNOWN``, ``SIG_INVALID``.
        """
        first, second = evidence.first, evidence.second
        alike = (first.height, first.round, first.kind) == (second.height, second.round, second.kind)
        if not alike or evidence_order(first) >= evidence_order(second):
            facts: dict[str, Fact] = {"height": first.height, "round": first.round, "alike": alike}
            raise Invalid("EVIDENCE_NO_CONFLICT", facts)
        index = validators.index_of(evidence.validator)
        if index is None or index != first.validator or index != second.validator:
            facts = {"what": "evidence", "public_key": evidence.validator.hex(), "index": first.validator}
            raise Invalid("VALIDATOR_UNKNOWN", facts)
        for vote in (first, second):
            message = vote_sign_bytes(self.chain_id, vote.content)
            self._verify("evidence", evidence.validator, vote.signature, message)

    def hello(self, hello: Hello, peer_id: PeerId) -> None:
        """Accept a hello of ``peer_id``: of this chain and, where it names a consensus key, signed with it.

        Raises ``HELLO_WRONG_CHAIN``, ``HELLO_UNPROVEN``, ``SIG_INVALID``. Whether anybody knows the key is
        not asked.
        """
        if hello.chain_id != self.chain_id:
            raise Invalid("HELLO_WRONG_CHAIN", {"expected": self.chain_id, "found": hello.chain_id})
        if hello.consensus_key is None and hello.signature is None:
            return
        if hello.consensus_key is None or hello.signature is None:
            raise Invalid("HELLO_UNPROVEN", {"peer_id": peer_id, "key": hello.consensus_key is not None})
        message = hello_sign_bytes(self.chain_id, hello.genesis_id, peer_id)
        self._verify("hello", hello.consensus_key, hello.signature, message)

    def height_statement(self, statement: HeightStatement) -> None:
        """Accept a statement signed with the key that it names. Raises ``SIG_INVALID``."""
        message = height_sign_bytes(self.chain_id, statement.height, statement.challenge)
        self._verify("height statement", statement.validator, statement.signature, message)

    def succession(self, statement: Succession, key: PublicKey, signature: Signature) -> None:
        """Accept a statement that a consensus key enters or is exchanged, signed by ``key``, one of its two.

        Raises ``SIG_INVALID``.
        """
        assert key in (statement.old_key, statement.new_key), "one of the keys that it names"
        self._verify("succession", key, signature, succession_sign_bytes(self.chain_id, statement))

    def possession(self, statement: Possession, signature: Signature) -> None:
        """Accept a statement that a key serves under a name, signed by that key. Raises ``SIG_INVALID``."""
        self._verify("possession", statement.key, signature, possession_sign_bytes(self.chain_id, statement))

    def signed_by(self, message: Proposal | Vote, key: PublicKey) -> None:
        """Accept a message that ``key`` signed, whoever that is: for what a signer finds in its own log."""
        self._verify("own message", key, message.signature, self._sign_bytes(message))

    def just_signed(self, message: Proposal | Vote, key: PublicKey) -> None:
        """Remember a signature that this node's own signer has just made with ``key``, without checking it.
        Never for what came from a peer or a disk.
        """
        self._memo.add(name_of(key, message.signature, sha256(self._sign_bytes(message))))

    def _sign_bytes(self, message: Proposal | Vote) -> bytes:
        match message:
            case Proposal():
                return proposal_sign_bytes(self.chain_id, message.content)
            case Vote():
                return vote_sign_bytes(self.chain_id, message.content)

    def _quorum(
        self,
        what: str,
        content: VoteContent,
        signatures: Sequence[tuple[int, Signature]],
        validators: ValidatorSet,
    ) -> None:
        """Check a quorum: power first, for that costs nothing; then every signature."""
        power, previous = 0, -1
        for index, _ in signatures:
            if index <= previous:
                raise Invalid("CERTIFICATE_ORDER", {"what": what, "index": index, "after": previous})
            _key_of(validators, index, what)
            power += validators[index].power
            previous = index
        if not validators.is_quorum(power):
            facts: dict[str, Fact] = {"what": what, "height": content.height, "power": power}
            raise Invalid("CERTIFICATE_NO_QUORUM", {**facts, "total_power": validators.total_power})
        message = vote_sign_bytes(self.chain_id, content)
        digest = sha256(message)
        for index, signature in signatures:
            self._verify(what, validators[index].public_key, signature, message, digest)

    def _bound(
        self,
        header: Header,
        block_id: BlockId,
        tx_ids: Sequence[TxId],
        evidence: Sequence[Evidence],
        certificate: CommitCertificate | None,
    ) -> None:
        if header.chain_id != self.chain_id:
            raise Invalid("HEADER_WRONG_CHAIN", {"expected": self.chain_id, "found": header.chain_id})
        for field, stated, computed in (
            ("block_id", block_id, header_id(header)),
            ("certificate_hash", header.certificate_hash, certificate_hash(certificate)),
            ("evidence_root", header.evidence_root, evidence_root(evidence)),
            ("tx_root", header.tx_root, tx_root(tx_ids)),
        ):
            if stated != computed:
                facts: dict[str, Fact] = {"field": field, "stated": stated.hex(), "computed": computed.hex()}
                raise Invalid("HEADER_MISMATCH", {"height": header.height, **facts})

    def _verify(
        self, what: str, key: PublicKey, signature: Signature, message: bytes, digest: bytes | None = None
    ) -> None:
        """Verify, unless the same triple held before; ``digest``: SHA-256 of the message, if known."""
        if len(key) != PUBLIC_KEY_BYTES or len(signature) != SIGNATURE_BYTES:
            facts: dict[str, Fact] = {"key_bytes": len(key), "signature_bytes": len(signature)}
            raise Invalid("SIG_INVALID", {"what": what, "reason": "length", **facts})
        name = name_of(key, signature, sha256(message) if digest is None else digest)
        if name in self._memo:
            return
        try:
            self._check(key, signature, message)
        except Invalid as fault:
            raise Invalid(fault.code, {"what": what, **fault.facts}, fault.hint) from None
        self._memo.add(name)


def _key_of(validators: ValidatorSet, index: int, what: str) -> PublicKey:
    if not 0 <= index < len(validators):
        raise Invalid("VALIDATOR_UNKNOWN", {"what": what, "index": index, "validators": len(validators)})
    return validators[index].public_key
