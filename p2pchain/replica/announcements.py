"""Announcements of peers not yet delivered. Each peer is asked one question at a time, as large as its
credit.

Ids cost nothing to invent. So a peer's announcements are kept up to a bound and asked for one slice after the
other, never two at once. A peer that delivers keeps its credit; one that does not loses half of it with each
answer, down to a single id, and then is left alone for longer and longer. Whoever withholds what others have
too delays it by one deadline: the id stays in the list of the others that announced it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Final

from p2pchain.model.ids import PeerId, TxId

ANNOUNCED_MAX: Final = 20_000
"""Ids that are kept of one peer, as many as a pool holds; further ones are not followed."""
CREDIT_MAX: Final = 64
"""Ids in one question at most: what can be verified within one turn."""
SCANNED_MAX: Final = 4 * CREDIT_MAX
"""Ids of a peer's list that one look passes over, because others are asked for them already."""
REST_MS: Final = 1_000
"""How long a peer without credit is left alone first; doubles each time."""
REST_MS_MAX: Final = 64_000
assert REST_MS <= REST_MS_MAX, "rest doubles up to its most"
PEERS_MAX: Final = 1_024
"""Peers whose credit is remembered, over reconnections too; the one unseen for longest is forgotten."""


class PeerAnnouncements:
    """Ids that one peer announced, and its credit. ``asking``: ids that it is asked for now."""

    def __init__(self) -> None:
        """Begin with the full credit."""
        self.asking: tuple[TxId, ...] = ()
        self.credit = CREDIT_MAX
        self._ids: dict[TxId, None] = {}
        self._rest_ms = REST_MS
        self._rest_until_ms = 0

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, tx_id: TxId, now_ms: int) -> bool:
        """Keep an announced id; False where it is not followed."""
        if now_ms < self._rest_until_ms or len(self._ids) >= ANNOUNCED_MAX:
            return False
        self._ids[tx_id] = None
        return True

    def forget(self) -> None:
        """Forget everything, since the link is gone."""
        self._ids.clear()

    def ask(
        self, here: Callable[[TxId], bool], under_way: Callable[[TxId], bool], now_ms: int
    ) -> tuple[TxId, ...]:
        """Return the next ids to ask this peer for; none while an answer is awaited. ``here``: what is not
        lacking; ``under_way``: what another peer is asked for.
        """
        if self.asking or now_ms < self._rest_until_ms:
            return ()
        asking: list[TxId] = []
        for tx_id in list(islice(self._ids, SCANNED_MAX)):
            if here(tx_id):
                del self._ids[tx_id]
            elif not under_way(tx_id):
                del self._ids[tx_id]
                asking.append(tx_id)
                if len(asking) == self.credit:
                    break
        self.asking = tuple(asking)
        return self.asking

    def answered(self, delivered: set[TxId], *, cut: bool, now_ms: int) -> None:
        """Take the answer to the question; ``cut``: it was as large as one may be, and so could not hold
        everything.
        """
        asked, self.asking = self.asking, ()
        if cut:
            self._ids.update((tx_id, None) for tx_id in asked if tx_id not in delivered)
        if cut or 2 * len(delivered.intersection(asked)) >= len(asked):
            self.credit = min(2 * self.credit, CREDIT_MAX)
            self._rest_ms = REST_MS
            return
        if self.credit > 1:
            self.credit //= 2
            return
        self._ids.clear()
        self._rest_until_ms = now_ms + self._rest_ms
        self._rest_ms = min(2 * self._rest_ms, REST_MS_MAX)


class Announcements:
    """Announced ids of all peers, and those that are asked for."""

    def __init__(self) -> None:
        """Begin without announcements."""
        self._peers: dict[PeerId, PeerAnnouncements] = {}
        self._under_way: dict[TxId, None] = {}

    def of(self, peer: PeerId) -> PeerAnnouncements:
        """Return the list of a peer, made if need be."""
        announced = self._peers.pop(peer, None)
        if announced is None:
            announced = PeerAnnouncements()
        self._peers[peer] = announced
        if len(self._peers) > PEERS_MAX:
            gone = self._peers.pop(next(iter(self._peers)))
            self._no_longer(gone.asking)
        return announced

    @property
    def under_way(self) -> int:
        """Number of ids that are asked for now."""
        return len(self._under_way)

    def ask(self, peer: PeerId, here: Callable[[TxId], bool], now_ms: int) -> tuple[TxId, ...]:
        """Return the next ids to ask a peer for."""
        asked = self.of(peer).ask(here, self._under_way.__contains__, now_ms)
        self._under_way.update(dict.fromkeys(asked))
        assert len(self._under_way) <= CREDIT_MAX * PEERS_MAX
        return asked

    def answered(self, peer: PeerId, delivered: set[TxId], *, cut: bool, now_ms: int) -> None:
        """Take the answer of a peer."""
        announced = self.of(peer)
        self._no_longer(announced.asking)
        announced.answered(delivered, cut=cut, now_ms=now_ms)

    def _no_longer(self, asked: Iterable[TxId]) -> None:
        for tx_id in asked:
            self._under_way.pop(tx_id, None)
