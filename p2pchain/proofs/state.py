"""Proofs that a key of the ledger's state has a value, or that it has none, under a state root.

The trie is defined in ``p2pchain/ledger/trie.py``; here are its two hashes and what a verifier checks. A
proof lists the nodes on the way of ``SHA-256(key)`` from the root down: the branches, each as its 16 child
hashes, and the page where the way ends. The verifier hashes each node and compares with the hash that the
node above (at the top: the root) has in the place where the key's way goes. So every byte of a proof is bound
to the root, and a proof has one form only.

Why nothing else can pass: page and branch are hashed with different first bytes, so neither can be read as
the other, and neither collides with the leaves and nodes of RFC 6962 trees (0x00, 0x01). No place of a node
holds a hash that could be either a value's or a node's: pages hold only key and value hashes, branches only
node hashes; so a value whose bytes are the preimage of a node gains nothing. Absence is shown by the whole
page in which the key would have to lie (the page without entries included), never by a missing piece.
"""

from __future__ import annotations

from dataclasses import dataclass

from p2pchain.crypto.hashing import sha256
from p2pchain.model.errors import Invalid
from p2pchain.model.ids import HASH_BYTES
from p2pchain.model.transaction import Value

PAGE_PREFIX = b"\x02"
BRANCH_PREFIX = b"\x03"
CHILDREN = 16
ENTRY_BYTES = 2 * HASH_BYTES
"""One entry of a page: key hash, then value hash."""
PAGE_ENTRIES_MAX = 16
PAGE_BYTES_MAX = PAGE_ENTRIES_MAX * ENTRY_BYTES
BRANCH_BYTES = CHILDREN * HASH_BYTES
BRANCHES_MAX = 2 * HASH_BYTES - 1
"""Most branches on one way: at most 16 different key hashes share 63 nibbles, and those fit a page."""
PROOF_BYTES_MAX = BRANCHES_MAX * BRANCH_BYTES + PAGE_BYTES_MAX
"""Largest proof that verification looks at: 33,280 bytes. At a million keys a proof has 2 to 4 KB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateProof:
    """The way of one key through the trie, unverified until ``verify_state_proof`` has passed.

    ``branches``: from the root down, each the 16 child hashes in order (512 bytes). ``page``: the entries of
    the last node, each key hash and value hash (64 bytes), ascending by key hash; at most 16, perhaps none.
    """

    branches: tuple[bytes, ...]
    page: bytes


def verify_state_proof(root: bytes, key: bytes, value: bytes | None, proof: StateProof) -> None:
    """Accept that ``key`` has ``value`` (None: none) under ``root``, or raise ``Invalid("PROOF_INVALID")``.

    ``root``: the ``state_root`` of a header whose certificate was checked. An empty value is a value, not an
    absence.
    """
    check_sizes(root, proof)
    key_hash = sha256(key)
    expected = root
    for depth, branch in enumerate(proof.branches):
        if branch_hash(branch) != expected:
            raise Invalid("PROOF_INVALID", {"reason": "branch hash", "depth": depth})
        place = nibble(key_hash, depth) * HASH_BYTES
        expected = branch[place : place + HASH_BYTES]
    if page_hash(proof.page) != expected:
        raise Invalid("PROOF_INVALID", {"reason": "page hash", "depth": len(proof.branches)})
    value_hash = value_hash_in(proof.page, key_hash, len(proof.branches))
    claimed = None if value is None else sha256(value)
    if value_hash != claimed:
        facts = {
            "found": None if value_hash is None else value_hash.hex(),
            "claimed": None if claimed is None else claimed.hex(),
        }
        raise Invalid("PROOF_INVALID", {"reason": "value", "key_hash": key_hash.hex(), **facts})


def state_proof_value(proof: StateProof) -> Value:
    """Encode the proof as it is encoded: ``[[branch: bstr512, ...], page: bstr]``."""
    return (proof.branches, proof.page)


def state_proof_of(value: Value) -> StateProof:
    """Decode the proof in ``[[branch, ...], page]``; ``Invalid("PROOF_INVALID")`` for another shape."""
    match value:
        case (tuple() as branches, bytes() as page) if len(branches) <= BRANCHES_MAX:
            hashes = tuple(branch for branch in branches if isinstance(branch, bytes))
            if len(hashes) == len(branches):
                return StateProof(branches=hashes, page=page)
    raise Invalid("PROOF_INVALID", {"reason": "shape", "expected": "[[branch, ...], page]"})


def page_hash(page: bytes) -> bytes:
    """Return the hash of a page: ``SHA-256(0x02 || key hash || value hash || ...)``."""
    return sha256(PAGE_PREFIX + page)


def branch_hash(children: bytes) -> bytes:
    """Return the hash of a branch: ``SHA-256(0x03 || hash of child 0 || ... || hash of child 15)``."""
    return sha256(BRANCH_PREFIX + children)


def nibble(key_hash: bytes, depth: int) -> int:
    """Return the child (0 to 15) that a key's way takes at ``depth``: high half of a byte first."""
    pair = key_hash[depth >> 1]
    return pair & 15 if depth & 1 else pair >> 4


def check_sizes(root: bytes, proof: StateProof) -> None:
    """Refuse a proof whose parts have sizes that no trie has, before anything is hashed."""
    if len(root) != HASH_BYTES:
        raise Invalid("PROOF_INVALID", {"reason": "root length", "bytes": len(root)})
    if len(proof.branches) > BRANCHES_MAX:
        raise Invalid("PROOF_INVALID", {"reason": "too many branches", "branches": len(proof.branches)})
    for depth, branch in enumerate(proof.branches):
        if len(branch) != BRANCH_BYTES:
            raise Invalid("PROOF_INVALID", {"reason": "branch length", "depth": depth, "bytes": len(branch)})
    if len(proof.page) > PAGE_BYTES_MAX or len(proof.page) % ENTRY_BYTES:
        raise Invalid("PROOF_INVALID", {"reason": "page length", "bytes": len(proof.page)})


def value_hash_in(page: bytes, key_hash: bytes, depth: int) -> bytes | None:
    """Return the value hash that a page at ``depth`` has for a key, None where it has none.

    Refuses a page that no trie has: entries out of order, or of keys whose way does not lead to this page. An
    honest root commits to no such page; the check keeps the meaning of a proof from resting on that.
    """
    value_hash = None
    previous = b""
    way = key_hash.hex()[:depth]
    for start in range(0, len(page), ENTRY_BYTES):
        entry_key = page[start : start + HASH_BYTES]
        if entry_key <= previous:
            raise Invalid("PROOF_INVALID", {"reason": "page order", "entry": start // ENTRY_BYTES})
        if entry_key.hex()[:depth] != way:
            raise Invalid("PROOF_INVALID", {"reason": "stray entry", "entry": start // ENTRY_BYTES})
        if entry_key == key_hash:
            value_hash = page[start + HASH_BYTES : start + ENTRY_BYTES]
        previous = entry_key
    return value_hash
