"""Proof files that are kept: they prove what is said beside them, and one changed bit of any byte of them
proves nothing. With real keys: nothing here stands in for Ed25519.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from p2pchain.codec.cbor import pack, unpack
from p2pchain.codec.genesis import genesis_validators, parse_genesis
from p2pchain.crypto.hashing import sha256
from p2pchain.model.errors import Invalid
from p2pchain.proofs.proof_file import decode_proof_file, encode_proof_file, verify_proof_file
from p2pchain.proofs.trust import Trust, parse_trusted
from tests.unit.proofs import capture_proof_files, second_verifier
from tests.unit.proofs.capture_proof_files import said

VECTORS = json.loads(capture_proof_files.VECTORS.read_text("utf-8"))
GENESIS = parse_genesis(VECTORS["genesis"].encode())
FILES = VECTORS["files"]
FROM_GENESIS = [each for each in FILES if not each["trusted"]]


def trust_of(file: dict[str, Any]) -> Trust:
    return GENESIS if file["trusted"] is None else parse_trusted(file["trusted"])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file["name"])
def test_a_kept_file_goes_on_to_prove_what_it_proved(file: dict[str, Any]) -> None:
    data = bytes.fromhex(file["bytes"])
    proven = verify_proof_file(data, trust_of(file))
    assert said(proven) == {name: file[name] for name in said(proven)}
    assert encode_proof_file(decode_proof_file(data)) == data


@pytest.mark.parametrize("file", FILES, ids=lambda file: file["name"])
def test_a_kept_file_with_another_byte_proves_nothing(file: dict[str, Any]) -> None:
    data = bytes.fromhex(file["bytes"])
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1 << place % 8
        with pytest.raises(Invalid, match="PROOF_INVALID"):
            verify_proof_file(bytes(changed), trust_of(file))


def test_the_files_can_be_made_anew() -> None:
    """The command that makes them runs to its end, tells the same story each time, and every file of today
    proves what it is said to prove, to both verifiers.
    """
    first, second = capture_proof_files.build(), capture_proof_files.build()
    assert first == second
    assert [each["name"] for each in first["files"]] == [each["name"] for each in FILES]
    for file in first["files"]:
        told = second_verifier.verify(
            bytes.fromhex(file["bytes"]), json.loads(first["genesis"]), file["trusted"]
        )
        assert told == {name: file[name] for name in told}


def test_the_files_show_every_kind() -> None:
    kinds = {(each["trusted"] is None, each["transaction"] is None, each["changes"] > 0) for each in FILES}
    assert {(True, True, False), (True, True, True), (False, True, True), (True, False, False)} <= kinds
    assert (False, False, True) in kinds


@pytest.mark.parametrize("file", FILES, ids=lambda file: file["name"])
def test_a_second_verifier_written_from_the_pages_agrees(file: dict[str, Any]) -> None:
    told = second_verifier.verify(
        bytes.fromhex(file["bytes"]), json.loads(VECTORS["genesis"]), file["trusted"]
    )
    assert told == {name: file[name] for name in told}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file["name"])
def test_the_two_verifiers_believe_the_same(file: dict[str, Any]) -> None:
    """A bit of each byte flipped behind the digest, and the digest made anew: most of it proves nothing, to
    either. What does proves the same, but for the name of a key that is not there either.
    """
    items = unpack(bytes.fromhex(file["bytes"]), bytes_max=65_536)
    assert isinstance(items, tuple)
    body, genesis = pack(items[:-1]), json.loads(VECTORS["genesis"])
    for place in range(len(body)):
        changed = bytearray(body)
        changed[place] ^= 1 << place % 8
        try:
            bent = unpack(bytes(changed), bytes_max=65_536)
        except Invalid:
            continue
        assert isinstance(bent, tuple)
        data = pack((*bent, sha256(bytes(changed))))
        try:
            proven = verify_proof_file(data, trust_of(file))
        except Invalid:
            with pytest.raises(second_verifier.Unproven):
                second_verifier.verify(data, genesis, file["trusted"])
            continue
        told = second_verifier.verify(data, genesis, file["trusted"])
        assert told == said(proven)
        assert present(told) == present({name: file[name] for name in told})


def present(told: dict[str, Any]) -> dict[str, Any]:
    """What is said without the keys that are not there."""
    return {**told, "values": {key: value for key, value in told["values"].items() if value is not None}}


def other_genesis() -> dict[str, dict[str, Any]]:
    """The same chain id and the same validators, and something else."""
    text = VECTORS["genesis"]
    made = {name: json.loads(text) for name in ("time", "parameter", "legal name", "account")}
    made["time"]["time_ms"] += 1
    made["parameter"]["parameters"] = {"tx_lifetime": 599}
    made["legal name"]["organisations"][0]["legal_name"] += " AG"
    made["account"]["organisations"][0]["accounts"][0]["name"] = "another"
    return made


@pytest.mark.parametrize(
    "file", [each for each in FILES if not each["trusted"]], ids=lambda file: file["name"]
)
@pytest.mark.parametrize("what", other_genesis())
def test_a_proof_is_of_one_genesis(file: dict[str, Any], what: str) -> None:
    data, genesis = bytes.fromhex(file["bytes"]), other_genesis()[what]
    other = parse_genesis(json.dumps(genesis).encode())
    assert genesis_validators(other) == genesis_validators(GENESIS)
    with pytest.raises(Invalid, match="HEADER_WRONG_GENESIS") as caught:
        verify_proof_file(data, other)
    assert caught.value.code == "PROOF_INVALID"
    with pytest.raises(second_verifier.Unproven, match="genesis"):
        second_verifier.verify(data, genesis, None)


@pytest.mark.parametrize("base", [7, (), (b"", ()), (b"\xa0", ()), (b"", 1.5), (None, None)], ids=repr)
def test_a_base_that_cannot_be_read_proves_nothing(base: Any) -> None:
    """Whatever is trusted: what a file begins at is asked of a file that can be read."""
    block = next(each for each in FILES if each["trusted"])
    items = unpack(bytes.fromhex(block["bytes"]), bytes_max=65_536)
    assert isinstance(items, tuple)
    body = (*items[:2], base, *items[3:-1])
    data = pack((*body, sha256(pack(body))))
    for trust in (parse_trusted(block["trusted"]), GENESIS):
        with pytest.raises(Invalid, match="reason=CODEC_") as caught:
            verify_proof_file(data, trust)
        assert caught.value.code == "PROOF_INVALID"
    with pytest.raises(second_verifier.Unproven):
        second_verifier.verify(data, None, block["trusted"])


def test_the_second_verifier_refuses_too() -> None:
    """It is no witness if it believes anything."""
    genesis, (first, *_) = json.loads(VECTORS["genesis"]), FILES
    data = bytes.fromhex(first["bytes"])
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1 << place % 8
        with pytest.raises(second_verifier.Unproven):
            second_verifier.verify(bytes(changed), genesis, None)
    block = next(each for each in FILES if each["trusted"])
    with pytest.raises(second_verifier.Unproven, match="another block"):
        second_verifier.verify(bytes.fromhex(block["bytes"]), genesis, block["proven"])
    with pytest.raises(second_verifier.Unproven, match="genesis"):
        second_verifier.verify(data, None, block["trusted"])
