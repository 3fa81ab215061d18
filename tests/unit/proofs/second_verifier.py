"""A second verifier of proof files, written from ``docs/proofs.md``, ``formats.md`` and ``state.md`` alone.

It shares no code with this project, so that what those pages leave out shows. It decodes CBOR as section 1 of
``formats.md`` says, checks what the numbered list of ``proofs.md`` says, and raises ``Unproven`` where
something does not hold. Limits of sizes are left out.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Set = tuple[tuple[bytes, int, str], ...]
"""Validators: key, power, organisation."""


Chain = tuple[str, bytes]
"""Chain id and genesis id."""
PAGE = Path(__file__).parents[3] / "docs" / "formats.md"
PARAMETERS = re.compile(r"^\| `(\w+)` \| [\d,]+ \| [\d,]+ \| ([\d,]+) \|$", re.MULTILINE)
"""A row of the table of parameters in section 8 of that page: the name, and the default behind its bounds."""


class Unproven(Exception):
    """Something does not hold."""


def verify(data: bytes, genesis: dict[str, Any] | None, trusted: str | None) -> dict[str, Any]:
    """What a file proves to whoever trusts the genesis, or else ``HEIGHT:BLOCK_ID``."""
    try:
        return _verify(data, genesis, trusted)
    except (TypeError, ValueError, IndexError, KeyError, AttributeError) as error:
        raise Unproven("shape") from error


def _verify(data: bytes, genesis: dict[str, Any] | None, trusted: str | None) -> dict[str, Any]:
    whole = decode(data)
    must(type(whole) is tuple and len(whole) in (7, 8), "shape")
    must(whole[-1] == sha(encode(whole[:-1])), "digest")
    if whole[0] == 1:
        _, chain, header, certificate, links, entries, _ = whole
        base, subject = None, (1, entries)
    else:
        must(whole[0] == 2, "version")
        _, chain, base, header, certificate, links, subject, _ = whole
        must(base is not None or subject[0] == 2, "this is version 1")
    below = 0
    first: Set = ()
    if base is None:
        must(genesis is not None, "begins at genesis")
        assert genesis is not None
        must(chain == genesis["chain_id"], "chain")
        first, origin = validators_of(genesis), genesis_id(genesis)
    else:
        first_header, members = decode(base[0]), tuple(base[1])
        must(trusted == f"{first_header[2]}:{sha(base[0]).hex()}", "begins at another block")
        must(first_header[1] == chain, "chain")
        must(first_header[10] == sha(encode(members)), "validators of the base")
        below, first, origin = first_header[2], members, first_header[13]
    final = decode(header)
    signers, changes = walk((chain, origin), header, certificate, links, first, below)
    values: dict[str, str | None] = {}
    about = None
    if subject[0] == 1:
        must(len(subject) == 2 and 1 <= len(subject[1]) <= 512, "entries")
        for key, value, way in subject[1]:
            must(key.hex() not in values, "a key twice")
            lookup(final[7], key, value, way)
            values[key.hex()] = None if value is None else value.hex()
    else:
        must(subject[0] == 2, "subject")
        about = transaction(chain, final, subject)
    return {
        "trusted": None if base is None else trusted,
        "proven": f"{final[2]}:{sha(header).hex()}",
        "changes": changes,
        "signers": sorted(signers),
        "values": values,
        "transaction": about,
    }


def walk(
    chain: Chain, header: bytes, certificate: Any, links: Any, first: Set, below: int
) -> tuple[set[str], int]:
    """From the first set to the header: the organisations that signed it, and how many links there were."""
    members, signing, top = first, first, decode(header)[2]
    must(top > below, "not above")
    for each in links:
        link_header, link_certificate, following = decode(each)
        fields = decode(link_header)
        must(below < fields[2] <= top, "order of links")
        below = fields[2]
        certified(chain, link_header, link_certificate, members)
        must(fields[10] == sha(encode(following)), "the new set")
        if fields[2] < top:
            signing = following
        members = following
    return certified(chain, header, certificate, signing), len(links)


def certified(chain: Chain, header: bytes, certificate: Any, members: Set) -> set[str]:
    """A header of this chain and genesis, of this set, with precommits of more than 2/3 of its power."""
    fields = decode(header)
    height, round_, block_id, signatures = certificate
    must(len(fields) == 14 and fields[0] == 1, "shape of a header")
    must((fields[1], fields[13]) == chain, "header of another chain or genesis")
    must(fields[9] == sha(encode(members)), "validators of the header")
    must((height, block_id) == (fields[2], sha(header)), "certificate of another block")
    must([index for index, _ in signatures] == sorted({index for index, _ in signatures}), "order of votes")
    message = encode(("p2pchain/consensus", 1, chain[0], "vote", 2, height, round_, block_id))
    power = 0
    for index, signature in signatures:
        must(index < len(members), "no such validator")
        signed(members[index][0], signature, message)
        power += members[index][1]
    must(3 * power > 2 * sum(each[1] for each in members), "no quorum")
    return {members[index][2] for index, _ in signatures}


def transaction(chain: str, header: Any, subject: Any) -> dict[str, str]:
    """The transaction of a subject 2, with the code of its receipt."""
    _, raw, receipt, index, size, tx_path, results_path = subject
    body, signatures = decode(raw)
    fields = decode(body)
    must(fields[1] == chain, "transaction of another chain")
    message = encode(("p2pchain/tx", 1, chain, body))
    must(len(fields[4]) == len(signatures) > 0, "signers")
    for signer, signature in zip(fields[4], signatures, strict=True):
        signed(signer, signature, message)
    must(decode(receipt)[0] == sha(message), "receipt of another transaction")
    climb(header[6], sha(message), index, size, tx_path)
    climb(header[8], receipt, index, size, results_path)
    return {"tx_id": sha(message).hex(), "code": decode(receipt)[1]}


def climb(root: bytes, leaf: bytes, index: int, size: int, path: Any) -> None:
    """From a leaf to its root; RFC 6962 §2.1.1 read backwards: the tree over ``size`` leaves is split at the
    largest power of two below it.
    """
    must(0 <= index < size, "index")

    def up(at: int, count: int, left: list[bytes]) -> bytes:
        if count == 1:
            must(not left, "way too long")
            return sha(b"\x00" + leaf)
        must(bool(left), "way too short")
        split = 1 << (count - 1).bit_length() - 1
        *lower, other = left
        if at < split:
            return sha(b"\x01" + up(at, split, lower) + other)
        return sha(b"\x01" + other + up(at - split, count - split, lower))

    must(up(index, size, list(path)) == root, "root")


def lookup(root: bytes, key: bytes, value: bytes | None, way: Any) -> None:
    """``state.md``, "Proof"."""
    branches, page = way
    place, expected = sha(key), root
    must(len(branches) <= 63 and len(page) <= 1024 and len(page) % 64 == 0, "way of a key")
    for depth, branch in enumerate(branches):
        must(len(branch) == 512 and sha(b"\x03" + branch) == expected, "branch")
        nibble = int(place.hex()[depth], 16)
        expected = branch[32 * nibble : 32 * nibble + 32]
    must(sha(b"\x02" + page) == expected, "page")
    held = [(page[at : at + 32], page[at + 32 : at + 64]) for at in range(0, len(page), 64)]
    must(all(one[0] < two[0] for one, two in itertools.pairwise(held)), "order of a page")
    must(all(each.hex()[: len(branches)] == place.hex()[: len(branches)] for each, _ in held), "page")
    found = dict(held).get(place)
    must(found == (None if value is None else sha(value)), "value")


def genesis_id(genesis: dict[str, Any]) -> bytes:
    """Section 8 of ``formats.md``."""
    rows = PARAMETERS.findall(PAGE.read_text("utf-8"))
    stated = genesis["parameters"]
    must(set(stated) <= {name for name, _ in rows}, "an unknown parameter")
    parameters = tuple(stated.get(name, int(default.replace(",", ""))) for name, default in rows)

    def key(node: dict[str, Any], name: str) -> bytes | None:
        return None if node[name] is None else bytes.fromhex(node[name])

    organisations = tuple(
        (
            org["org"],
            org["legal_name"],
            tuple(org["roles"]),
            tuple((a["name"], key(a, "public_key"), tuple(a["roles"])) for a in org["accounts"]),
            tuple((n["name"], key(n, "peer_key"), key(n, "consensus_key"), n["power"]) for n in org["nodes"]),
        )
        for org in genesis["organisations"]
    )
    head = ("p2pchain/genesis", 1, genesis["chain_id"], genesis["time_ms"])
    return sha(encode((*head, parameters, organisations)))


def validators_of(genesis: dict[str, Any]) -> Set:
    """Of height 1: nodes with a consensus key, ascending by it."""
    nodes = ((node, org["org"]) for org in genesis["organisations"] for node in org["nodes"])
    listed = ((bytes.fromhex(n["consensus_key"]), n["power"], o) for n, o in nodes if n.get("consensus_key"))
    return tuple(sorted(listed))


def signed(key: bytes, signature: bytes, message: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise Unproven("signature") from error


def must(holds: bool, what: str) -> None:
    if not holds:
        raise Unproven(what)


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def encode(item: Any) -> bytes:
    """Section 1 of ``formats.md``."""
    if item is None or item is True or item is False:
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[item]
    if isinstance(item, int):
        return head(0, item) if item >= 0 else head(1, -1 - item)
    if isinstance(item, bytes):
        return head(2, len(item)) + item
    if isinstance(item, str):
        return head(3, len(item.encode())) + item.encode()
    return head(4, len(item)) + b"".join(map(encode, item))


def head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    size = next(each for each in (1, 2, 4, 8) if number < 1 << 8 * each)
    return bytes([major << 5 | 23 + size.bit_length()]) + number.to_bytes(size, "big")


def decode(data: bytes) -> Any:
    """The item that these bytes encode; whatever would be encoded in another way fails."""
    item, end = _item(data, 0)
    must(end == len(data) and encode(item) == data, "encoding")
    return item


def _item(data: bytes, at: int) -> tuple[Any, int]:
    major, number, at = data[at] >> 5, data[at] & 31, at + 1
    if major == 7:
        return {20: False, 21: True, 22: None}[number], at
    if number >= 24:
        size = {24: 1, 25: 2, 26: 4, 27: 8}[number]
        number, at = int.from_bytes(data[at : at + size], "big"), at + size
    if major in (0, 1):
        return (number if major == 0 else -1 - number), at
    if major in (2, 3):
        must(at + number <= len(data), "encoding")
        raw = data[at : at + number]
        return (raw if major == 2 else raw.decode()), at + number
    must(major == 4, "encoding")
    items = []
    for _ in range(number):
        item, at = _item(data, at)
        items.append(item)
    return tuple(items), at
