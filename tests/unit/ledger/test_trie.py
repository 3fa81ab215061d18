"""The state trie: fixed vectors, growing and shrinking across the page bound, versions, and proofs.

Keys that share long prefixes of their hashes are ground in advance (``COLLIDING``): 40 keys whose hashes
begin with the same three nibbles, so that branches lie below branches with a single child in use.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from p2pchain.ledger.trie import Trie
from p2pchain.model.errors import Invalid
from p2pchain.proofs.state import verify_state_proof

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "trie_state_root.json").read_text())


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def defined_root(state: dict[bytes, bytes]) -> bytes:
    """The state root as the essay defines it, by plain recursion over the set of pairs."""
    return defined(sorted((sha(key).hex(), sha(value)) for key, value in state.items()), 0)


def defined(pairs: list[tuple[str, bytes]], depth: int) -> bytes:
    """H(S, d)."""
    if len(pairs) <= 16:
        return sha(b"\x02" + b"".join(bytes.fromhex(key) + value for key, value in pairs))
    children = ([pair for pair in pairs if pair[0][depth] == digit] for digit in "0123456789abcdef")
    return sha(b"\x03" + b"".join(defined(child, depth + 1) for child in children))


def colliding(prefix: str, wanted: int) -> list[bytes]:
    """Keys whose hashes begin with the nibbles ``prefix``."""
    found: list[bytes] = []
    number = 0
    while len(found) < wanted:
        key = b"key %d" % number
        if sha(key).hex().startswith(prefix):
            found.append(key)
        number += 1
    return found


COLLIDING = colliding("5a5", 40)


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: str(vector["name"]))
def test_vectors(vector: dict[str, object]) -> None:
    first, last = vector["first"], vector["last"]
    assert isinstance(first, int)
    assert isinstance(last, int)
    state = {b"key/%d" % number: b"value/%d" % number for number in range(first, last)}
    trie = Trie.EMPTY.update(state)
    assert trie.root.hex() == vector["root"]
    assert defined_root(dict(state)).hex() == vector["root"]
    assert len(trie) == last - first


def test_the_empty_root_and_one_pair_by_hand() -> None:
    assert Trie.EMPTY.root == sha(b"\x02")
    assert len(Trie.EMPTY) == 0
    assert Trie.EMPTY.update({b"k": b"v"}).root == sha(b"\x02" + sha(b"k") + sha(b"v"))
    assert Trie.EMPTY.update({b"k": b""}).root != Trie.EMPTY.root
    assert Trie.EMPTY.update({}) is Trie.EMPTY


@pytest.mark.parametrize(
    "keys", [[b"%d" % number for number in range(60)], COLLIDING], ids=["spread", "colliding"]
)
def test_one_key_at_a_time_there_and_back(keys: list[bytes]) -> None:
    """Every size on the way up and down has the root of the definition: split at 17 keys, merge at 16."""
    trie, state, seen = Trie.EMPTY, dict[bytes, bytes](), [Trie.EMPTY.root]
    for key in keys:
        state[key] = b"of " + key
        trie = trie.update({key: state[key]})
        assert trie.root == defined_root(state)
        assert len(trie) == len(state)
        seen.append(trie.root)
    for key in reversed(keys):
        assert trie.root == seen.pop()
        trie = trie.update({key: None})
    assert trie.root == Trie.EMPTY.root


def test_a_branch_that_loses_almost_all_at_once_is_a_page_again() -> None:
    state = dict.fromkeys(COLLIDING, b"v")
    trie = Trie.EMPTY.update(state)
    left = dict(list(state.items())[:16])
    trie = trie.update(dict.fromkeys(COLLIDING[16:]))
    assert trie.root == defined_root(left)
    assert trie.prove(COLLIDING[0]).branches == ()
    assert trie.update(dict.fromkeys(COLLIDING)).root == Trie.EMPTY.root


def test_deleting_what_is_not_there_changes_nothing() -> None:
    trie = Trie.EMPTY.update({b"%d" % number: b"v" for number in range(100)})
    assert trie.update({b"absent": None}).root == trie.root
    assert Trie.EMPTY.update({b"absent": None}).root == Trie.EMPTY.root


def test_versions_stay() -> None:
    """A block executed on top and thrown away leaves the committed version as it was, proofs included."""
    state = {b"%d" % number: b"old" for number in range(2_000)}
    committed = Trie.EMPTY.update(state)
    root, proof = committed.root, committed.prove(b"7")
    executed = committed.update({**dict.fromkeys(list(state)[::2]), b"7": b"new", b"more": b"x"})
    assert executed.root != root
    assert committed.root == root == defined_root(state)
    assert committed.prove(b"7") == proof
    verify_state_proof(root, b"7", b"old", committed.prove(b"7"))
    verify_state_proof(executed.root, b"7", b"new", executed.prove(b"7"))
    verify_state_proof(executed.root, b"8", None, executed.prove(b"8"))


@pytest.mark.parametrize("size", [0, 1, 16, 17, 300, 5_000])
def test_proofs_of_presence_and_absence(size: int) -> None:
    state = {b"%d" % number: b"value %d" % number for number in range(size)}
    trie = Trie.EMPTY.update(state)
    for key in list(state)[:: max(1, size // 50)]:
        proof = trie.prove(key)
        verify_state_proof(trie.root, key, state[key], proof)
        for wrong in (None, b"", state[key] + b"\x00"):
            with pytest.raises(Invalid):
                verify_state_proof(trie.root, key, wrong, proof)
    for number in range(50):
        key = b"absent %d" % number
        proof = trie.prove(key)
        verify_state_proof(trie.root, key, None, proof)
        with pytest.raises(Invalid):
            verify_state_proof(trie.root, key, b"", proof)


def test_absence_under_a_child_without_keys() -> None:
    trie = Trie.EMPTY.update(dict.fromkeys(COLLIDING, b"v"))
    key = next(key for key in (b"probe %d" % number for number in range(100)) if sha(key).hex()[0] != "5")
    proof = trie.prove(key)
    assert proof.page == b""
    assert len(proof.branches) == 1
    verify_state_proof(trie.root, key, None, proof)


def test_a_thousand_keys_make_a_proof_of_bounded_size() -> None:
    trie = Trie.EMPTY.update({b"%d" % number: b"v" for number in range(20_000)})
    sizes = {
        sum(map(len, proof.branches)) + len(proof.page)
        for proof in (trie.prove(b"%d" % n) for n in range(500))
    }
    assert max(sizes) <= 6 * 512 + 1_024
