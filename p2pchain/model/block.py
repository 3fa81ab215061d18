"""Blocks: the header that validators vote on."""

from __future__ import annotations

from dataclasses import dataclass

from p2pchain.model.ids import BlockId, ChainId, Height, PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Head of a block. ``state_root`` and ``results_root`` are those after this block; ``time_ms`` since
    1970, UTC.

    ``parent_id`` at height 1 is the genesis id, which every header names too: so a header, a proof and a
    certificate are of one genesis alone. Roots and hashes are 32 bytes.
    """

    chain_id: ChainId
    height: Height
    time_ms: int
    parent_id: BlockId
    proposer: PublicKey
    tx_root: bytes
    state_root: bytes
    results_root: bytes
    validators_hash: bytes
    next_validators_hash: bytes
    certificate_hash: bytes
    evidence_root: bytes
    genesis_id: BlockId
