"""Multiaddresses: those that a node may use, and what is said of others."""

from __future__ import annotations

import pytest

from p2pchain.model.errors import Refused
from p2pchain.net.addresses import address_of, endpoint_of


@pytest.mark.parametrize(
    ("address", "endpoint"),
    [
        ("/ip4/127.0.0.1/tcp/4001", ("127.0.0.1", 4001)),
        ("/ip4/127.0.0.1/tcp/0", ("127.0.0.1", 0)),
        ("/ip6/::1/tcp/65535", ("::1", 65535)),
        ("/dns4/node.bank.example/tcp/4001", ("node.bank.example", 4001)),
        ("/dns/node/tcp/4001/p2p/12D3KooW", ("node", 4001)),
    ],
)
def test_accepted(address: str, endpoint: tuple[str, int]) -> None:
    assert endpoint_of(address) == endpoint


@pytest.mark.parametrize(
    "address",
    [
        "",
        "127.0.0.1:4001",
        "/ip4/127.0.0.1",
        "/ip4/127.0.0.1/udp/4001",
        "/ip4/127.0.0.1/tcp/65536",
        "/ip4/127.0.0.1/tcp/-1",
        "/ip4/127.0.0.1/tcp/٣",
        "/ip4//tcp/4001",
        "/ip4/127.0.0.1/tcp/4001/ws/x",
        "/unix/run/tcp/1",
    ],
)
def test_refused_with_a_hint(address: str) -> None:
    with pytest.raises(Refused) as caught:
        endpoint_of(address)
    assert caught.value.code == "NET_BAD_ADDRESS"
    assert caught.value.facts["address"] == address
    assert "/ip4/" in caught.value.hint


def test_back_to_text() -> None:
    assert endpoint_of(address_of("::1", 7)) == ("::1", 7)
    assert address_of("10.0.0.1", 7) == "/ip4/10.0.0.1/tcp/7"
