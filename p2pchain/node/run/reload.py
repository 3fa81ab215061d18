"""Reload of the settings while the node runs (SIGHUP, ``systemctl reload``): what can change at once does,
what cannot is named, and settings that ``run`` would refuse change nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import structlog

from p2pchain.model.errors import Fault
from p2pchain.net.network import Network
from p2pchain.node.gateway.service import GatewayService
from p2pchain.node.health.machine_watch import MachineWatch
from p2pchain.node.home.config import NodeConfig, flat_settings
from p2pchain.node.home.layout import Home
from p2pchain.node.home.settings_check import check_settings
from p2pchain.node.run.inbox import Inbox
from p2pchain.replica.inputs import PoolLimitsSet
from p2pchain.telemetry.logs import LEVELS

RELOADED: Final = (
    "network.peers",
    "log.level",
    "log.format",
    "mempool.",
    "storage.warn_free_",
    "storage.stop_free_",
)
"""Settings, or how their names begin, that a reload takes; all others need a restart."""


class Reload:
    """Settings in force, and how they are exchanged for those of ``config.toml``."""

    def __init__(
        self,
        *,
        home: Home,
        config: NodeConfig,
        gateway: GatewayService | None,
        network: Network,
        inbox: Inbox,
        machine: MachineWatch,
        set_up_logs: Callable[[NodeConfig], None],
    ) -> None:
        """``config``: what the node was started with."""
        self._home = home
        self._gateway = gateway
        self._running = config
        self._network = network
        self._inbox = inbox
        self._machine = machine
        self._set_up_logs = set_up_logs
        self._pending: tuple[str, ...] = ()

    def reload(self) -> str:
        """Read ``config.toml`` again and take what can be taken; return one line for people."""
        log = structlog.get_logger()
        try:
            config = self._home.read_config()
            check_settings(self._home, config)
            if self._gateway is not None:
                self._gateway.reload()
        except Fault as fault:
            log.error("node.reload_refused", code=fault.code, hint=fault.hint, **fault.facts)
            return f"reload refused: {fault}; everything stays as it was"
        changed = changed_settings(self._running, config)
        taken = [name for name in changed if name.startswith(RELOADED)]
        self._pending = tuple(name for name in changed if name not in taken)
        quieter = LEVELS.index(config.log_level) > LEVELS.index(self._running.log_level)
        if not quieter:
            self._take(config)
        log.info("node.reloaded", taken=taken, needs_restart=list(self._pending))
        if quieter:
            self._take(config)
        words = f"reloaded: took {', '.join(taken) or 'nothing new'}"
        return words + (f"; needs a restart: {', '.join(self._pending)}" if self._pending else "")

    def warnings(self) -> list[str]:
        """Return what of ``config.toml`` waits for a restart."""
        if not self._pending:
            return []
        return [f"config.toml has other values, which wait for a restart: {', '.join(self._pending)}"]

    def _take(self, config: NodeConfig) -> None:
        running = self._running
        self._network.readdress({peer.peer_id: peer.address for peer in config.peers})
        self._inbox.put_urgent(PoolLimitsSet(limits=config.pool))
        warned = {
            name: getattr(config.storage, name)
            for name in ("warn_free_percent", "warn_free_bytes", "stop_free_bytes")
        }
        storage = replace(running.storage, **warned)
        self._machine.take(storage)
        self._running = replace(
            running,
            peers=config.peers,
            log_level=config.log_level,
            log_format=config.log_format,
            pool=config.pool,
            storage=storage,
        )
        self._set_up_logs(self._running)


def changed_settings(running: NodeConfig, config: NodeConfig) -> tuple[str, ...]:
    """Return the names of settings whose values differ, as ``config.toml`` names them."""
    before, after = flat_settings(running), flat_settings(config)
    return tuple(name for name in after if before[name] != after[name])
