"""The gateway's process: what the node hands it, and what it reports back.

The node opens the listening socket, so that a port in use is met at its start and a gateway that is started
again loses nobody who waits there. SIGHUP: read the certificate again; the end of standard input: the node
has ended. Reports go out as lines of JSON on standard output.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import structlog
import trio

from p2pchain.codec.exact_json import read_json, write_json
from p2pchain.control.gateway.certificate import read_certificate
from p2pchain.control.gateway.request_signatures import RequestSignatures
from p2pchain.control.gateway.server import Gateway
from p2pchain.control.gateway.settings import GatewayConfig
from p2pchain.control.gateway.upstream import Upstream
from p2pchain.model.errors import Refused

REPORT_S: Final = 1.0
"""How often it reports."""
LISTENER: Final = "P2PCHAIN_GATEWAY_LISTENER"
"""Variable with the number of the listening socket."""
JOB: Final = "P2PCHAIN_GATEWAY_JOB"
"""Variable with the job, in JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayJob:
    """Orders to the process. ``node``: socket of the node for it; files are whole paths."""

    config: GatewayConfig
    certificate: Path
    key: Path
    node: Path

    def write(self) -> str:
        """Return the job as text."""
        paths = {"certificate": str(self.certificate), "key": str(self.key), "node": str(self.node)}
        return write_json({"config": asdict(self.config), **paths})

    @classmethod
    def read(cls, text: str) -> GatewayJob:
        """Return what ``write`` wrote."""
        job: Any = read_json(text.encode())
        paths = {name: Path(job[name]) for name in ("certificate", "key", "node")}
        return cls(config=GatewayConfig(**job["config"]), **paths)


def work(environment: Mapping[str, str], prepared: Callable[[], object]) -> None:
    """Serve until standard input ends; ``prepared`` is called before the first client is served. Raises
    ``Refused("GATEWAY_CERTIFICATE")``.
    """
    job = GatewayJob.read(environment[JOB])
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    certificate = read_certificate(job.certificate, job.key)
    signatures = RequestSignatures(time.time)
    gateway = Gateway(job.config, certificate, Upstream(str(job.node)), signatures)
    prepared()
    trio.run(_main, job, gateway, int(environment[LISTENER]))


async def _main(job: GatewayJob, gateway: Gateway, descriptor: int) -> None:
    listening = socket.socket(fileno=descriptor)
    listening.setblocking(False)
    listener = trio.SocketListener(trio.socket.from_stdlib_socket(listening))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(gateway.serve, listener)
        nursery.start_soon(_report, gateway)
        nursery.start_soon(_reload, job, gateway)
        async with trio.lowlevel.FdStream(os.dup(sys.stdin.fileno())) as node:
            while await node.receive_some(1):
                continue
        nursery.cancel_scope.cancel()


async def _reload(job: GatewayJob, gateway: Gateway) -> None:
    """Read the certificate again whenever the node says so."""
    with trio.open_signal_receiver(signal.SIGHUP) as signals:
        async for _ in signals:
            try:
                gateway.certificate = read_certificate(job.certificate, job.key)
            except Refused as fault:
                _say({"refusal": {"code": fault.code, "facts": dict(fault.facts)}})
            else:
                _say({"reloaded": gateway.certificate.not_after.isoformat()})


async def _report(gateway: Gateway) -> None:
    """Report what was counted since the last time."""
    requests = 0
    while True:
        await trio.sleep(REPORT_S)
        counted, gateway.refused = dict(gateway.refused), type(gateway.refused)()
        _say(
            {
                "connections": gateway.connections,
                "requests": gateway.requests - requests,
                "refused": counted,
            }
        )
        requests = gateway.requests


def _say(report: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(report) + "\n")
    sys.stdout.flush()
