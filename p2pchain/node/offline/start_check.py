"""Check whether a home can start, by the very functions with which ``run`` begins, up to the network.

Who the node is says the ledger at the tip of its chain log, not the genesis: keys are rotated, and members
come later. While the node runs it holds the lock; then its keys were checked at its start, and are not again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import structlog

from p2pchain.codec.peer_id import peer_id_of
from p2pchain.model.errors import Refused
from p2pchain.model.genesis import Genesis, Member
from p2pchain.model.ids import PublicKey
from p2pchain.node.home.config import NodeConfig
from p2pchain.node.home.layout import Home
from p2pchain.node.home.recovery import Recovered, recover
from p2pchain.node.home.settings_check import check_settings, own_member
from p2pchain.node.packages.software import software_of
from p2pchain.node.run.snapshot_entry import wants_snapshot
from p2pchain.signing.keyfile import KeyKind, read_key, read_public_key
from p2pchain.storage.lock import HomeLock


@dataclass(frozen=True, slots=True, kw_only=True)
class StartCheck:
    """A home that can start. ``member``: who it is, None where that was not checked; ``height``: of its chain
    log, None while the node runs; ``strangers``: peers of its settings that the ledger does not name;
    ``notes``: what was left out.
    """

    config: NodeConfig
    genesis: Genesis
    member: Member | None
    height: int | None
    strangers: tuple[str, ...]
    notes: tuple[str, ...]


def check_start(home: Home, passphrase: bytes | None) -> StartCheck:
    """Check settings, genesis, packages, key files and log of a home. ``passphrase``: None where nobody gave
    one; then sealed keys are read but not opened. Raises the ``Fault`` with which ``run`` would end.
    """
    config, notes = home.read_config(), list[str]()
    check_settings(home, config)
    genesis = home.read_genesis()
    software_of(home)
    peer_key = _public_half(home.peer_key, "peer", passphrase, notes)
    consensus_key, following = (
        _public_half(path, "consensus", passphrase, notes) if path.exists() else None
        for path in (home.consensus_key, home.next_key)
    )
    try:
        with HomeLock(home.lock):
            recovered = recover(home, genesis, structlog.get_logger(), config.storage.segment_bytes)
            recovered.index.close()
            recovered.chain_log.close()
    except Refused as refused:
        if refused.code != "HOME_LOCKED":
            raise
        notes.append("the node runs: its chain and its keys were checked at its start")
        return StartCheck(
            config=config, genesis=genesis, member=None, height=None, strangers=(), notes=tuple(notes)
        )
    member = _member(config, recovered, peer_key, consensus_key, following, notes)
    known = {node.peer_id for node in recovered.ledger.members}
    return StartCheck(
        config=config,
        genesis=genesis,
        member=member,
        height=recovered.ledger.height,
        strangers=tuple(peer.peer_id for peer in config.peers if peer.peer_id not in known),
        notes=tuple(notes),
    )


def _member(
    config: NodeConfig,
    recovered: Recovered,
    peer_key: PublicKey,
    consensus_key: PublicKey | None,
    following: PublicKey | None,
    notes: list[str],
) -> Member | None:
    if wants_snapshot(config, recovered):
        notes.append("the home is empty and joins by snapshot: who the node is follows from that")
        return None
    recovered.ledger.edition.require()
    if following is not None and recovered.ledger.validators.index_of(following) is not None:
        consensus_key, following = following, None
    return own_member(recovered.ledger.members, peer_id_of(peer_key), consensus_key, following)


def _public_half(path: Path, kind: KeyKind, passphrase: bytes | None, notes: list[str]) -> PublicKey:
    try:
        return read_key(path, passphrase, kind=kind).public_key
    except Refused as refused:
        if refused.code != "KEY_PASSPHRASE" or passphrase is not None:
            raise
        notes.append(f"{path.name} is sealed and was not opened: nobody gave its passphrase")
        return read_public_key(path)
