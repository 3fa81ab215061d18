"""Evidence files: a judge verifies a file with its evidence file and the genesis, and no node; whatever is
changed proves nothing. The chain is signed by real keys, as a node would prove it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest
import trio

from p2pchain.cli.main import invoke
from p2pchain.client.evidence_files import (
    DEPOSIT,
    DIGEST,
    HELD,
    ORDER,
    FileFacts,
    evidence_of_file,
    evidence_of_files,
    salted_files,
    verify_absence,
    verify_evidence,
)
from p2pchain.codec.evidence_file import (
    FILES_MAX,
    decode_evidence_file,
    deposit_id,
    encode_evidence_file,
    leaf_bytes,
)
from p2pchain.codec.genesis import format_genesis
from p2pchain.crypto.merkle import merkle_path, merkle_paths
from p2pchain.model.errors import Invalid
from p2pchain.model.evidence_file import EvidenceFile
from p2pchain.model.transaction import Operation
from p2pchain.proofs.merkle import verify_inclusion
from tests.unit.proofs.signed_chain import SignedChain, signed_genesis

CONTENTS = {f"case-{number:02}.txt": f"content of case {number}".encode() for number in range(11)}
HOW = "exported by two clerks"


def facts(name: str, content: bytes) -> FileFacts:
    """A file at hand."""
    return FileFacts(name=name, size=len(content), sha256=sha256(content).digest())


@cache
def proven() -> tuple[SignedChain, tuple[EvidenceFile, ...], bytes]:
    """A chain on which the files were deposited, one of them alone as well, and then another block; their
    evidence files with proofs, that of the one alone last, and the proof that another was not.
    """
    chain = SignedChain(signed_genesis(clerks=("buyer",)))
    evidence = evidence_of_files("signed-1", "buyer", salted_files([facts(*one) for one in CONTENTS.items()]))
    alone = evidence_of_file("signed-1", "buyer", evidence[0].file)
    for one in (evidence[0], alone):
        args = (one.digest, one.count, HOW)
        deposit = Operation(module="evidence", action="deposit", args=args)
        (receipt,) = chain.decide(chain.transaction("buyer", deposit), absent="supplier")
        assert receipt.code == "OK", receipt
    complete = tuple(replace(one, proof=prove(chain, one)) for one in (*evidence, alone))
    absent = trio.run(chain.prover().prove, [DIGEST + sha256(b"another").digest()], None)
    return chain, complete, absent


def prove(chain: SignedChain, one: EvidenceFile) -> bytes:
    """The proof of its deposit."""
    id_ = deposit_id(one.org, one.digest)
    keys = [DEPOSIT + id_, HELD + id_, DIGEST + one.digest, ORDER + one.digest + b"/" + bytes(4)]
    return trio.run(chain.prover().prove, keys, None)


def refused(evidence: EvidenceFile, file: FileFacts) -> str:
    """Why it proves nothing."""
    with pytest.raises(Invalid) as caught:
        verify_evidence(evidence, file, proven()[0].genesis)
    assert caught.value.code == "PROOF_INVALID"
    return str(caught.value.facts["reason"])


def test_every_file_proves_itself() -> None:
    chain, evidence, _ = proven()
    for one in evidence:
        file = facts("renamed since", CONTENTS[one.file.name])
        said = verify_evidence(decode_evidence_file(encode_evidence_file(one)), file, chain.genesis)
        assert said.values[HELD + deposit_id("buyer", one.digest)] is None


def test_another_file_or_another_place_proves_nothing() -> None:
    _, (first, second, *_), _ = proven()
    own = facts("x", CONTENTS[first.file.name])
    assert refused(first, facts("x", b"changed")) == "another file"
    assert refused(replace(first, file=second.file), own) == "another file"
    assert refused(replace(first, index=1), own) == "root"
    assert refused(replace(first, path=first.path[:-1]), own) == "path too short"
    assert refused(replace(first, file=replace(first.file, salt=bytes(16))), own) == "root"
    assert refused(replace(first, count=12), own)
    assert refused(replace(first, proof=b""), own) == "no proof of the deposit"


def test_the_proof_is_of_this_deposit() -> None:
    chain, evidence, absent = proven()
    first, alone = evidence[0], evidence[-1]
    own = facts("x", CONTENTS[first.file.name])
    assert refused(replace(first, proof=alone.proof), own) == "the proof is about something else"
    assert refused(replace(first, org="supplier"), own) == "the proof is about something else"
    assert refused(replace(first, proof=absent), own) == "the proof is about something else"
    assert refused(replace(alone, digest=first.digest), own) == "the digest is not the file's"
    assert refused(replace(alone, path=first.path), own) == "the digest is not the file's"
    elsewhere = replace(alone, org="supplier")
    elsewhere = replace(elsewhere, proof=prove(chain, elsewhere))
    assert refused(elsewhere, own) == "it was not deposited"


def test_what_was_not_deposited_is_proven_absent() -> None:
    chain, _, absent = proven()
    said = verify_absence(facts("x", b"another"), absent, chain.genesis)
    assert said.values[DIGEST + sha256(b"another").digest()] is None
    with pytest.raises(Invalid, match="PROOF_INVALID"):
        verify_absence(facts("x", b"a third"), absent, chain.genesis)


def test_all_ways_at_once_are_the_ways_one_by_one() -> None:
    for count in (1, 2, 3, 7, 8, 21):
        leaves = [bytes([number]) for number in range(count)]
        assert merkle_paths(leaves) == [merkle_path(leaves, index) for index in range(count)]


def test_a_root_over_as_many_files_as_there_may_be() -> None:
    """In seconds, and each way is sixteen hashes."""
    files = salted_files([facts(f"{number:05}", b"") for number in range(FILES_MAX)])
    evidence = evidence_of_files("signed-1", "buyer", files)
    last = evidence[-1]
    verify_inclusion(last.digest, leaf_bytes(last.file), last.index, FILES_MAX, last.path)
    assert len(encode_evidence_file(last)) < 1_000


def test_a_judge_types_one_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chain, evidence, absent = proven()
    genesis = tmp_path / "genesis.json"
    genesis.write_text(format_genesis(chain.genesis))
    one = evidence[3]
    file, beside = tmp_path / one.file.name, tmp_path / f"{one.file.name}.evidence"
    file.write_bytes(CONTENTS[one.file.name])
    beside.write_bytes(encode_evidence_file(one))
    verify = ["evidence", "verify", str(file), str(beside), "--genesis", str(genesis)]
    assert invoke(verify) == 0
    out = capsys.readouterr().out
    assert f"is file 4 of 11, deposited as {one.file.name} by buyer" in out
    assert "no court held it as of block 2" in out
    assert f"buyer deposited {one.digest.hex()}, the root over 11 files, in block 1" in out
    assert HOW in out
    assert invoke([*verify, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["height"] == 2
    file.write_bytes(b"changed")
    assert invoke(verify) == 1
    assert "another file" in capsys.readouterr().err
    other, proof = tmp_path / "another", tmp_path / "none.proof"
    other.write_bytes(b"another")
    proof.write_bytes(absent)
    assert invoke(["evidence", "verify", str(other), str(proof), "--genesis", str(genesis)]) == 0
    assert "was not deposited by anybody as of block 2" in capsys.readouterr().out
