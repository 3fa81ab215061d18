"""The gateway of a node: its listening socket, its process, and the node's side of both."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import trio

from p2pchain.control.gateway.certificate import GatewayCertificate, ends_soon, read_certificate
from p2pchain.control.gateway.node_side import serve_node_side
from p2pchain.control.gateway.settings import GatewayConfig
from p2pchain.control.gateway.worker import GatewayJob
from p2pchain.control.listeners import check_path, host_and_port, tcp_listener
from p2pchain.control.port import NodePort
from p2pchain.control.server import RunningStatus
from p2pchain.node.gateway.process import GatewayProcess
from p2pchain.telemetry.metrics import GatewayMeters

SETTING: Final = "gateway.listen"
SOCKET_ENDING: Final = ".gateway"
"""Behind the path of the control socket: that of the node's socket for its gateway."""


class GatewayService:
    """A gateway that the settings ask for."""

    def __init__(self, job: GatewayJob, listen: str, meters: GatewayMeters) -> None:
        """``listen``: ``HOST:PORT``. Raises ``Refused("GATEWAY_CERTIFICATE")``."""
        self._job = job
        self._listen = listen
        self._meters = meters
        self._process = GatewayProcess(job, meters)
        self._certificate: GatewayCertificate = read_certificate(job.certificate, job.key)

    async def run(self, port: NodePort, *, task_status: RunningStatus = trio.TASK_STATUS_IGNORED) -> None:
        """Serve until cancelled. Raises ``Refused``, before it has started: ``PORT_IN_USE``,
        ``CONTROL_SOCKET``.
        """
        listener = await tcp_listener(self._listen, SETTING)
        async with listener, trio.open_nursery() as nursery:
            await nursery.start(serve_node_side, port, self._job.node, self._refused)
            nursery.start_soon(self._process.run, listener)
            task_status.started(None)

    def reload(self) -> None:
        """Take the certificate as it is now, or keep the old one: ``Refused("GATEWAY_CERTIFICATE")``."""
        self._certificate = read_certificate(self._job.certificate, self._job.key)
        self._process.reload()

    def warnings(self) -> list[str]:
        """Return what an operator should know: that it does not serve, or that its certificate ends."""
        ending = ends_soon(self._certificate, datetime.now(UTC))
        return [words for words in (self._process.trouble, ending) if words is not None]

    def _refused(self, code: str) -> None:
        self._meters.refused.labels(code).inc()


def job_of(config: GatewayConfig, home: Path, control_socket: Path) -> GatewayJob:
    """Return what the gateway's process has to know, with whole paths."""
    return GatewayJob(
        config=config,
        certificate=home / config.certificate,
        key=home / config.key,
        node=control_socket.with_name(control_socket.name + SOCKET_ENDING),
    )


def check_gateway(job: GatewayJob) -> None:
    """Refuse settings with which a gateway could not start; none is asked for without ``listen``.
    ``Refused``: ``CONTROL_SOCKET``, ``GATEWAY_CERTIFICATE``.
    """
    if job.config.listen is not None:
        host_and_port(job.config.listen, SETTING)
        check_path(job.node)
        read_certificate(job.certificate, job.key)
