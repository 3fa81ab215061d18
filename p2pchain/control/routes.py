"""The one table of routes: what may be asked, who may ask, who answers. ``GET /v1/`` shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from inspect import getdoc
from typing import Final

from p2pchain.control.handlers import (
    Handler,
    allow_sender,
    ban_peer,
    connect_peer,
    disconnect_peer,
    drop_waiting,
    events,
    keep_private,
    not_permitted,
    prove,
    prove_tx,
    purge_private,
    query,
    read_private,
    refuse_sender,
    rehearse,
    show_block,
    show_chain,
    show_consensus,
    show_evidence,
    show_health,
    show_members,
    show_mempool,
    show_metrics,
    show_modules,
    show_parameters,
    show_peers,
    show_status,
    show_tx,
    show_validators,
    submit_many,
    submit_one,
    unban_peer,
)
from p2pchain.control.http import Level, Request, RequestRefused, Response, json_response
from p2pchain.control.jobs import begin_job, list_jobs, show_job
from p2pchain.control.lists import list_blocks, list_transactions
from p2pchain.control.port import NodePort
from p2pchain.control.readers import Readers
from p2pchain.control.site_files import open_site, show_client_file, show_site_file
from p2pchain.control.state import show_state


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One line of the table; parts of ``path`` in braces are captured. The handler's docstring is its
    description. ``level``: who may ask on the node's own sockets; ``readers``: who may over the gateway;
    ``waits``: the answer may wait for a block; ``streams``: it goes on as lines.
    """

    method: str
    path: str
    level: Level
    handler: Handler
    readers: Readers = Readers.NOBODY
    waits: bool = False
    streams: bool = False


async def list_routes(port: NodePort, request: Request) -> Response:
    """This list."""
    return json_response(
        [
            {
                "method": route.method,
                "path": route.path,
                "level": route.level.name.lower(),
                "readers": route.readers.name.lower(),
                "description": " ".join((getdoc(route.handler) or "").split()),
            }
            for route in ROUTES
        ]
    )


