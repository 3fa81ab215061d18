"""Alarm when the own key is heard to sign something that it did not sign here.

Nobody can forge a signature. So a vote, a proposal or a certificate with a signature of our key that this
node never made means one of two things: this node forgot what it signed, or another host has the key. Either
way the next signature might be the second one for its place, and the node must sign nothing more. The guard
cannot notice this: it knows what this node signed, not what the key signed.

What is known is exact for the newest height at which an earlier life signed and for all that this life signs;
what lies below is taken for ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from p2pchain.codec.fields import ROUND_MAX
from p2pchain.codec.safety import position_of
from p2pchain.model.chain import Block
from p2pchain.model.errors import Fact
from p2pchain.model.ids import BlockId, Height, PeerId, PublicKey
from p2pchain.model.safety import Position, SafetyRecord, SignedStep
from p2pchain.model.voting import (
    CommitCertificate,
    PolkaCertificate,
    Proposal,
    Vote,
)
from p2pchain.replica.effects import Emit, StopSigning
from p2pchain.replica.start_state import Origin

WORDS_MAX: Final = 4_096
"""Newest own messages that are remembered; older ones of the same height are taken for ours unseen."""


class DoubleSignWatch:
    """Positions at which the own key signed, with the block (None: nil). Raises the alarm once."""

    def __init__(
        self,
        key: PublicKey,
        records: Iterable[SafetyRecord],
        *,
        final: Height,
        signed_to: Height,
        floor: Height,
        emit: Emit,
    ) -> None:
        """``records``: messages that an earlier life signed above ``final``, the height that is final at the
        start; ``signed_to``: the highest height at which one signed, 0 for none; ``floor``: what was signed
        at it or below is not known here, and need not be.
        """
        self._key = key
        self._floor = floor
        self._emit = emit
        self._alarmed = False
        self._unseen: Position = _top(max(signed_to - 1, floor, final))
        self._said: dict[Position, BlockId | None] = {}
        for record in records:
            self.said(record.message)

    def said(self, message: Proposal | Vote) -> None:
        """Remember an own message that is durable."""
        position = position_of(message)
        if position > self._unseen:
            self._said[position] = message.block_id
            if len(self._said) > WORDS_MAX:
                self._unseen = next(iter(self._said))
                del self._said[self._unseen]

    def final(self, block: Block, certificate: CommitCertificate, index: int | None) -> None:
        """Forget the positions below a block that is final by this certificate. ``index``: ours among its
        validators.
        """
        self.certified(certificate, index)
        for evidence in block.evidence:
            # One of two votes of our key was not made here: the guard lets no two be made.
            if evidence.validator == self._key and evidence.first.height > self._floor:
                self._alarm(position_of(evidence.first), "evidence", None)
        self._unseen = max(self._unseen, _top(block.height - 1))
        self._said = {position: said for position, said in self._said.items() if position > self._unseen}

    def heard(self, message: Proposal | Vote, peer: PeerId) -> None:
        """Compare a verified message that our key signed and a peer sent."""
        self._check(position_of(message), message.block_id, "message", peer)

    def certified(self, certificate: PolkaCertificate | CommitCertificate, index: int | None) -> None:
        """Compare a verified certificate; ``index``: ours among its validators, None where we are none."""
        if index is None or all(signer != index for signer, _ in certificate.signatures):
            return
        polka = isinstance(certificate, PolkaCertificate)
        step = SignedStep.PREVOTE if polka else SignedStep.PRECOMMIT
        position = (certificate.height, certificate.round, step)
        self._check(position, certificate.block_id, "polka" if polka else "certificate", None)

    def peer_proved(self, key: PublicKey | None, peer: PeerId, address: str) -> None:
        """Raise the alarm where a peer proved in its hello that it holds our consensus key."""
        if key == self._key and not self._alarmed:
            self._alarmed = True
            facts: tuple[tuple[str, Fact], ...] = (("peer", peer), ("address", address))
            self._emit(StopSigning(code="GUARD_KEY_ELSEWHERE", facts=facts, position=None))

    def _check(self, position: Position, block_id: BlockId | None, seen_in: str, peer: PeerId | None) -> None:
        if position <= self._unseen:
            return
        if position not in self._said or self._said[position] != block_id:
            self._alarm(position, seen_in, peer)

    def _alarm(self, position: Position, seen_in: str, peer: PeerId | None) -> None:
        if self._alarmed:
            return
        self._alarmed = True
        height, round_, step = position
        facts: tuple[tuple[str, Fact], ...] = (
            ("height", height),
            ("round", round_),
            ("step", step.name.lower()),
            ("seen_in", seen_in),
            ("peer", peer),
        )
        self._emit(StopSigning(code="GUARD_SIGNATURE_FOREIGN", facts=facts, position=position))


def double_sign_watch_of(key: PublicKey, origin: Origin, emit: Emit) -> DoubleSignWatch:
    """Make the watch from what is known at the start."""
    return DoubleSignWatch(
        key,
        origin.records,
        final=origin.tip.height,
        signed_to=origin.signed_to,
        floor=origin.floor,
        emit=emit,
    )


def _top(height: int) -> Position:
    """Return the highest position of a height."""
    return (height, ROUND_MAX, SignedStep.PRECOMMIT)
