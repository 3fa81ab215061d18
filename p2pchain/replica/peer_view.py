"""Replica's view of one connected peer, and of what was sent to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from p2pchain.model.ids import GENESIS_HEIGHT, Height, PublicKey, TxId
from p2pchain.model.messages import (
    ANNOUNCED_IDS_MAX,
    BATCH_TRANSACTIONS_MAX,
    FETCH_TX_IDS_MAX,
    LinkMessage,
    ProposalMessage,
    RoundSummary,
)

RESEND_MS = 200
"""How long an item that a peer seems to lack is not sent again: it may still be under way."""
KNOWN_TX_MAX = 20_000
"""How many ids of transactions that a peer holds are remembered; past it the older half is forgotten."""
FUTURE_MESSAGES_MAX = 256
"""How many messages of the next height are kept of one peer until that height begins here."""
FUTURE_PROPOSALS_MAX = 2
"""How many of them may be proposals, which are large."""

assert FUTURE_PROPOSALS_MAX <= FUTURE_MESSAGES_MAX, "they are among them"
assert max(ANNOUNCED_IDS_MAX, BATCH_TRANSACTIONS_MAX, FETCH_TX_IDS_MAX) <= KNOWN_TX_MAX // 2, (
    "what one message names has room once the older half is forgotten"
)

Item = tuple[str, int, int, int]
"""(what, round, kind, validator) of something that a peer may lack at the height in progress."""


@dataclass(slots=True, kw_only=True)
class PeerView:
    """One connected peer. ``validator``: the consensus key that it proved, if any; ``address``: where it is;
    ``height``: the height that it states, once it gave a ``summary``; ``rest_ms``: for how long its pushes
    were left out last.
    """

    validator: PublicKey | None = None
    address: str = ""
    height: Height = GENESIS_HEIGHT
    summary: RoundSummary | None = None
    rest_ms: int = 0
    future: list[LinkMessage] = field(default_factory=list)
    _sent_ms: dict[Item, int] = field(default_factory=dict)
    _known: dict[TxId, None] = field(default_factory=dict)

    def may_send(self, item: Item, now_ms: int) -> bool:
        """Return whether the item was not sent lately; True marks it as sent now. ``now_ms``: monotonic."""
        last = self._sent_ms.get(item)
        if last is not None and now_ms - last < RESEND_MS:
            return False
        self._sent_ms[item] = now_ms
        return True

    def height_began(self) -> None:
        """Forget what was sent for the last height."""
        self._sent_ms.clear()

    def keep_for_next(self, message: LinkMessage) -> bool:
        """Keep a message of the next height; False where there is no room."""
        proposals = sum(isinstance(kept, ProposalMessage) for kept in self.future)
        if len(self.future) >= FUTURE_MESSAGES_MAX:
            return False
        if isinstance(message, ProposalMessage) and proposals >= FUTURE_PROPOSALS_MAX:
            return False
        self.future.append(message)
        return True

    def lacks(self, tx_ids: Iterable[TxId]) -> list[TxId]:
        """Those transactions that the peer is not known to hold."""
        known = self._known
        return [tx_id for tx_id in tx_ids if tx_id not in known]

    def learns(self, tx_ids: Sequence[TxId]) -> None:
        """The peer holds, or was just sent, these transactions of one message."""
        assert len(tx_ids) <= KNOWN_TX_MAX // 2, f"{len(tx_ids)} in one message"
        if len(self._known) + len(tx_ids) > KNOWN_TX_MAX:
            for old in list(self._known)[: KNOWN_TX_MAX // 2]:
                del self._known[old]
        self._known.update(dict.fromkeys(tx_ids))
