"""A gateway before a small node, and a client of it: real sockets, real TLS."""

from __future__ import annotations

import itertools
import os
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import h11
import trio

from p2pchain.client.signed_requests import sign_request
from p2pchain.codec.exact_json import read_json
from p2pchain.control.gateway.certificate import read_certificate, self_signed
from p2pchain.control.gateway.node_side import serve_node_side
from p2pchain.control.gateway.request_signatures import RequestSignatures
from p2pchain.control.gateway.server import Gateway
from p2pchain.control.gateway.settings import GatewayConfig
from p2pchain.control.gateway.upstream import Upstream
from p2pchain.control.port import NodePort
from p2pchain.crypto.ed25519 import SigningKey

JSON = "application/json"
Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. ``json``: the body where it is JSON."""

    status: int
    fields: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return read_json(self.body)

    @property
    def code(self) -> str:
        """Code of a refusal, empty for none."""
        return str(self.json["code"]) if self.status >= 400 else ""


@dataclass(slots=True)
class GatewayClient:
    """Asks a gateway whose certificate lies at ``certificate``."""

    port: int
    certificate: Path
    host: str = "localhost"
    address: str = "127.0.0.1"
    drift_s: int = 0
    _nonces: itertools.count[int] = field(
        default_factory=lambda: itertools.count(int.from_bytes(os.urandom(4)))
    )

    def signed(
        self, key: SigningKey, method: str, target: str, body: bytes = b"", kind: str = JSON
    ) -> Fields:
        """Fields of a request that an account signs now."""
        return sign_request(
            key,
            method=method,
            host=f"{self.host}:{self.port}",
            target=target,
            body=body,
            content_type=kind,
            now_s=int(time.time()) + self.drift_s,
            nonce=next(self._nonces).to_bytes(8) + os.urandom(8),
        )

    async def connect(self) -> trio.SSLStream:
        """A connection with its handshake done."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        stream = await trio.open_tcp_stream(self.address, self.port)
        tls = trio.SSLStream(stream, context, server_hostname=self.host, https_compatible=True)
        try:
            await tls.do_handshake()
        except trio.BrokenResourceError:
            await trio.aclose_forcefully(tls)
            raise
        return tls

    async def ask(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        *,
        key: SigningKey | None = None,
        fields: Sequence[tuple[str, str]] = (),
        kind: str = JSON,
    ) -> Answer:
        """One request over a new connection; ``key`` signs it."""
        own = self.signed(key, method, target, body, kind) if key is not None else tuple(fields)
        if body and "content-type" not in dict(own):
            own = (*own, ("content-type", kind))
        tls = await self.connect()
        async with tls:
            return await exchange(tls, method, target, body, f"{self.host}:{self.port}", own)


async def exchange(
    stream: trio.abc.Stream, method: str, target: str, body: bytes, host: str, fields: Fields
) -> Answer:
    """Send one request and read its answer."""
    http = h11.Connection(h11.CLIENT)
    length: Fields = (("content-length", str(len(body))),)
    head = h11.Request(method=method, target=target, headers=[("host", host), *length, *fields])
    events: Sequence[h11.Event] = (head, h11.Data(data=body), h11.EndOfMessage())
    await stream.send_all(b"".join(http.send(event) or b"" for event in events))
    status, taken, held = 0, {}, bytearray()
    while True:
        match event := http.next_event():
            case h11.NEED_DATA:
                http.receive_data(await stream.receive_some(65_536))
            case h11.Response():
                status = event.status_code
                taken = {name.decode(): value.decode() for name, value in event.headers}
            case h11.Data():
                held += event.data
            case h11.EndOfMessage():
                return Answer(status, taken, bytes(held))
            case _:
                raise AssertionError(f"{event} within an answer")


@dataclass(slots=True)
class ServedGateway:
    """A gateway in this process; ``refused``: codes that the node's side has refused."""

    gateway: Gateway
    client: GatewayClient
    refused: list[str]


async def serve_gateway(
    nursery: trio.Nursery,
    port: NodePort,
    folder: Path,
    config: GatewayConfig | None = None,
    host: str = "127.0.0.1",
) -> ServedGateway:
    """Serve a node through a gateway on a free port of loopback, or of another address."""
    config = config or GatewayConfig()
    certificate, key, node = folder / "gateway.crt", folder / "gateway.key", folder / "node.sock"
    public, secret = self_signed(("localhost", host), datetime.now(UTC))
    certificate.write_bytes(public)
    key.write_bytes(secret)
    refused: list[str] = []
    await nursery.start(serve_node_side, port, node, refused.append)
    gateway = Gateway(
        config,
        read_certificate(certificate, key),
        Upstream(str(node)),
        RequestSignatures(time.time),
    )
    (listener,) = await trio.open_tcp_listeners(0, host=host)
    nursery.start_soon(gateway.serve, listener)
    number = listener.socket.getsockname()[1]
    return ServedGateway(gateway, GatewayClient(number, certificate), refused)
