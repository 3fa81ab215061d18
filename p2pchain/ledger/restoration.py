"""The ledger by what blocks recorded, nothing executed: from genesis on, or from a snapshot of the state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from p2pchain.codec.genesis import genesis_id
from p2pchain.codec.header import header_id
from p2pchain.crypto import ed25519
from p2pchain.ledger.genesis_state import genesis_values
from p2pchain.ledger.kernel import Ledger
from p2pchain.ledger.module import Module
from p2pchain.ledger.replay_window import ReplayWindow
from p2pchain.ledger.snapshot import Frozen
from p2pchain.ledger.system import PARAMETERS_KEY, decode_parameters
from p2pchain.ledger.versions import Software
from p2pchain.model.block import Header
from p2pchain.model.chain import BlockReplay
from p2pchain.model.errors import Corrupt, Fact
from p2pchain.model.genesis import Genesis
from p2pchain.model.ids import GENESIS_HEIGHT
from p2pchain.proofs.verifier import Check, Verifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """State at which replay begins instead of genesis: ``frozen``, after the block of ``header``."""

    header: Header
    frozen: Frozen


def restore(
    genesis: Genesis,
    replays: Iterable[BlockReplay],
    *,
    modules: Sequence[Module],
    base: Base | None = None,
    check: Check = ed25519.verify,
) -> Ledger:
    """Rebuild the ledger from the state changes of ``replays``. They begin at height 1, or after ``base``,
    and none is missing. ``check``: the signature rule, another one only in a simulator.

    ``Corrupt("CHAIN_GENESIS_MISMATCH")``, ``Corrupt("CHAIN_GAP")`` or ``Corrupt("STATE_ROOT_MISMATCH")``
    where they do not lead from there to the state root of the last header; ``CHAIN_PARENT_MISMATCH`` where
    the first does not follow upon ``base``.
    """
    software = Software(modules)
    verifier = Verifier(genesis.chain_id, check)
    window = ReplayWindow()
    if base is None:
        header, values = None, genesis_values(genesis, software.at_genesis, verifier)
    else:
        header, values = base.header, dict(base.frozen.values)
        window.restore(base.frozen.window)
    lifetime = decode_parameters(values[PARAMETERS_KEY]).tx_lifetime
    start = header
    for replay in replays:
        expected = 1 if header is None else header.height + 1
        if replay.header.height != expected:
            raise Corrupt("CHAIN_GAP", {"height": expected, "found": replay.header.height})
        if header is start:
            _check_begins(replay.header, genesis, base)
        header = replay.header
        window.commit(header.height, replay.replay_keys, lifetime)
        for key, value in replay.changes:
            if value is None:
                values.pop(key, None)
            else:
                values[key] = value
            if key == PARAMETERS_KEY:
                lifetime = decode_parameters(values[key]).tx_lifetime
    ledger = Ledger(
        verifier=verifier,
        software=software,
        values=values,
        window=window,
        height=GENESIS_HEIGHT if header is None else header.height,
        time_ms=genesis.time_ms if header is None else header.time_ms,
    )
    if header is not None and ledger.state_root != header.state_root:
        facts = {"expected": header.state_root.hex(), "computed": ledger.state_root.hex()}
        raise Corrupt("STATE_ROOT_MISMATCH", {"height": header.height, **facts})
    return ledger


def _check_begins(first: Header, genesis: Genesis, base: Base | None) -> None:
    """Refuse a first block that follows another genesis or another base block."""
    if base is None and first.parent_id != genesis_id(genesis):
        facts: dict[str, Fact] = {"genesis_id": genesis_id(genesis).hex(), "parent_id": first.parent_id.hex()}
        raise Corrupt("CHAIN_GENESIS_MISMATCH", facts, "this log belongs to another genesis.json")
    if base is not None and first.parent_id != header_id(base.header):
        facts = {"height": first.height, "snapshot": header_id(base.header).hex()}
        raise Corrupt("CHAIN_PARENT_MISMATCH", {**facts, "parent_id": first.parent_id.hex()})
