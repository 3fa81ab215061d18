"""Every queue and memory of a replica, held against its named limit."""

from __future__ import annotations

from p2pchain.consensus.height import PROPOSALS_PER_ROUND_MAX
from p2pchain.mempool.pool import PoolLimits
from p2pchain.proofs.memo import MEMO_MAX
from p2pchain.replica.announcements import ANNOUNCED_MAX, CREDIT_MAX
from p2pchain.replica.candidates import BLOCKS_KEPT_MAX, EXECUTIONS_KEPT_MAX
from p2pchain.replica.evidence import EVIDENCE_POOL_MAX
from p2pchain.replica.peer_view import FUTURE_MESSAGES_MAX, KNOWN_TX_MAX
from p2pchain.replica.proposals import ROUNDS_AHEAD_MAX, ROUNDS_KEPT_MAX
from p2pchain.replica.replica import Replica
from p2pchain.replica.transactions import RECENT_TX_MAX
from p2pchain.sync.planner import AHEAD_MAX, WAITING_BYTES_MAX

ROUNDS_MAX = 1_000
"""More rounds than this within one height, in a world that lasts minutes, is a leak."""
PINNED_MAX = 3
"""Blocks that stay whatever their age: the locked, the valid and the decided one."""
PROPOSAL_ROUNDS_MAX = ROUNDS_KEPT_MAX + 1 + ROUNDS_AHEAD_MAX + PINNED_MAX
"""Rounds below the one in progress, itself, those above it, and those of the lock."""


def broken_bound(replica: Replica) -> str | None:
    """What exceeds its limit, in words; None where all is within."""
    flow, work = replica.flow, replica.work
    limits = PoolLimits()
    held = [
        ("pool.transactions", len(flow.pool), limits.transactions_max),
        ("pool.bytes", flow.pool.bytes_held, limits.bytes_max),
        ("recent transactions", len(flow._recent), RECENT_TX_MAX),
        ("transactions asked for", flow.announcements.under_way, CREDIT_MAX * len(replica.ledger.members)),
        ("organisations served ahead", len(flow.pool.turns._finish), len(replica.ledger.members)),
        ("blocks that wait", replica.catch_up.planner.waiting, AHEAD_MAX),
        ("bytes of blocks that wait", replica.catch_up.planner.waiting_bytes, WAITING_BYTES_MAX),
        ("evidence", len(replica.heights._evidence), EVIDENCE_POOL_MAX),
        ("verified signatures", len(replica._verifier._memo), MEMO_MAX),
        ("rounds", len(work.consensus.rounds()), ROUNDS_MAX),
        ("rounds of proposals", len(list(work.proposals.rounds())), PROPOSAL_ROUNDS_MAX),
        ("valid blocks", len(work.candidates.blocks()), BLOCKS_KEPT_MAX + PINNED_MAX),
        ("executions", work.candidates.executions, EXECUTIONS_KEPT_MAX + PINNED_MAX),
    ]
    held += [
        (f"proposals of round {round_}", len(work.proposals.of_round(round_)), PROPOSALS_PER_ROUND_MAX)
        for round_ in work.proposals.rounds()
    ]
    for view in replica.peers.values():
        held.append(("messages of the next height", len(view.future), FUTURE_MESSAGES_MAX))
        held.append(("transactions known of a peer", len(view._known), KNOWN_TX_MAX))
    for peer in replica.peers:
        held.append(("ids announced by a peer", len(flow.announcements.of(peer)), ANNOUNCED_MAX))
    return next((f"{what}: {count}, at most {most}" for what, count, most in held if count > most), None)
