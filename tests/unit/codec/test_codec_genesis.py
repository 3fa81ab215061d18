"""Genesis: what is stated is what is read, one meaning has one id, and each mistake is named by its field."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from p2pchain.codec.genesis import format_genesis, genesis_id, genesis_validators, parse_genesis
from p2pchain.codec.parameters import PARAMETER_BOUNDS, read_parameters
from p2pchain.codec.peer_id import base58, peer_id_of
from p2pchain.model.errors import Invalid
from p2pchain.model.ids import PublicKey
from p2pchain.model.parameters import Parameters
from tests.unit.codec.codec_vectors import GENESIS

STATED: dict[str, Any] = json.loads(format_genesis(GENESIS))
Change = Callable[[dict[str, Any]], object]


def parsed(change: Change) -> object:
    """What parses after a change of the vector genesis."""
    stated = copy.deepcopy(STATED)
    change(stated)
    return parse_genesis(json.dumps(stated).encode())


def test_what_is_formatted_parses_to_the_same() -> None:
    assert parse_genesis(format_genesis(GENESIS).encode()) == GENESIS


def test_the_id_is_over_the_meaning() -> None:
    def name_all(stated: dict[str, Any]) -> None:
        stated["parameters"] = {name: getattr(GENESIS.parameters, name) for name in PARAMETER_BOUNDS}

    assert parsed(name_all) == GENESIS
    compact = json.dumps(STATED, separators=(",", ":"), ensure_ascii=True).encode()
    assert genesis_id(parse_genesis(compact)) == genesis_id(GENESIS)
    seen = {genesis_id(GENESIS)}
    for name, (low, high) in PARAMETER_BOUNDS.items():
        other = low if getattr(GENESIS.parameters, name) != low else high
        changed = replace(GENESIS, parameters=replace(GENESIS.parameters, **{name: other}))
        seen.add(genesis_id(changed))
    assert len(seen) == 1 + len(PARAMETER_BOUNDS)


def test_the_defaults_lie_within_the_bounds() -> None:
    assert read_parameters({}, "parameters") == Parameters()
    everything = {name: getattr(Parameters(), name) for name in PARAMETER_BOUNDS}
    assert read_parameters(everything, "parameters") == Parameters()


def test_validators_are_ordered_by_key() -> None:
    validators = genesis_validators(GENESIS)
    assert len(validators) == 4
    assert validators.total_power == 40


def first(stated: dict[str, Any]) -> dict[str, Any]:
    """The first organisation."""
    found: dict[str, Any] = stated["organisations"][0]
    return found


def node(stated: dict[str, Any]) -> dict[str, Any]:
    """Its node."""
    found: dict[str, Any] = first(stated)["nodes"][0]
    return found


REFUSED: tuple[tuple[str, str, Change], ...] = (
    ("CODEC_MISSING_FIELD", "genesis.chain_id", lambda g: g.pop("chain_id")),
    ("CODEC_UNKNOWN_FIELD", "genesis.extra", lambda g: g.update(extra=1)),
    ("CODEC_TEXT", "chain_id", lambda g: g.update(chain_id="Chain")),
    ("CODEC_TYPE", "time_ms", lambda g: g.update(time_ms="now")),
    ("CODEC_RANGE", "time_ms", lambda g: g.update(time_ms=-1)),
    ("CODEC_RANGE", "time_ms", lambda g: g.update(time_ms=2**63)),
    ("CODEC_UNKNOWN_FIELD", "parameters.speed", lambda g: g["parameters"].update(speed=1)),
    ("CODEC_RANGE", "parameters.tx_bytes_max", lambda g: g["parameters"].update(tx_bytes_max=65_537)),
    ("CODEC_TYPE", "parameters.tx_lifetime", lambda g: g["parameters"].update(tx_lifetime=True)),
    ("CODEC_RANGE", "parameters.tx_bytes_max", lambda g: g["parameters"].update(block_bytes_max=2_000)),
    ("CODEC_TYPE", "parameters", lambda g: g.update(parameters=[])),
    ("CODEC_LENGTH", "organisations", lambda g: g.update(organisations=[])),
    ("CODEC_ORDER", "organisations[1].org", lambda g: g["organisations"].reverse()),
    ("CODEC_ORDER", "organisations[1].org", lambda g: g["organisations"].insert(0, first(g))),
    ("CODEC_TEXT", "organisations[0].org", lambda g: first(g).update(org="bank a")),
    ("CODEC_TEXT", "organisations[0].org", lambda g: first(g).update(org="a" * 33)),
    ("CODEC_LENGTH", "organisations[0].legal_name", lambda g: first(g).update(legal_name="")),
    ("CODEC_TEXT", "organisations[0].legal_name", lambda g: first(g).update(legal_name="a\u0000b")),
    ("CODEC_TEXT", "organisations[0].roles[0]", lambda g: first(g).update(roles=["a king"])),
    ("CODEC_REPEATED", "organisations[0].roles", lambda g: first(g).update(roles=["admin", "admin"])),
    ("CODEC_ROLE", "organisations[0].accounts[0].roles", lambda g: first(g).update(roles=["validator"])),
    (
        "CODEC_TEXT",
        "organisations[0].accounts[0].public_key",
        lambda g: first(g)["accounts"][0].update(public_key="AB" * 32),
    ),
    ("CODEC_TEXT", "organisations[0].nodes[0].peer_key", lambda g: node(g).update(peer_key="ab" * 31)),
    ("CODEC_TYPE", "organisations[0].nodes[0].peer_key", lambda g: node(g).update(peer_key=None)),
    ("CODEC_RANGE", "organisations[0].nodes[0].power", lambda g: node(g).update(power=0)),
    ("CODEC_RANGE", "organisations[0].nodes[0].power", lambda g: node(g).update(consensus_key=None)),
    ("CODEC_RANGE", "organisations[0].nodes[0].power", lambda g: node(g).update(power=2**41)),
    ("CODEC_REPEATED", "organisations[] keys", lambda g: node(g).update(peer_key=node(g)["consensus_key"])),
    ("CODEC_REPEATED", "nodes[].name", lambda g: node(g).update(name="buyer")),
    (
        "CODEC_REPEATED",
        "organisations[0].accounts[].name",
        lambda g: first(g)["accounts"].append(first(g)["accounts"][0]),
    ),
    (
        "CODEC_LENGTH",
        "nodes[].consensus_key",
        lambda g: [one["nodes"][0].update(consensus_key=None, power=0) for one in g["organisations"]],
    ),
)


@pytest.mark.parametrize(("code", "at", "change"), REFUSED, ids=[f"{case[1]}-{case[0]}" for case in REFUSED])
def test_a_mistake_is_named_by_its_field(code: str, at: str, change: Change) -> None:
    with pytest.raises(Invalid) as fault:
        parsed(change)
    assert (fault.value.code, fault.value.facts["field"]) == (code, at)


@pytest.mark.parametrize(
    "text",
    [
        *(
            b"",
            b"{",
            b"\xff",
            b"[" * 200_000,
            b'{"a": 1, "a": 1}',
            b'{"a": 1.5}',
            b'{"a": NaN}',
            b'{"a": 1e3}',
        ),
        b'{"a": ' + b"9" * 5_000 + b"}",
        b"{} {}",
    ],
    ids=lambda text: ascii(text[:12]),
)
def test_what_is_no_plain_json_is_refused(text: bytes) -> None:
    with pytest.raises(Invalid) as fault:
        parse_genesis(text)
    assert fault.value.code == "CODEC_JSON"
    assert fault.value.facts["reason"]


def test_an_enormous_text_is_not_read() -> None:
    with pytest.raises(Invalid) as fault:
        parse_genesis(b" " * 4_194_305)
    assert fault.value.code == "CODEC_TOO_LARGE"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        # draft-msporny-base58-03, test vectors.
        (b"Hello World!", "2NEpo7TZRRrLZSi2U"),
        (
            b"The quick brown fox jumps over the lazy dog.",
            "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z",
        ),
        (bytes.fromhex("0000287fb4cd"), "11233QC4"),
        (b"", ""),
    ],
)
def test_base58_of_its_draft(data: bytes, text: str) -> None:
    assert base58(data) == text


def test_peer_id_of_the_libp2p_specification() -> None:
    """libp2p specs, peer-ids: the Ed25519 key of its test vectors, and the id that py-libp2p gives it."""
    key = PublicKey(bytes.fromhex("1ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e"))
    assert peer_id_of(key) == "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq"
