"""The chain's parameters: every limit and timeout that validators must share. Genesis sets them, governance
changes them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Limits and timeouts of one chain; times in milliseconds, sizes in bytes."""

    tx_bytes_max: int = 65_536
    tx_signers_max: int = 16
    tx_operations_max: int = 64
    tx_lifetime: int = 600
    """Heights that a transaction may lie ahead, and for which its nonce is remembered."""
    tx_valid_ms_max: int = 2_592_000_000
    """How far the time may lie ahead until which a transaction is valid: 30 days."""
    org_timed_max: int = 1_000
    """Transactions of one organisation that are valid until a time and remembered at once."""
    block_bytes_max: int = 1_048_576
    """Sum of the raw transactions of one block."""
    block_transactions_max: int = 2_000
    block_evidence_max: int = 16
    operation_work_max: int = 600_000
    """Most work of one operation, in units of the meter: what as many hashes cost as a transaction has room
    for. What one transaction and one block may cost is bounded below, however few operations it is in.
    """
    tx_work_max: int = 1_000_000
    """Most work of one transaction."""
    block_work_max: int = 5_000_000
    """Most work of all transactions of one block."""
    block_interval_min_ms: int = 50
    empty_block_interval_ms: int = 5_000
    timeout_propose_ms: int = 1_000
    timeout_propose_delta_ms: int = 500
    timeout_vote_ms: int = 500
    timeout_vote_delta_ms: int = 250
    timeout_cap_ms: int = 10_000
    time_precision_ms: int = 500
    """How far the clocks of honest validators may lie apart."""
    time_delay_ms: int = 4_000
    """How long an honest proposal may travel; grows with the round by its tenth, so that slow networks still
    decide.
    """
    sit_out_heights: int = 16
    """Heights that a proposer sits out at least after its first failed round; doubles with each further
    failure.
    """
    sit_out_heights_max: int = 1_024
    proposals_per_org: int = 8
    """Proposals to governance of one organisation that may be open at a time."""