ROUTES: tuple[Route, ...] = (
    Route(method="GET", path="/v1/", level=Level.VIEWER, handler=list_routes, readers=Readers.EVERYBODY),
    Route(method="GET", path="/v1/status", level=Level.VIEWER, handler=show_status),
    Route(method="GET", path="/v1/chain", level=Level.VIEWER, handler=show_chain, readers=Readers.EVERYBODY),
    Route(method="GET", path="/v1/peers", level=Level.VIEWER, handler=show_peers),
    Route(method="POST", path="/v1/peers/{peer}/connect", level=Level.OPERATOR, handler=connect_peer),
    Route(method="POST", path="/v1/peers/{peer}/disconnect", level=Level.OPERATOR, handler=disconnect_peer),
    Route(method="POST", path="/v1/peers/{peer}/ban", level=Level.ADMIN, handler=ban_peer),
    Route(method="POST", path="/v1/peers/{peer}/unban", level=Level.ADMIN, handler=unban_peer),
    Route(method="GET", path="/v1/consensus", level=Level.VIEWER, handler=show_consensus),
    Route(
        method="GET",
        path="/v1/validators",
        level=Level.VIEWER,
        handler=show_validators,
        readers=Readers.ACCOUNTS,
    ),
    Route(
        method="GET", path="/v1/evidence", level=Level.VIEWER, handler=show_evidence, readers=Readers.AUDITORS
    ),
    Route(
        method="GET", path="/v1/members", level=Level.VIEWER, handler=show_members, readers=Readers.EVERYBODY
    ),
    Route(
        method="GET",
        path="/v1/parameters",
        level=Level.VIEWER,
        handler=show_parameters,
        readers=Readers.EVERYBODY,
    ),
    Route(
        method="GET", path="/v1/modules", level=Level.VIEWER, handler=show_modules, readers=Readers.ACCOUNTS
    ),
    Route(method="GET", path="/v1/mempool", level=Level.VIEWER, handler=show_mempool),
    Route(method="POST", path="/v1/mempool/{tx_id}/drop", level=Level.OPERATOR, handler=drop_waiting),
    Route(
        method="POST", path="/v1/mempool/senders/{sender}/refuse", level=Level.OPERATOR, handler=refuse_sender
    ),
    Route(
        method="POST", path="/v1/mempool/senders/{sender}/allow", level=Level.OPERATOR, handler=allow_sender
    ),
    Route(method="GET", path="/v1/block", level=Level.VIEWER, handler=show_block, readers=Readers.EVERYBODY),
    Route(
        method="GET",
        path="/v1/block/{height}",
        level=Level.VIEWER,
        handler=show_block,
        readers=Readers.EVERYBODY,
    ),
    Route(
        method="GET", path="/v1/blocks", level=Level.VIEWER, handler=list_blocks, readers=Readers.EVERYBODY
    ),
    Route(
        method="GET", path="/v1/txs", level=Level.VIEWER, handler=list_transactions, readers=Readers.AUDITORS
    ),
    Route(method="GET", path="/v1/tx/{tx_id}", level=Level.VIEWER, handler=show_tx, readers=Readers.PARTIES),
    Route(
        method="GET",
        path="/v1/tx/{tx_id}/proof",
        level=Level.VIEWER,
        handler=prove_tx,
        readers=Readers.PARTIES,
    ),
    Route(
        method="POST",
        path="/v1/tx",
        level=Level.OPERATOR,
        handler=submit_one,
        readers=Readers.EVERYBODY,
        waits=True,
    ),
    Route(method="POST", path="/v1/txs", level=Level.OPERATOR, handler=submit_many),
    Route(
        method="POST", path="/v1/rehearsal", level=Level.OPERATOR, handler=rehearse, readers=Readers.ACCOUNTS
    ),
    Route(
        method="GET",
        path="/v1/query/{module}/{name}",
        level=Level.VIEWER,
        handler=query,
        readers=Readers.PARTIES,
    ),
    Route(
        method="GET",
        path="/v1/events",
        level=Level.VIEWER,
        handler=events,
        readers=Readers.PARTIES,
        streams=True,
    ),
    Route(method="POST", path="/v1/proof", level=Level.VIEWER, handler=prove, readers=Readers.PARTIES),
    Route(method="GET", path="/v1/state", level=Level.VIEWER, handler=show_state),
    Route(method="GET", path="/v1/jobs", level=Level.VIEWER, handler=list_jobs),
    Route(method="GET", path="/v1/jobs/{job}", level=Level.VIEWER, handler=show_job),
    Route(method="POST", path="/v1/jobs/{job}", level=Level.ADMIN, handler=begin_job),
    Route(method="POST", path="/v1/private/{root}", level=Level.OPERATOR, handler=keep_private),
    Route(method="GET", path="/v1/private/{root}", level=Level.OPERATOR, handler=read_private),
    Route(method="POST", path="/v1/private/{root}/purge", level=Level.OPERATOR, handler=purge_private),
    Route(method="GET", path="/metrics", level=Level.VIEWER, handler=show_metrics),
    Route(method="GET", path="/health", level=Level.VIEWER, handler=show_health),
    Route(method="GET", path="/", level=Level.VIEWER, handler=open_site),
    Route(method="GET", path="/site/{file}", level=Level.VIEWER, handler=show_site_file),
    Route(method="GET", path="/site/client/{file}", level=Level.VIEWER, handler=show_client_file),
)


async def answer(port: NodePort, request: Request) -> Response:
    """Find the route and let it answer. Raises the ``Fault`` of whoever is guilty."""
    route, captured = find_route(request.method, request.path)
    if request.level < route.level:
        raise not_permitted(request, route.level)
    return await route.handler(port, replace(request, captured=captured))


def find_route(method: str, path: str) -> tuple[Route, Mapping[str, str]]:
    """Find the route of a request and the parts that its path captured; ``HEAD`` is a ``GET`` whose answer
    has no body.

    Raises ``RequestRefused`` with 404 or 405.
    """
    method = "GET" if method == "HEAD" else method
    parts = _parts(path)
    allowed: list[str] = []
    for route, pattern in _PATTERNS:
        captured = _capture(pattern, parts)
        if captured is not None:
            if route.method == method:
                return route, captured
            allowed.append(route.method)
    if allowed:
        facts = {"method": method, "path": path[:200], "allowed": ", ".join(allowed)}
        raise RequestRefused(405, "HTTP_METHOD", facts, f"use {' or '.join(allowed)}")
    raise RequestRefused(404, "HTTP_UNKNOWN_PATH", {"path": path[:200]}, "see GET /v1/ for what there is")


def _parts(path: str) -> tuple[str, ...]:
    return tuple(path.strip("/").split("/"))


_PATTERNS: Final = tuple((route, _parts(route.path)) for route in ROUTES)


def _capture(pattern: tuple[str, ...], parts: tuple[str, ...]) -> dict[str, str] | None:
    """Return the parts of a path in the braces of ``pattern``, None where they do not match."""
    if len(pattern) != len(parts):
        return None
    captured: dict[str, str] = {}
    for wanted, part in zip(pattern, parts, strict=True):
        if wanted.startswith("{"):
            captured[wanted[1:-1]] = part
        elif wanted != part:
            return None
    return captured
