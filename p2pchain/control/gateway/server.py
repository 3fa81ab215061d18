"""The gateway on TCP: accepts connections, ends TLS, bounds and verifies requests, and passes them on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final

import trio

from p2pchain.codec.exact_json import read_json
from p2pchain.control.arguments import waiting
from p2pchain.control.connection import Connection
from p2pchain.control.gateway.certificate import GatewayCertificate
from p2pchain.control.gateway.node_side import check_reader
from p2pchain.control.gateway.problems import problem_response
from p2pchain.control.gateway.rates import Rates
from p2pchain.control.gateway.request_signatures import RequestSignatures
from p2pchain.control.gateway.settings import GatewayConfig
from p2pchain.control.gateway.upstream import Upstream
from p2pchain.control.gateway.visitors import GatewayVisitor, Visitors, site_of
from p2pchain.control.http import Level, Request, RequestRefused, Response, host_name
from p2pchain.control.readers import STRANGER, STRANGER_CODE, Readers
from p2pchain.control.routes import find_route
from p2pchain.model.errors import Fact, Invalid
from p2pchain.model.ids import PublicKey

BODY_BYTES_MAX: Final = 262_144
"""Largest body of a request: a transaction has 64 KiB, and twice as much in JSON."""
HANDSHAKE_S_MAX: Final = 10
ALL: Final = "all"
"""Name under which the rate of all requests is kept."""


class Gateway:
    """One gateway. ``certificate`` may be exchanged; it counts for connections to come."""

    def __init__(
        self,
        config: GatewayConfig,
        certificate: GatewayCertificate,
        upstream: Upstream,
        signatures: RequestSignatures,
    ) -> None:
        """``upstream``: the node that answers."""
        self.certificate = certificate
        self._upstream = upstream
        self._signatures = signatures
        self._visitors = Visitors(config.connections_max, config.address_connections_max)
        self._streams: Counter[Hashable] = Counter()
        self._streams_max = config.streams_max
        self._account_streams_max = config.account_streams_max
        self._all = Rates(config.requests_per_second)
        self._addresses = Rates(config.address_requests_per_second)
        self._accounts = Rates(config.account_requests_per_second)
        self.refused: Counter[str] = Counter()
        self.requests = 0

    @property
    def connections(self) -> int:
        """Connections that are open."""
        return len(self._visitors)

    async def serve(self, listener: trio.SocketListener) -> None:
        """Serve until cancelled; no client ends it."""
        await trio.serve_listeners(self._visit, [listener])

    async def _visit(self, stream: trio.SocketStream) -> None:
        """Serve one client until it leaves, or has to make room for another."""
        try:
            address = site_of(stream.socket.getpeername()[0])
        except OSError:
            await trio.aclose_forcefully(stream)
            return
        with self._visitors.enter(address) as visitor:
            if visitor is None:
                self._refuse("GATEWAY_CONNECTIONS")
                await trio.aclose_forcefully(stream)
                return
            tls = trio.SSLStream(stream, self.certificate.context, server_side=True, https_compatible=True)
            if await self._handshake(tls):
                await self._connection(tls, visitor).serve()

    async def _handshake(self, tls: trio.SSLStream) -> bool:
        try:
            with trio.move_on_after(HANDSHAKE_S_MAX) as slow:
                await tls.do_handshake()
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self._refuse("GATEWAY_HANDSHAKE")
            await trio.aclose_forcefully(tls)
            return False
        if slow.cancelled_caught:
            self._refuse("GATEWAY_HANDSHAKE")
            await trio.aclose_forcefully(tls)
        return not slow.cancelled_caught

    def _connection(self, tls: trio.SSLStream, visitor: GatewayVisitor) -> Connection:
        connection = Connection(
            tls,
            level=Level.VIEWER,
            answer=partial(self._answer, visitor.address, self.certificate),
            refused=self._refuse,
            error_answer=problem_response,
            body_bytes_max=BODY_BYTES_MAX,
        )
        visitor.idle_since = lambda: connection.idle_since
        return connection

    async def _answer(self, address: str, certificate: GatewayCertificate, request: Request) -> Response:
        """Answer one request, or raise the ``Fault`` of whoever is guilty."""
        self._take(self._addresses, address, "address")
        _check_host(certificate, request)
        route, _ = find_route(request.method, request.path)
        account = self._signatures.account_of(request)
        if account is not None:
            self._take(self._accounts, account, "account")
        if account is None or route.readers is Readers.NOBODY:
            check_reader(route, STRANGER)
        self._take(self._all, ALL, "gateway")
        self.requests += 1
        if route.streams:
            response = await self._follow(request, account, address)
        else:
            waits_s = _wait_s(request) if route.waits else None
            response = await self._upstream.ask(request, account, address, waits_s)
        if account is not None and not _is_stranger(response):
            self._signatures.known(account)
        return response

    async def _follow(self, request: Request, account: PublicKey | None, address: str) -> Response:
        """Answer with events as they come, within the limits of streams."""
        name: Hashable = account or address
        if self._streams.total() >= self._streams_max or self._streams[name] >= self._account_streams_max:
            facts: dict[str, Fact] = {"streams_max": self._streams_max, "of_one": self._account_streams_max}
            raise RequestRefused(503, "TOO_MANY_STREAMS", facts, "end another stream first")
        self._streams[name] += 1
        try:
            response = await self._upstream.follow(request, account)
        except BaseException:
            self._end_stream(name)
            raise
        return replace(response, done=partial(self._end_stream, name))

    def _end_stream(self, name: Hashable) -> None:
        self._streams -= Counter((name,))

    def _take(self, rates: Rates, name: Hashable, whose: str) -> None:
        wait_s = rates.take(name, trio.current_time())
        if wait_s:
            facts: dict[str, Fact] = {"of": whose, "retry_after_s": int(wait_s) + 1}
            raise RequestRefused(429, "GATEWAY_RATE", facts, "ask less often")

    def _refuse(self, code: str) -> None:
        self.refused[code] += 1


def _wait_s(request: Request) -> float:
    """Return how long a client wants to wait for a block, 0 where it does not."""
    wait, timeout_ms = waiting(request)
    return timeout_ms / 1_000 if wait else 0


def _check_host(certificate: GatewayCertificate, request: Request) -> None:
    """Refuse a host that the certificate does not name: a signature for another gateway, or a name that
    somebody else's page made a browser resolve to this address.
    """
    if not certificate.is_for(host_name(request.host)):
        facts: dict[str, Fact] = {"host": request.host[:200], "names": ", ".join(certificate.names)[:200]}
        raise RequestRefused(421, "HTTP_HOST", facts, "ask by a name that the gateway's certificate has")
    if not request.target.startswith("/"):
        raise RequestRefused(400, "HTTP_TARGET", {"reason": "no path"}, "write the path as in GET /v1/")


def _is_stranger(response: Response) -> bool:
    if response.status != 403:
        return False
    try:
        problem = read_json(response.body)
    except Invalid:
        return False
    return isinstance(problem, Mapping) and problem.get("code") == STRANGER_CODE
