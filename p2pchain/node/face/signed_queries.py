"""Signed queries: an account proves that a query is its own, once and for a short while.

What a module answers may depend on who asks. Whoever can reach the control socket may name any account, so a
name proves nothing: the account signs the question (``docs/control.md``).
"""

from __future__ import annotations

from typing import Final

from p2pchain.model.errors import Fact, Refused
from p2pchain.model.ids import ChainId, Height, PublicKey
from p2pchain.model.query import SignedQuestion
from p2pchain.proofs.verifier import Verifier

QUESTION_HEIGHTS_MAX: Final = 120
"""How many heights ahead the last one may lie that a question names."""
REMEMBERED_MAX: Final = 10_000
"""Most questions that are remembered until they expire."""


class Questions:
    """Signed questions of one node; each is answered once."""

    __slots__ = ("_asked", "_verifier")

    def __init__(self, chain_id: ChainId) -> None:
        """``chain_id``: of the node's chain."""
        self._verifier = Verifier(chain_id)
        self._asked: dict[tuple[PublicKey, bytes], Height] = {}

    def asker(self, signed: SignedQuestion, height: Height) -> PublicKey:
        """The account that asks, after block ``height``.

        Raises ``Refused``: ``QUERY_EXPIRED`` outside of its heights, ``QUERY_REPEATED``, ``QUERY_TOO_MANY``;
        ``Invalid`` what the verifier raises.
        """
        question = signed.question
        if not height <= question.until <= height + QUESTION_HEIGHTS_MAX:
            facts: dict[str, Fact] = {"until": question.until, "height": height}
            raise Refused("QUERY_EXPIRED", {**facts, "heights_max": QUESTION_HEIGHTS_MAX}, "ask again")
        self._verifier.question(signed)
        name = question.account, question.nonce
        if name in self._asked:
            raise Refused("QUERY_REPEATED", {"nonce": question.nonce.hex()}, "sign it with a fresh nonce")
        if len(self._asked) >= REMEMBERED_MAX:
            self._asked = {asked: until for asked, until in self._asked.items() if until >= height}
            if len(self._asked) >= REMEMBERED_MAX:
                raise Refused("QUERY_TOO_MANY", {"most": REMEMBERED_MAX}, "ask again after some blocks")
        self._asked[name] = question.until
        return question.account
