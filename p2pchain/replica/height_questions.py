"""Questions to all validators for the height they work on, over whatever links there are.

Summaries say so over direct links. A validator that restarts where a link is missing may have no direct link
to a quorum, though it is connected to one through others; it would wait for ever (see ``readiness``). So it
asks: a **question** is a challenge that nobody could know before, and goes from link to link to everybody.
Each validator answers with a **statement**, its height and the challenge under its consensus key, which goes
back the way on which the question came.

Why a statement proves what a summary over a direct link proves. Nobody can forge the signature. The challenge
is drawn in this life, so the statement was made in this life: none that was heard before, and none of another
asker, answers it. It may be held back on its way, so a later one may be missing; but the gate asks only where
its validator stood at some moment since our start (what was decided after that needed no forgotten vote of
ours). A statement binds nobody: two of one validator with different heights are no fault, and its sign-bytes
are those of no vote, proposal or hello. Whoever counts as a liar here could lie in its summaries as well.

What it costs is bounded. A question is taken once from whoever brings it first, from one link at most
``TAKEN_MAX`` in a second, of which one is passed on; its record lasts until ``OPEN_MAX`` later ones of that
link; each validator's statement goes back once, and only when it verifies. A question that is lost, or that
a flood of others pushed out, comes again with another challenge after a second.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from p2pchain.crypto.hashing import sha256
from p2pchain.model.ids import Height, PeerId, PublicKey
from p2pchain.model.messages import CHALLENGE_BYTES, HeightQuestion, HeightStatement
from p2pchain.model.validators import ValidatorSet
from p2pchain.proofs.verifier import Verifier
from p2pchain.replica.effects import Broadcast, Emit, Send, SignHeight
from p2pchain.replica.peer_view import PeerView

TAKEN_MAX: Final = 4
"""Questions that are taken from one link between two ticks."""
PASSED_ON_MAX: Final = 1
"""How many of these are passed on; the others are answered by this node alone."""
OPEN_MAX: Final = 8
"""Newest questions of one link for which statements are passed back."""
OWN_MAX: Final = 8
"""Newest own challenges that a statement may answer."""


@dataclass(slots=True)
class _Asker:
    """One link as a source of questions: those taken since the last tick, and those still open, each with
    the validators whose statement went back.
    """

    taken: int = 0
    open: dict[bytes, set[PublicKey]] = field(default_factory=dict)


class HeightQuestions:
    """Own questions, those of others, and the statements in answer to the own ones."""

    def __init__(
        self, *, secret: bytes, verifier: Verifier, peers: Mapping[PeerId, PeerView], emit: Emit
    ) -> None:
        """``secret``: drawn anew for this life; ``peers``: the replica's own view of its peers, shared."""
        self._secret = secret
        self._verifier = verifier
        self._peers = peers
        self._emit = emit
        self._asked = 0
        self._own: deque[bytes] = deque(maxlen=OWN_MAX)
        self._stated: dict[PublicKey, Height] = {}
        self._askers: dict[PeerId, _Asker] = {}

    def tick(self, *, ask: bool) -> None:
        """Open the links for questions again after a second. ``ask``: whether to ask one's own."""
        self._askers = {peer: asker for peer, asker in self._askers.items() if peer in self._peers}
        for asker in self._askers.values():
            asker.taken = 0
        if ask:
            self._asked += 1
            challenge = sha256(self._secret + self._asked.to_bytes(8, "big"))[:CHALLENGE_BYTES]
            self._own.append(challenge)
            self._emit(Broadcast(message=HeightQuestion(challenge=challenge)))

    def question(self, peer: PeerId, question: HeightQuestion, answer_with: Height | None) -> None:
        """Take a peer's question. ``answer_with``: the height that this node works on, None where it is no
        validator.
        """
        challenge = question.challenge
        asker = self._askers.setdefault(peer, _Asker())
        if asker.taken >= TAKEN_MAX or challenge in self._own or self._source_of(challenge) is not None:
            return
        asker.taken += 1
        if len(asker.open) >= OPEN_MAX:
            del asker.open[next(iter(asker.open))]
        asker.open[challenge] = set()
        if answer_with is not None:
            self._emit(SignHeight(height=answer_with, challenge=challenge))
        if asker.taken <= PASSED_ON_MAX:
            for other in self._peers:
                if other != peer:
                    self._emit(Send(peer=other, message=question))

    def signed(self, statement: HeightStatement) -> None:
        """Send our own statement, which is signed."""
        source = self._source_of(statement.challenge)
        if source is not None and source in self._peers:
            self._emit(Send(peer=source, message=statement))

    def statement(self, statement: HeightStatement, validators: ValidatorSet) -> None:
        """Take a peer's statement; raises ``Invalid`` where its validator did not sign it."""
        key = statement.validator
        if validators.index_of(key) is None:
            return
        if statement.challenge in self._own:
            if self._stated.get(key, 0) < statement.height:
                self._verifier.height_statement(statement)
                self._stated[key] = statement.height
            return
        source = self._source_of(statement.challenge)
        if source is None or key in (passed := self._askers[source].open[statement.challenge]):
            return
        self._verifier.height_statement(statement)
        passed.add(key)
        if source in self._peers:
            self._emit(Send(peer=source, message=statement))

    def stated(self) -> Iterator[tuple[PublicKey, Height]]:
        """Return the highest height that each validator stated in answer to us."""
        yield from self._stated.items()

    def _source_of(self, challenge: bytes) -> PeerId | None:
        return next((peer for peer, asker in self._askers.items() if challenge in asker.open), None)
