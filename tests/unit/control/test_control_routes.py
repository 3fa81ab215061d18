"""The table of routes, and which status a fault has."""

from __future__ import annotations

from typing import cast

import pytest

from p2pchain.business.registry.refusals import DocumentUnknown, DuplicateFinanced
from p2pchain.control.http import Level, Request, RequestRefused, error_response, status_of
from p2pchain.control.port import NodePort
from p2pchain.control.routes import ROUTES, answer, find_route
from p2pchain.model.errors import Corrupt, Fault, Invalid, PeerFault, Refused


def test_every_route_is_found_and_described() -> None:
    for route in ROUTES:
        found, captured = find_route(route.method, route.path)
        assert found is route
        assert all(value == f"{{{name}}}" for name, value in captured.items())
        assert route.handler.__doc__


def test_only_changing_something_needs_more_than_looking() -> None:
    """But for a proof, which is asked for with a body, and a sealed payload, which is for its recipients."""
    others = [route for route in ROUTES if route.path not in ("/v1/proof", "/v1/private/{root}")]
    assert {(route.method, route.level) for route in others} == {
        ("GET", Level.VIEWER),
        ("POST", Level.OPERATOR),
        ("POST", Level.ADMIN),
    }
    assert {route.path for route in ROUTES if route.level is Level.ADMIN} == {
        "/v1/peers/{peer}/ban",
        "/v1/peers/{peer}/unban",
        "/v1/jobs/{job}",
    }


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/site/client/types/index.d.ts", 404),
        ("GET", "/v1/nothing", 404),
        ("GET", "/v1/query/registry", 404),
        ("GET", "/v1/query/registry/show/more", 404),
        ("POST", "/v1/status", 405),
        ("POST", "/v1/blocks", 405),
        ("DELETE", "/v1/tx/ab", 405),
    ],
)
def test_what_is_no_route(method: str, path: str, status: int) -> None:
    with pytest.raises(RequestRefused) as caught:
        find_route(method, path)
    assert caught.value.status == status
    assert error_response(caught.value).allow == (None if status == 404 else caught.value.facts["allowed"])


class Untouched:
    """No node: whoever asks it for anything fails."""


@pytest.mark.parametrize("order", ["ban", "unban", "connect", "disconnect"])
async def test_who_may_order_about_a_peer(order: str) -> None:
    below = Level.OPERATOR if "ban" in order else Level.VIEWER
    request = Request(
        method="POST",
        path=f"/v1/peers/bank-b/{order}",
        query={},
        content_type="",
        body=b"",
        level=below,
        captured={},
        host="n",
    )
    with pytest.raises(RequestRefused) as caught:
        await answer(cast(NodePort, Untouched()), request)
    assert (caught.value.status, caught.value.code) == (403, "NOT_PERMITTED")
    assert ("root" in caught.value.hint) == ("ban" in order)


def test_head_is_get_without_the_body() -> None:
    assert find_route("HEAD", "/v1/status") == find_route("GET", "/v1/status")
    with pytest.raises(RequestRefused):
        find_route("HEAD", "/v1/tx")


def test_a_slash_at_the_end_does_not_matter() -> None:
    assert find_route("GET", "/v1")[0].path == "/v1/"
    assert find_route("GET", "/v1/block/7/")[1] == {"height": "7"}


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Refused("TX_UNKNOWN"), 404),
        (Refused("PEER_UNKNOWN"), 404),
        (Refused("AUTH_ROLE"), 403),
        (DuplicateFinanced({}), 409),
        (DocumentUnknown({}), 404),
        (Refused("ANYTHING_ELSE"), 422),
        (Invalid("CODEC_TYPE"), 400),
        (Invalid("SIG_INVALID"), 422),
        (Refused("MEMPOOL_FULL", {"limit": "transactions_max"}), 503),
        (Refused("MEMPOOL_SHARE", {"limit": "organisation_transactions_max"}), 429),
        (Refused("MEMPOOL_EXPIRED"), 503),
        (Refused("MEMPOOL_REFUSED"), 403),
        (Refused("SENDER_UNKNOWN"), 404),
        (Refused("TOO_MANY_WAITING"), 503),
        (Corrupt("SEGMENT_DAMAGED"), 500),
        (PeerFault("ANY"), 500),
    ],
)
def test_status_says_who_is_guilty(fault: Fault, status: int) -> None:
    assert status_of(fault) == status
