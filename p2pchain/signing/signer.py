"""The signer of a validator: guard, sign, make durable, and only then hand out the signature."""

from __future__ import annotations

from dataclasses import replace

from p2pchain.codec.fields import ROUND_MAX
from p2pchain.codec.safety import encode_safety_record, position_of
from p2pchain.codec.voting import height_sign_bytes, proposal_sign_bytes, vote_sign_bytes
from p2pchain.crypto import ed25519
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.chain import Block
from p2pchain.model.errors import Corrupt, Invalid, Refused
from p2pchain.model.ids import FIRST_HEIGHT, ChainId, Height, PublicKey, Signature
from p2pchain.model.messages import HeightStatement
from p2pchain.model.safety import LockState, SafetyRecord
from p2pchain.model.validators import VALIDATORS_MAX
from p2pchain.model.voting import PolkaCertificate, Proposal, Vote, VoteContent
from p2pchain.proofs.verifier import Check, Verifier
from p2pchain.signing.guard import SIGNED_MAX, Content, DoubleSignGuard, Message, place_facts
from p2pchain.signing.standing import SafetyPort


class ConsensusSigner:
    """Signs votes and proposals with one consensus key; blocks while the disk works; one thread at a time.

    Once a record could not be written, nothing is signed any more (``SIGN_LOG_FAILED``): the process must
    end, and what the disk holds is read at the next start.
    """

    def __init__(
        self,
        *,
        key: SigningKey,
        chain_id: ChainId,
        guard: DoubleSignGuard,
        log: SafetyPort,
        check: Check = ed25519.verify,
    ) -> None:
        """``guard``: made from the records of ``log``; ``check``: the signature rule.

        Raises ``Corrupt("SAFETY_RECORD_FOREIGN")`` where a record was not signed with this key for this
        chain: then nobody knows what this key signed.
        """
        self._key = key
        self._chain_id = chain_id
        self._guard = guard
        self._log = log
        self._stopped: str | None = None
        self._uncertain = False
        verifier = Verifier(chain_id, check, memo_max=SIGNED_MAX)
        for message in guard.signed:
            try:
                verifier.signed_by(message, key.public_key)
            except Invalid as fault:
                raise _foreign(message, key.public_key) from fault

    @property
    def public_key(self) -> PublicKey:
        """The consensus key's public half."""
        return self._key.public_key

    def sign_vote(
        self,
        content: VoteContent,
        *,
        validator: int,
        lock: LockState,
        block: Block | None,
        polka: PolkaCertificate | None,
    ) -> Vote:
        """Sign a vote that is durable with ``lock``, with ``block``, the block that it locks, and with
        ``polka``, that of the lock's valid round where it is new.

        The same content again gives the same vote. Raises ``Refused`` as ``DoubleSignGuard.check``, and what
        the log raises.
        """
        vote = Vote(
            kind=content.kind,
            height=content.height,
            round=content.round,
            block_id=content.block_id,
            validator=validator,
            signature=Signature(b""),
        )
        assert 0 <= validator < VALIDATORS_MAX, f"validator {validator}"
        signed = self._sign(vote, content, vote_sign_bytes(self._chain_id, content), lock, block, polka)
        assert isinstance(signed, Vote), f"{signed} at the place of a vote"
        # The index is not signed: it may have changed with the validator set since the vote was first made.
        return replace(signed, validator=validator)

    def sign_proposal(
        self, unsigned: Proposal, *, lock: LockState, block: Block, polka: PolkaCertificate | None
    ) -> Proposal:
        """Sign ``unsigned``, durable with its ``block``; otherwise as ``sign_vote``."""
        assert block.block_id == unsigned.block_id, "the block of another proposal"
        assert unsigned.header.chain_id == self._chain_id, f"a header of {unsigned.header.chain_id}"
        content = unsigned.content
        signed = self._sign(
            unsigned, content, proposal_sign_bytes(self._chain_id, content), lock, block, polka
        )
        assert isinstance(signed, Proposal), f"{signed} at the place of a proposal"
        return signed

    def sign_height(self, height: Height, challenge: bytes) -> HeightStatement:
        """State that this key works on a height. It binds nobody, so nothing is guarded or made durable.

        Raises ``Refused("SIGN_STOPPED")``.
        """
        if self._stopped is not None:
            raise Refused("SIGN_STOPPED", {"height": height, "because": self._stopped})
        return HeightStatement(
            height=height,
            challenge=challenge,
            validator=self._key.public_key,
            signature=self._key.sign(height_sign_bytes(self._chain_id, height, challenge)),
        )

    def committed(self, height: int) -> None:
        """Refuse from now on to sign at this final height or below."""
        self._guard.committed(height)

    def stop(self, because: str) -> None:
        """Sign nothing any more in this life; ``because`` is a stable code."""
        self._stopped = because

    def _sign(
        self,
        unsigned: Message,
        content: Content,
        sign_bytes: bytes,
        lock: LockState,
        block: Block | None,
        polka: PolkaCertificate | None,
    ) -> Message:
        position = position_of(unsigned)
        height, round_number, step = position
        if self._stopped is not None:
            raise Refused("SIGN_STOPPED", {**place_facts(position), "because": self._stopped})
        if self._uncertain:
            hint = "restart: what was signed last must be read from disk"
            raise Refused("SIGN_LOG_FAILED", place_facts(position), hint)
        assert height >= FIRST_HEIGHT, f"no such place: {position}"
        assert 0 <= round_number <= ROUND_MAX, f"no such place: {position}"
        before = self._guard.check(position, content)
        if before is not None:
            return before
        signed = replace(unsigned, signature=self._key.sign(sign_bytes))
        record = SafetyRecord(
            height=content.height,
            round=content.round,
            step=step,
            lock=lock,
            message=signed,
            block=block,
            polka=polka,
        )
        payload = encode_safety_record(record)
        self._uncertain = True
        self._log.append(height, payload)
        self._guard.remember(signed)
        self._uncertain = False
        return signed


def _foreign(message: Message, key: PublicKey) -> Corrupt:
    hint = "data/safety belongs to another key or chain: put back the one written with keys/consensus.key"
    facts = {**place_facts(position_of(message)), "public_key": key.hex()}
    return Corrupt("SAFETY_RECORD_FOREIGN", facts, hint)
