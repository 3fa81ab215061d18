"""The trie for any history: canonical (equal to the definition), persistent, and proofs that cannot be bent.

Hash prefixes are made to collide by drawing keys from few pools ground to share nibbles, so that deep
branches, splits and merges occur in small examples.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pchain.ledger.trie import Trie
from p2pchain.model.errors import Invalid
from p2pchain.proofs.state import StateProof, verify_state_proof

Changes = dict[bytes, bytes | None]


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def defined(pairs: list[tuple[str, bytes]], depth: int) -> bytes:
    """H(S, d), by plain recursion from the definition."""
    if len(pairs) <= 16:
        return sha(b"\x02" + b"".join(bytes.fromhex(key) + value for key, value in pairs))
    children = ([pair for pair in pairs if pair[0][depth] == digit] for digit in "0123456789abcdef")
    return sha(b"\x03" + b"".join(defined(child, depth + 1) for child in children))


def defined_root(state: dict[bytes, bytes]) -> bytes:
    """The state root by the definition."""
    return defined(sorted((sha(key).hex(), sha(value)) for key, value in state.items()), 0)


NUMBERED = [b"%d" % number for number in range(20_000)]
POOLS = (
    NUMBERED[:200],
    [key for key in NUMBERED if sha(key).hex().startswith("00")],
    [key for key in NUMBERED if sha(key).hex().startswith("f1c")],
)
KEYS = st.one_of([st.sampled_from(pool) for pool in POOLS])
BATCHES = st.lists(
    st.dictionaries(KEYS, st.one_of(st.none(), st.binary(max_size=4)), max_size=60),
    max_size=8,
)


def applied(batches: list[Changes]) -> dict[bytes, bytes]:
    """The plain state after all batches."""
    state: dict[bytes, bytes] = {}
    for batch in batches:
        for key, value in batch.items():
            if value is None:
                state.pop(key, None)
            else:
                state[key] = value
    return state


@settings(deadline=None)
@given(BATCHES)
def test_every_history_gives_the_root_of_its_state(batches: list[Changes]) -> None:
    trie, versions = Trie.EMPTY, list[tuple[Trie, bytes, int]]()
    for number, batch in enumerate(batches):
        trie = trie.update(batch)
        state = applied(batches[: number + 1])
        assert trie.root == defined_root(state)
        assert len(trie) == len(state)
        versions.append((trie, trie.root, number))
    for old, root, number in versions:
        assert old.root == root
        again = old.update({b"some": b"thing"}).update({b"some": None})
        assert again.root == root == defined_root(applied(batches[: number + 1]))


@settings(deadline=None)
@given(BATCHES, st.randoms(use_true_random=False))
def test_the_order_of_writes_does_not_matter(batches: list[Changes], chance: object) -> None:
    state = applied(batches)
    at_once = Trie.EMPTY.update(state)
    one_by_one = Trie.EMPTY
    keys = list(state)
    assert hasattr(chance, "shuffle")
    chance.shuffle(keys)
    for key in keys:
        one_by_one = one_by_one.update({key: state[key]})
    assert one_by_one.root == at_once.root
    for key in keys[:20]:
        assert one_by_one.prove(key) == at_once.prove(key)


@settings(deadline=None)
@given(BATCHES, KEYS, st.data())
def test_a_proof_holds_for_the_truth_only(batches: list[Changes], key: bytes, data: st.DataObject) -> None:
    state = applied(batches)
    trie = Trie.EMPTY.update(state)
    truth, proof = state.get(key), trie.prove(key)
    verify_state_proof(trie.root, key, truth, proof)
    lie = data.draw(st.one_of(st.none(), st.binary(max_size=4)).filter(lambda value: value != truth))
    with pytest.raises(Invalid):
        verify_state_proof(trie.root, key, lie, proof)
    for bent in (bent_proof(proof, data), proof_cut(proof, data)):
        if bent != proof:
            for claim in (truth, lie):
                with pytest.raises(Invalid):
                    verify_state_proof(trie.root, key, claim, bent)


def bent_proof(proof: StateProof, data: st.DataObject) -> StateProof:
    """The proof with one byte changed, where it has any."""
    parts = [*proof.branches, proof.page]
    number = data.draw(st.integers(0, len(parts) - 1))
    if parts[number]:
        changed = bytearray(parts[number])
        changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
        parts[number] = bytes(changed)
    return StateProof(branches=tuple(parts[:-1]), page=parts[-1])


def proof_cut(proof: StateProof, data: st.DataObject) -> StateProof:
    """The proof with a branch or an entry left out, or one given twice."""
    branches, page = proof.branches, proof.page
    match data.draw(st.sampled_from(["no branch", "twice", "no entry", "entry twice"])):
        case "no branch":
            return replace(proof, branches=branches[1:])
        case "twice":
            return replace(proof, branches=branches + branches[-1:])
        case "no entry":
            return replace(proof, page=page[64:])
        case _:
            return replace(proof, page=page + page[-64:])
