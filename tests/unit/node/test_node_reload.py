"""Settings read again while the node runs: some are taken, others are named, bad ones change nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from structlog.testing import capture_logs

from p2pchain.control.gateway.settings import GatewayConfig
from p2pchain.mempool.pool import PoolLimits
from p2pchain.model.ids import PeerId
from p2pchain.net.network import Network
from p2pchain.node.health.machine_watch import MachineWatch
from p2pchain.node.home.config import (
    GATEWAY_SETTINGS,
    MEMPOOL_SETTINGS,
    STORAGE_SETTINGS,
    ModulesConfig,
    NodeConfig,
    PeerAddress,
    StorageConfig,
    flat_settings,
    format_config,
)
from p2pchain.node.home.layout import Home
from p2pchain.node.run.inbox import Inbox
from p2pchain.node.run.reload import Reload, changed_settings
from p2pchain.replica.inputs import PoolLimitsSet
from p2pchain.telemetry.metrics import Metrics
from tests.unit.node.guard_home import CONFIG

BANK_B = PeerAddress(peer_id=PeerId("12D3KooWB"), address="/dns4/b.example/tcp/26656")
OTHER = replace(
    CONFIG,
    name="other",
    dial_members=False,
    listen="/ip4/127.0.0.1/tcp/1",
    peers=(BANK_B,),
    control_socket="/run/other.sock",
    control_group="root",
    http="127.0.0.1:9100",
    log_level="debug",
    log_format="json",
    pool=PoolLimits(**dict.fromkeys(MEMPOOL_SETTINGS, 7)),
    storage=StorageConfig(
        **{name: 70_000 for name in STORAGE_SETTINGS if name not in ("join", "warn_free_percent")},
        join="snapshot",
        warn_free_percent=3,
    ),
    gateway=GatewayConfig(
        **{"listen": ":8443", "certificate": "c", "key": "k"}
        | {name: 7 for name in GATEWAY_SETTINGS if name not in ("listen", "certificate", "key")}  # type: ignore[arg-type]
    ),
    modules=ModulesConfig(packages=("x-a",), path="packages", digests={"x-a": "0f" * 32}),
)


class Surroundings:
    """Stands in for the network, and keeps what it was told."""

    def __init__(self) -> None:
        self.addresses: Mapping[PeerId, str] | None = None

    def readdress(self, addresses: Mapping[PeerId, str]) -> None:
        self.addresses = addresses


class Scene:
    """A reload of a home with these settings running."""

    def __init__(self, directory: Path) -> None:
        self.home = Home(directory)
        self.network = Surroundings()
        self.inbox = Inbox(Metrics())
        self.machine = MachineWatch(self.home, CONFIG.storage)
        self.logged: list[NodeConfig] = []
        self.reload = Reload(
            home=self.home,
            gateway=None,
            config=CONFIG,
            network=cast(Network, self.network),
            inbox=self.inbox,
            machine=self.machine,
            set_up_logs=self.logged.append,
        )

    async def limits(self) -> PoolLimits:
        """Those that the replica is told."""
        told = await self.inbox.take()
        assert isinstance(told, PoolLimitsSet)
        return told.limits

    def write(self, config: NodeConfig) -> str:
        """Write settings, and read them again."""
        self.home.config.write_text(format_config(config))
        return self.reload.reload()


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


async def test_addresses_log_level_and_limits_are_taken(scene: Scene) -> None:
    new = replace(
        CONFIG,
        peers=(BANK_B,),
        log_level="debug",
        pool=replace(CONFIG.pool, transactions_max=5),
        storage=replace(CONFIG.storage, stop_free_bytes=0),
    )
    with capture_logs() as logs:
        words = scene.write(new)
    expected = "network.peers, log.level, mempool.transactions_max, storage.stop_free_bytes"
    assert words == f"reloaded: took {expected}"
    assert scene.network.addresses == {BANK_B.peer_id: BANK_B.address}
    assert (await scene.limits()).transactions_max == 5
    assert scene.logged[-1].log_level == "debug"
    assert logs[-1]["event"] == "node.reloaded"
    assert scene.reload.warnings() == []
    assert scene.reload.reload() == "reloaded: took nothing new"


def test_what_needs_a_restart_is_named_and_waits(scene: Scene) -> None:
    words = scene.write(replace(CONFIG, http="127.0.0.1:9100", log_level="error"))
    assert words == "reloaded: took log.level; needs a restart: control.http"
    (warning,) = scene.reload.warnings()
    assert "wait for a restart: control.http" in warning
    scene.write(replace(CONFIG, log_level="error"))
    assert scene.reload.warnings() == []


@pytest.mark.parametrize(
    "text",
    [
        "this is no configuration",
        format_config(replace(CONFIG, log_level="loud")),
        format_config(replace(CONFIG, peers=(replace(BANK_B, address="b.example:26656"),))),
        format_config(replace(CONFIG, control_group="nobody-has-this-group")),
        format_config(replace(CONFIG, http="nonsense")),
    ],
)
def test_settings_that_run_refuses_change_nothing(scene: Scene, text: str) -> None:
    scene.home.config.write_text(text)
    with capture_logs() as logs:
        words = scene.reload.reload()
    assert words.startswith("reload refused: ")
    assert words.endswith("everything stays as it was")
    assert (logs[-1]["event"], logs[-1]["log_level"]) == ("node.reload_refused", "error")
    assert (scene.network.addresses, scene.logged) == (None, [])


def test_every_setting_is_compared() -> None:
    """One that a reload overlooked would neither be taken nor named."""
    assert changed_settings(CONFIG, OTHER) == tuple(flat_settings(OTHER))
    grouped = (*MEMPOOL_SETTINGS, *STORAGE_SETTINGS, *GATEWAY_SETTINGS)
    assert len(flat_settings(OTHER)) == 9 + len(grouped) + 3
