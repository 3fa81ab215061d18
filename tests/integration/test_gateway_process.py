"""The gateway as a process beside the node: it serves, is started again, takes a new certificate."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime
from pathlib import Path

import trio

from p2pchain.control.gateway.certificate import self_signed
from p2pchain.control.gateway.settings import GatewayConfig
from p2pchain.node.gateway import process
from p2pchain.node.gateway.service import GatewayService, job_of
from p2pchain.telemetry.metrics import Metrics
from tests.integration.gateway_client import GatewayClient
from tests.integration.ledger_node import LedgerNode
from tests.integration.small_consortium import account_key, genesis
from tests.integration.test_cli_run import free_port
from tests.patience import patient


def write_certificate(folder: Path) -> None:
    public, secret = self_signed(("localhost",), datetime.now(UTC))
    (folder / "keys").mkdir(exist_ok=True)
    (folder / "keys" / "gateway.crt").write_bytes(public)
    (folder / "keys" / "gateway.key").write_bytes(secret)


async def test_its_life(nursery: trio.Nursery, tmp_path: Path) -> None:
    """Requests are counted here; killed it comes back on the same port; a reload shows the new certificate
    to the next connection; what it refuses is in the metrics.
    """
    write_certificate(tmp_path)
    port = free_port()
    config = GatewayConfig(listen=f"127.0.0.1:{port}")
    metrics = Metrics()
    job = job_of(config, tmp_path, tmp_path / "control.sock")
    service = GatewayService(job, f"127.0.0.1:{port}", metrics.gateway)
    await nursery.start(service.run, LedgerNode(genesis()))
    client = GatewayClient(port, tmp_path / "keys" / "gateway.crt")
    with trio.fail_after(patient(60)):
        assert (await client.ask("GET", "/v1/chain")).status == 200
        assert (await client.ask("GET", "/v1/validators")).code == "GATEWAY_UNSIGNED"
        await until(metrics, 'p2pchain_gateway_refused_total{code="GATEWAY_UNSIGNED"} 1.0')
        assert service.warnings() == []

        (running,) = children()
        os.kill(running, signal.SIGKILL)
        client.drift_s = 2
        assert (await client.ask("GET", "/v1/chain")).status == 200
        await until(metrics, "p2pchain_gateway_starts_total 2.0")
        assert (await client.ask("GET", "/v1/validators", key=account_key("bank-a"))).status == 200

        write_certificate(tmp_path)
        service.reload()
        while True:
            try:
                tls = await client.connect()
            except trio.BrokenResourceError:
                await trio.sleep(0.05)
                continue
            await trio.aclose_forcefully(tls)
            break
    nursery.cancel_scope.cancel()


def children() -> list[int]:
    """Processes that this one started and that are not over."""
    tasks = Path("/proc/self/task").glob("*/children")
    return [int(pid) for task in tasks for pid in task.read_text("ascii").split()]


async def until(metrics: Metrics, line: str) -> None:
    """Wait for a line of the metrics."""
    while True:
        if line.encode() in metrics.text():
            return
        await trio.sleep(0.05)


def test_it_waits_longer_each_time() -> None:
    assert list(process.AGAIN_S) == sorted(process.AGAIN_S)
