"""Member files: what they say is proven by the keys in them, and collected they are one genesis."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from p2pchain.business.software import MODULES
from p2pchain.client.founding import collected, format_peers, listeners_of, parse_peers
from p2pchain.client.member_file import (
    MemberFile,
    format_member,
    genesis_differences,
    parse_member,
    proven_account,
    proven_node,
)
from p2pchain.codec.genesis import genesis_id
from p2pchain.codec.multiaddress import is_address
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.errors import Invalid, Refused
from p2pchain.model.ids import ChainId, OrgId
from p2pchain.model.parameters import Parameters

CHAIN = ChainId("demo")
ADDRESS = "/dns4/node.example/tcp/26656"


def key(name: str) -> SigningKey:
    return SigningKey(name.encode().ljust(32, b"."))


def member(org: str, *, chain_id: ChainId = CHAIN, keys: str = "", votes: bool = True) -> MemberFile:
    """An organisation with an account and a node; ``keys``: another's name, whose keys it uses."""
    name = keys or org
    return MemberFile(
        chain_id=chain_id,
        org=OrgId(org),
        legal_name=f"{org} AG",
        roles=("admin", "issuer", "validator"),
        accounts=(proven_account(chain_id, org, org, ("admin", "issuer"), key(f"{name} account")),),
        nodes=(
            proven_node(
                chain_id,
                org,
                org,
                peer_key=key(f"{name} peer"),
                consensus_key=key(f"{name} votes") if votes else None,
                power=1,
                address=ADDRESS,
            ),
        ),
    )


def test_a_file_says_what_was_written() -> None:
    for written in (member("bank-a"), member("auditor", votes=False)):
        assert parse_member(format_member(written).encode(), "file") == written


def test_a_genesis_is_the_same_in_whatever_order_the_files_come() -> None:
    members = [member(org) for org in ("bank-b", "bank-a", "buyer")]
    one, other = (collected(order, time_ms=1, parameters=Parameters()) for order in (members, members[::-1]))
    assert genesis_id(one) == genesis_id(other)
    assert Ledger.from_genesis(one, MODULES).members[0].org in {"bank-a", "bank-b", "buyer"}
    assert all(genesis_differences(each, one) == [] for each in members)
    listeners = listeners_of(members)
    assert {name: each.address for name, each in listeners.items()} == dict.fromkeys(
        ("bank-a", "bank-b", "buyer"), ADDRESS
    )
    assert parse_peers(format_peers(listeners).encode(), "f") == listeners


def test_a_genesis_that_departs_from_a_file_is_seen() -> None:
    made = collected([member("bank-a"), member("bank-b")], time_ms=1, parameters=Parameters())
    assert genesis_differences(member("buyer"), made) == ["no organisation buyer"]
    assert genesis_differences(replace(member("bank-a"), legal_name="Other"), made) == [
        "another legal_name of bank-a"
    ]
    assert genesis_differences(member("bank-a", keys="thief"), made) == [
        "another accounts of bank-a",
        "another nodes of bank-a",
    ]
    assert genesis_differences(member("bank-a", chain_id=ChainId("x")), made) == ["chain demo, not x"]


def _elsewhere(told: Any) -> None:
    told["chain_id"] = "other"


def _renamed(told: Any) -> None:
    told["org"] = "bank-b"


def _account_renamed(told: Any) -> None:
    told["accounts"][0]["name"] = "treasury"


def _other_key(told: Any) -> None:
    told["accounts"][0]["public_key"] = key("thief").public_key.hex()


def _other_node(told: Any) -> None:
    told["nodes"][0]["peer_key"] = key("thief").public_key.hex()


def _other_vote(told: Any) -> None:
    told["nodes"][0]["validator"]["consensus_key"] = key("thief").public_key.hex()


def _strange_address(told: Any) -> None:
    told["nodes"][0]["address"] = "node.example:26656"


def _short_key(told: Any) -> None:
    told["accounts"][0]["public_key"] = "00"


def _wider_account(told: Any) -> None:
    told["accounts"][0]["roles"] = ["admin", "auditor"]


def _strange_role(told: Any) -> None:
    told["roles"].append("a king")


def _unknown_field(told: Any) -> None:
    told["nodes"][0]["colour"] = "red"


def _powerless(told: Any) -> None:
    told["nodes"][0]["validator"]["power"] = 0


def _lacking(told: Any) -> None:
    del told["nodes"]


def _no_list(told: Any) -> None:
    told["accounts"] = {}


ALTERATIONS = [
    *(_elsewhere, _renamed, _account_renamed, _other_key, _other_node, _other_vote, _strange_address),
    *(_short_key, _wider_account, _strange_role, _unknown_field, _powerless, _lacking, _no_list),
]


@pytest.mark.parametrize("alter", ALTERATIONS)
def test_an_altered_file_is_refused(alter: Callable[[Any], None]) -> None:
    told = json.loads(format_member(member("bank-a")))
    alter(told)
    with pytest.raises(Refused, match="MEMBER_FILE_INVALID"):
        parse_member(json.dumps(told).encode(), "member.json")


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'"x"', b"\xff", b'{"format": 1, "version": 1}'])
def test_another_file_is_refused(text: bytes) -> None:
    with pytest.raises(Refused, match="MEMBER_FILE_INVALID"):
        parse_member(text, "member.json")
    with pytest.raises(Refused, match="PEERS_FILE_INVALID"):
        parse_peers(text, "peers.json")


def test_files_that_contradict_each_other_make_no_genesis() -> None:
    with pytest.raises(Refused, match="MEMBER_OTHER_CHAIN"):
        collected(
            [member("bank-a"), member("bank-b", chain_id=ChainId("x"))], time_ms=1, parameters=Parameters()
        )
    with pytest.raises(Invalid, match="CODEC_REPEATED"):
        collected([member("bank-a"), member("bank-b", keys="bank-a")], time_ms=1, parameters=Parameters())
    with pytest.raises(Invalid, match="CODEC_ORDER"):
        collected([member("bank-a"), member("bank-a")], time_ms=1, parameters=Parameters())


def test_addresses_are_such_as_can_be_dialled() -> None:
    good = (ADDRESS, "/ip4/127.0.0.1/tcp/1", "/ip6/::1/tcp/65535", "/dns/a/tcp/4001")
    bad = ("", "/ip4/127.0.0.1", "/ip4/127.0.0.1/tcp/0", "/ip4/1.2.3.4/tcp/65536", ADDRESS + "/p2p/x", "a:1")
    assert all(map(is_address, good))
    assert not any(map(is_address, bad))
