"""The daemon: one supervised tree of tasks over the replica, from the first read of the disk to a
clean stop.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import AsyncIterator, Mapping
from functools import partial
from typing import Final

import structlog
import trio

from p2pchain.control.server import ControlConfig, serve_control
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.ledger.fault_containment import MachineExhausted
from p2pchain.model.errors import Fault
from p2pchain.model.genesis import Genesis
from p2pchain.model.messages import TransactionBatch
from p2pchain.net.events import Announced, FetchArrived, LinkReceived, PeerDown, PeerUp
from p2pchain.node.health.genesis_mismatch import watch_genesis
from p2pchain.node.health.health_events import HealthEvents
from p2pchain.node.health.machine import DiskNearlyFull
from p2pchain.node.home.config import NodeConfig
from p2pchain.node.home.identity import Identity, identify
from p2pchain.node.home.key_guard import Guarded, open_guard
from p2pchain.node.home.key_rotation import SuccessionDue, counts, next_key, take_up
from p2pchain.node.home.layout import Home
from p2pchain.node.home.recovery import Recovered, recover
from p2pchain.node.home.sender_refusals import refuse_transaction
from p2pchain.node.home.settings_check import check_settings
from p2pchain.node.run.assembly import Parts, assemble
from p2pchain.node.run.exit_codes import EndedRunning, faults_in
from p2pchain.node.run.log_setup import Logging
from p2pchain.node.run.snapshot_entry import enter, keep_waiting, wants_snapshot
from p2pchain.node.run.systemd_notify import ServiceManager
from p2pchain.replica.inputs import (
    CertificateAnnounced,
    FetchRequested,
    MessageReceived,
    PeerConnected,
    PeerDisconnected,
    Started,
)
from p2pchain.signing.keyfile import read_key
from p2pchain.storage.lock import HomeLock
from p2pchain.telemetry.log_stream import LogStream, is_journal

STARTING_S = 15
"""So long a node that starts may take to find its peers before the log calls it unwell."""
STUCK_AFTER_S = 30
"""A main loop that takes no input for so long, though summaries are due each second, is not fed to the
watchdog.
"""
CLEAN_STOPS: Final = (SuccessionDue, DiskNearlyFull)
"""What ends a run with nothing lost, so that the guard is closed as after a signal."""
LOGS_DRAINED_WITHIN_S = 2.0
"""How long the last lines of the log may take at the end."""


def run_daemon(home: Home, passphrase: bytes | None, environment: Mapping[str, str]) -> None:
    """Run until SIGTERM or SIGINT. Raises the ``Fault`` that made it impossible to go on."""
    config = home.read_config()
    logs = LogStream(sys.stderr.fileno())
    logging = Logging(stream=logs, priorities=is_journal(sys.stderr.fileno(), environment))
    logging.set_up(config)
    try:
        check_settings(home, config)
        genesis = home.read_genesis()
        with HomeLock(home.lock):
            while True:
                try:
                    _run_once(home, config, genesis, passphrase, ServiceManager(environment), logging)
                except SuccessionDue as due:
                    structlog.get_logger().info("key.succession_due", **due.facts)
                else:
                    return
    finally:
        logs.drain(LOGS_DRAINED_WITHIN_S)


def _run_once(
    home: Home,
    config: NodeConfig,
    genesis: Genesis,
    passphrase: bytes | None,
    manager: ServiceManager,
    logging: Logging,
) -> None:
    """Run with the key that counts now. Raises ``SuccessionDue`` when the next one does, and
    ``ModuleVersionMissing`` before a block that this software cannot judge.
    """
    log = structlog.get_logger()
    peer_key = read_key(home.peer_key, passphrase, kind="peer")
    recovered = recover(home, genesis, log, config.storage.segment_bytes)
    if wants_snapshot(config, recovered):
        keys = (peer_key, _consensus_key(home, passphrase))
        enter(home, config, recovered, keys, partial(keep_waiting, manager))
        recovered = recover(home, genesis, log, config.storage.segment_bytes)
    recovered.ledger.edition.require()
    following = next_key(home, passphrase)
    if following is not None and counts(recovered.ledger, following.public_key):
        take_up(home, passphrase, recovered.genesis_id)
        following = None
    consensus_key = _consensus_key(home, passphrase)
    identity = identify(
        ledger=recovered.ledger,
        chain_id=genesis.chain_id,
        genesis_id=recovered.genesis_id,
        peer_key=peer_key,
        consensus_key=consensus_key,
        following=None if following is None else following.public_key,
    )
    guarded = None if consensus_key is None else open_guard(home, consensus_key, recovered, log)
    faults: list[Fault] = []
    opened = (recovered, identity, guarded)
    trio.run(partial(_main, home, config, opened, logging, manager, faults))
    recovered.chain_log.close()
    if guarded is not None and not [fault for fault in faults if not isinstance(fault, CLEAN_STOPS)]:
        guarded.close()
    if faults:
        raise faults[0]


def _consensus_key(home: Home, passphrase: bytes | None) -> SigningKey | None:
    if not home.consensus_key.exists():
        return None
    return read_key(home.consensus_key, passphrase, kind="consensus")


async def _main(
    home: Home,
    config: NodeConfig,
    opened: tuple[Recovered, Identity, Guarded | None],
    logging: Logging,
    manager: ServiceManager,
    faults: list[Fault],
) -> None:
    log = structlog.get_logger()
    parts, started = assemble(home, config, opened, logging), trio.Event()
    logging.set_up(config)
    try:
        # It stays open to the end: a second signal while stopping must not kill what closes cleanly.
        with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT, signal.SIGHUP) as signals:
            await _serve(home, config, parts, manager, signals, started)
    except* Fault as group:
        for fault in faults_in(group):
            if isinstance(fault, CLEAN_STOPS):
                if isinstance(fault, DiskNearlyFull):
                    log.error("node.stops", code=fault.code, hint=fault.hint, **fault.facts)
                faults.append(fault)
                continue
            faults.insert(0, EndedRunning(fault) if started.is_set() else fault)
            log.critical("node.failed", code=fault.code, hint=fault.hint, **fault.facts)
            if isinstance(fault, MachineExhausted):
                keep_out(home, fault, log)
    finally:
        parts.indexer.close()


def keep_out(home: Home, fault: MachineExhausted, log: structlog.typing.FilteringBoundLogger) -> None:
    """Have the next start refuse the transaction that ended this one; a failure to write that is logged, and
    hides nothing of the fault itself.
    """
    try:
        refuse_transaction(home.refused_senders, fault.tx_id)
    except Fault as unwritten:
        log.critical("transaction.not_kept_out", code=unwritten.code, hint=unwritten.hint, **unwritten.facts)


async def _serve(
    home: Home,
    config: NodeConfig,
    parts: Parts,
    manager: ServiceManager,
    signals: AsyncIterator[int],
    started: trio.Event,
) -> None:
    """Serve until a signal says stop; ``started`` is set once everything runs."""
    log, replica = structlog.get_logger(), parts.interpreter.replica
    async with trio.open_nursery() as nursery:
        await _start(home, config, parts, manager, nursery)
        started.set()
        log.info("node.started", node=parts.identity.name, org=parts.identity.org, height=replica.height)
        await _until_stopped(signals, parts, manager)
        log.info("node.stopping", height=replica.height)
        manager.stopping()
        nursery.cancel_scope.cancel()


async def _start(
    home: Home, config: NodeConfig, parts: Parts, manager: ServiceManager, nursery: trio.Nursery
) -> None:
    """Start every service, outermost last: READY is said once the control socket answers."""
    interpreter = parts.interpreter
    await nursery.start(parts.network.run)
    nursery.start_soon(interpreter.timers.run)
    nursery.start_soon(parts.indexer.run)
    nursery.start_soon(parts.view.jobs.run)
    if parts.indexer.is_held:
        parts.view.jobs.begin("reindex")
    nursery.start_soon(parts.snapshotter.run)
    nursery.start_soon(parts.services.machine.run)
    nursery.start_soon(parts.services.payloads.run)
    nursery.start_soon(_pump, parts, nursery)
    nursery.start_soon(interpreter.run, nursery, Started())
    control = ControlConfig(
        socket=home.control_socket(config),
        group=config.control_group,
        http=config.http,
        refused=lambda code: parts.metrics.control_refused.labels(code).inc(),
    )
    await nursery.start(serve_control, parts.view, control)
    if parts.services.gateway is not None:
        await nursery.start(parts.services.gateway.run, parts.view)
    nursery.start_soon(watch_genesis, parts.network, interpreter.replica)
    nursery.start_soon(_watch, parts, manager)


async def _pump(parts: Parts, nursery: trio.Nursery) -> None:
    """Network events become inputs; a peer's transactions are bulk and may be dropped, they are announced
    again. Snapshots are served beside the replica, which knows nothing of them.
    """
    inbox = parts.inbox
    async for event in parts.events:
        match event:
            case FetchArrived(request=request) if parts.snapshot_server.serves(request):
                parts.snapshot_server.serve(nursery, parts.network, event)
            case FetchArrived(request=request) if parts.services.payloads.serves(request):
                parts.services.payloads.serve(nursery, event)
            case LinkReceived(peer=peer, message=message):
                received = MessageReceived(peer=peer, message=message)
                if isinstance(message, TransactionBatch):
                    inbox.offer_bulk(received)
                else:
                    inbox.put_urgent(received)
            case PeerUp(peer=peer, hello=hello, address=address):
                inbox.put_urgent(PeerConnected(peer=peer, validator=hello.consensus_key, address=address))
            case PeerDown(peer=peer):
                inbox.put_urgent(PeerDisconnected(peer=peer))
            case FetchArrived(peer=peer, request_id=request_id, request=request):
                inbox.put_urgent(FetchRequested(peer=peer, request_id=request_id, request=request))
            case Announced(peer=peer, announcement=announcement):
                inbox.put_urgent(CertificateAnnounced(peer=peer, certificate=announcement.certificate))


async def _watch(parts: Parts, manager: ServiceManager) -> None:
    """Say READY, then keep the status line and the watchdog fed, as long as the main loop takes inputs."""
    manager.ready("started")
    events, began = HealthEvents(structlog.get_logger()), trio.current_time()
    period_s = min(5.0, manager.watchdog_ms / 3000) if manager.watchdog_ms else 5.0
    while True:
        status = parts.view.status()
        events.observe(parts.view.health(), starting=trio.current_time() - began < STARTING_S)
        manager.status(f"{status['health']}: height {status['height']}, {status['peers']} peers")
        if trio.current_time() - parts.interpreter.last_input < STUCK_AFTER_S:
            manager.alive()
        await trio.sleep(period_s)


async def _until_stopped(signals: AsyncIterator[int], parts: Parts, manager: ServiceManager) -> None:
    async for number in signals:
        if number != signal.SIGHUP:
            return
        manager.reloading()
        manager.ready(parts.reload.reload())
