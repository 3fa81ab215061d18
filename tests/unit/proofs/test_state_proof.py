"""State proofs: each way to lie about a key, one test each, and what the refusal says.

The lies of the second half stand under a *dishonest* root, one that was made for them: the verifier refuses
what no trie contains even then.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from p2pchain.crypto.hashing import sha256
from p2pchain.ledger.trie import Trie
from p2pchain.model.errors import Invalid
from p2pchain.model.transaction import Value
from p2pchain.proofs.state import (
    BRANCHES_MAX,
    PAGE_BYTES_MAX,
    PROOF_BYTES_MAX,
    StateProof,
    branch_hash,
    nibble,
    page_hash,
    state_proof_of,
    state_proof_value,
    verify_state_proof,
)

STATE = {b"key %d" % number: b"value %d" % number for number in range(400)}
TRIE = Trie.EMPTY.update(STATE)
KEY, VALUE = b"key 5", b"value 5"
PROOF = TRIE.prove(KEY)


def refused(root: bytes, key: bytes, value: bytes | None, proof: StateProof) -> str:
    """Reason of the refusal that must come."""
    with pytest.raises(Invalid) as refusal:
        verify_state_proof(root, key, value, proof)
    assert refusal.value.code == "PROOF_INVALID"
    return str(refusal.value.facts["reason"])


def entry(key: bytes, value: bytes) -> bytes:
    """One page entry."""
    return sha256(key) + sha256(value)


def test_the_honest_proof_has_branches_and_a_page() -> None:
    verify_state_proof(TRIE.root, KEY, VALUE, PROOF)
    assert PROOF.branches
    assert PROOF.page


def test_every_changed_byte_is_refused() -> None:
    for depth, branch in enumerate(PROOF.branches):
        for place in range(len(branch)):
            changed = branch[:place] + bytes([branch[place] ^ 0x40]) + branch[place + 1 :]
            branches = (*PROOF.branches[:depth], changed, *PROOF.branches[depth + 1 :])
            assert refused(TRIE.root, KEY, VALUE, replace(PROOF, branches=branches)) == "branch hash"
    for place in range(len(PROOF.page)):
        page = PROOF.page[:place] + bytes([PROOF.page[place] ^ 0x40]) + PROOF.page[place + 1 :]
        assert refused(TRIE.root, KEY, VALUE, replace(PROOF, page=page)) == "page hash"
    for place in range(32):
        root = TRIE.root[:place] + bytes([TRIE.root[place] ^ 0x40]) + TRIE.root[place + 1 :]
        assert refused(root, KEY, VALUE, PROOF) == "branch hash"


def test_another_value_and_another_key_are_refused() -> None:
    assert refused(TRIE.root, KEY, b"value 6", PROOF) == "value"
    assert refused(TRIE.root, KEY, None, PROOF) == "value"
    other = next(key for key in STATE if nibble(sha256(key), 0) != nibble(sha256(KEY), 0))
    assert refused(TRIE.root, other, STATE[other], PROOF) in ("branch hash", "page hash")


def test_a_present_key_cannot_be_shown_absent_by_leaving_its_entry_out() -> None:
    place = PROOF.page.index(sha256(KEY))
    page = PROOF.page[:place] + PROOF.page[place + 64 :]
    assert refused(TRIE.root, KEY, None, replace(PROOF, page=page)) == "page hash"
    assert refused(TRIE.root, KEY, None, replace(PROOF, page=b"")) == "page hash"


def test_branches_left_out_or_doubled_are_refused() -> None:
    assert refused(TRIE.root, KEY, VALUE, replace(PROOF, branches=())) == "page hash"
    assert refused(TRIE.root, KEY, VALUE, replace(PROOF, branches=PROOF.branches[1:])) in (
        "branch hash",
        "page hash",
    )
    assert refused(TRIE.root, KEY, VALUE, replace(PROOF, branches=PROOF.branches * 2)) == "branch hash"


def test_a_branch_does_not_pass_for_a_page_of_eight_entries() -> None:
    """512 bytes are a branch or eight entries; the first byte hashed tells which."""
    lie = StateProof(branches=(), page=PROOF.branches[0])
    assert refused(TRIE.root, KEY, None, lie) == "page hash"


def test_a_page_of_eight_entries_does_not_pass_for_a_branch() -> None:
    trie = Trie.EMPTY.update({b"%d" % number: b"v" for number in range(8)})
    page = trie.prove(b"0").page
    assert len(page) == 512
    assert refused(trie.root, b"0", None, StateProof(branches=(page,), page=b"")) == "branch hash"


@pytest.mark.parametrize("prefix", [b"", b"\x00", b"\x01", b"\x02", b"\x03"])
def test_a_value_made_of_a_forged_page_gains_nothing(prefix: bytes) -> None:
    """A proof that goes on below a value's hash, as if it were a child's, is refused."""
    forged = entry(b"victim", b"forged")
    key = b"attacker"
    trie = Trie.EMPTY.update({**STATE, key: prefix + forged})
    honest = trie.prove(key)
    below = StateProof(branches=(*honest.branches, honest.page[:512].ljust(512, b"\x00")), page=forged)
    assert refused(trie.root, b"victim", b"forged", below) in ("branch hash", "page hash")
    assert refused(sha256(prefix + forged), key, b"forged", StateProof(branches=(), page=forged)) in (
        "page hash",
        "value",
    )


@pytest.mark.parametrize(
    ("branches", "page", "reason"),
    [
        ((bytes(511),), b"", "branch length"),
        ((bytes(513),), b"", "branch length"),
        ((b"",), b"", "branch length"),
        ((), bytes(63), "page length"),
        ((), bytes(32), "page length"),
        ((), bytes(PAGE_BYTES_MAX + 64), "page length"),
        ((bytes(512),) * (BRANCHES_MAX + 1), b"", "too many branches"),
    ],
)
def test_sizes_are_refused_before_hashing(branches: tuple[bytes, ...], page: bytes, reason: str) -> None:
    assert refused(TRIE.root, KEY, VALUE, StateProof(branches=branches, page=page)) == reason


def test_a_root_of_another_length_is_refused() -> None:
    assert refused(TRIE.root + b"\x00", KEY, VALUE, PROOF) == "root length"
    assert refused(b"", KEY, VALUE, PROOF) == "root length"


def test_under_a_dishonest_root_pages_out_of_order_or_doubled_are_refused() -> None:
    one, two = sorted([entry(b"a", b"1"), entry(b"b", b"2")])
    for page in (two + one, one + one):
        assert refused(page_hash(page), b"a", b"1", StateProof(branches=(), page=page)) == "page order"


def test_under_a_dishonest_root_two_values_of_one_key_are_refused() -> None:
    page = entry(b"a", b"1") + entry(b"a", b"2")
    assert refused(page_hash(page), b"a", b"1", StateProof(branches=(), page=page)) == "page order"


def test_under_a_dishonest_root_an_entry_that_strayed_into_the_page_is_refused() -> None:
    key_hash = sha256(KEY)
    stray = next(key for key in STATE if nibble(sha256(key), 0) != nibble(key_hash, 0))
    page = b"".join(sorted([entry(KEY, VALUE), entry(stray, b"x")]))
    children = [page_hash(b"")] * 16
    children[nibble(key_hash, 0)] = page_hash(page)
    branch = b"".join(children)
    assert (
        refused(branch_hash(branch), KEY, VALUE, StateProof(branches=(branch,), page=page)) == "stray entry"
    )


def test_the_bound_of_a_proof() -> None:
    assert PROOF_BYTES_MAX == 33_280


def test_a_proof_travels_as_a_value_and_comes_back() -> None:
    assert state_proof_of(state_proof_value(PROOF)) == PROOF


@pytest.mark.parametrize(
    "value",
    [
        None,
        5,
        (),
        ((),),
        (b"", ()),
        ((b"",), "text"),
        (("text",), b""),
        ((b"", None), b""),
        ((), b"", b""),
        ((b"",) * (BRANCHES_MAX + 1), b""),
    ],
)
def test_values_of_another_shape_are_refused(value: Value) -> None:
    with pytest.raises(Invalid) as refusal:
        state_proof_of(value)
    assert refusal.value.code == "PROOF_INVALID"
    assert refusal.value.facts["reason"] == "shape"
