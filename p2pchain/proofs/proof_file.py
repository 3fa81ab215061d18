"""One file that proves records of the state to somebody who trusts the genesis, or one block, and nothing
else: no node, no network.

``[1, chain_id, base | null, header: bstr, certificate, [link: bstr, ...], [entry, ...], digest]``, an entry
being ``[key, value | null, [[branch, ...], page]]``, the digest the SHA-256 of the same array without it. The
base is ``[header: bstr, validators]``, null for genesis.

The links lead by certificates from the validators of genesis, or from those that the base names for the
height after it, to those of the header; the header's certificate makes it final; each entry has its way
through the trie to the header's state root, a null value the way that shows that there is none. Links and
certificate are encoded as in a snapshot (``codec.snapshot``). Every byte is bound to what is trusted or to a
signature of a quorum, but for the signatures themselves, of which each is checked, and for the keys that are
shown to be absent: a flipped bit there would tell something else that is true, so there is the digest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from p2pchain.codec import fields as field
from p2pchain.codec.cbor import pack, unpack
from p2pchain.codec.genesis import genesis_validators
from p2pchain.codec.header import encode_header, header_id
from p2pchain.codec.roots import validators_hash
from p2pchain.codec.snapshot import (
    decode_validator_link,
    encode_validator_link,
    final_items,
    read_final,
    read_validators,
    validators_item,
)
from p2pchain.codec.voting import read_header
from p2pchain.crypto import ed25519
from p2pchain.crypto.hashing import sha256
from p2pchain.model.block import Header
from p2pchain.model.chain import FinalHeader
from p2pchain.model.errors import Invalid, Refused
from p2pchain.model.genesis import Genesis
from p2pchain.model.ids import GENESIS_HEIGHT, BlockId, ChainId, OrgId
from p2pchain.model.snapshot import ValidatorLink
from p2pchain.model.validators import ValidatorSet
from p2pchain.proofs.lineage import prove_final
from p2pchain.proofs.state import StateProof, state_proof_of, state_proof_value, verify_state_proof
from p2pchain.proofs.trust import Trust, TrustedBlock
from p2pchain.proofs.verifier import Check, Verifier

PROOF_VERSION: Final = 1
PROOF_FILE_BYTES_MAX: Final = 67_108_864
PROOF_ITEMS_MAX: Final = 120_000
"""Most values in a file: those of ``LINKS_MAX`` links and of ``PROOF_KEYS_MAX`` ways of 64 branches, and room
to spare."""
PROOF_KEYS_MAX: Final = 512
"""Most keys of one file."""
LINKS_MAX: Final = 65_536
VALUE_BYTES_MAX: Final = 1_000_000
_CHAIN_ID_BYTES_MAX: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofEntry:
    """A key with its value, None for none, and its way to the root."""

    key: bytes
    value: bytes | None
    proof: StateProof


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofBase:
    """A block at which a proof begins, and the validators of the height after it, which it names."""

    header: Header
    following: ValidatorSet

    @property
    def block(self) -> TrustedBlock:
        """What has to be trusted."""
        return TrustedBlock(height=self.header.height, block_id=header_id(self.header))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofFile:
    """What a file says, unverified; ``base``: None for genesis."""

    chain_id: str
    base: ProofBase | None
    final: FinalHeader
    links: tuple[ValidatorLink, ...]
    entries: tuple[ProofEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What is proven: ``values`` by key, None for none, as of ``final``. ``signers``: organisations whose
    validators certified it, with ``power`` of ``total_power``; ``changes``: how often the validators changed
    on the way from ``base``, which is None for genesis.
    """

    chain_id: str
    base: TrustedBlock | None
    final: FinalHeader
    values: dict[bytes, bytes | None]
    signers: tuple[OrgId, ...]
    power: int
    total_power: int
    changes: int

    @property
    def block(self) -> TrustedBlock:
        """The block as of which it is proven, to be trusted the next time."""
        return TrustedBlock(
            height=self.final.header.height, block_id=BlockId(self.final.certificate.block_id)
        )


def encode_proof_file(proof: ProofFile) -> bytes:
    """The bytes of a file."""
    links = tuple(encode_validator_link(link) for link in proof.links)
    entries = tuple((each.key, each.value, state_proof_value(each.proof)) for each in proof.entries)
    base = proof.base
    base_item = None if base is None else (encode_header(base.header), validators_item(base.following))
    items = (PROOF_VERSION, proof.chain_id, base_item, *final_items(proof.final), links, entries)
    return pack((*items, sha256(pack(items))))


def verify_proof_file(data: bytes, trust: Trust, check: Check = ed25519.verify) -> Proven:
    """What a file proves to whoever trusts this genesis, or this block; ``Invalid("PROOF_INVALID")`` with
    ``reason`` where it proves nothing. ``check``: the signature rule, another one only in tests.
    """
    try:
        return _verify(decode_proof_file(data), trust, check)
    except Refused as fault:
        if fault.code == "PROOF_INVALID":
            raise
        told = ", ".join(f"{name}={value}" for name, value in fault.facts.items())
        raise Invalid("PROOF_INVALID", {"reason": fault.code, "detail": told}) from fault


def decode_proof_file(data: bytes) -> ProofFile:
    """The file as it stands, nothing proven. Raises ``Invalid``."""
    item = unpack(data, bytes_max=PROOF_FILE_BYTES_MAX, items_max=PROOF_ITEMS_MAX)
    *items, digest = field.fields(item, 8, "proof")
    version, chain_id, base, header, certificate, links, entries = items
    field.version(version, PROOF_VERSION, "proof.version")
    if digest != sha256(pack(tuple(items))):
        raise Invalid("PROOF_INVALID", {"reason": "digest"})
    return ProofFile(
        chain_id=field.text(chain_id, 1, _CHAIN_ID_BYTES_MAX, "proof.chain_id"),
        base=None if base is None else _base(base),
        final=read_final(header, certificate, "proof"),
        links=tuple(_link(each) for each in field.array(links, 0, LINKS_MAX, "proof.links")),
        entries=tuple(_entry(each) for each in field.array(entries, 1, PROOF_KEYS_MAX, "proof.entries")),
    )


def _verify(proof: ProofFile, trust: Trust, check: Check) -> Proven:
    chain_id, first = _beginning(proof, trust)
    if proof.chain_id != chain_id:
        facts = {"reason": "another chain", "expected": chain_id, "found": proof.chain_id}
        raise Invalid("PROOF_INVALID", facts)
    below = GENESIS_HEIGHT if proof.base is None else proof.base.header.height
    prove_final(proof.final, proof.links, first, Verifier(chain_id, check), below=below)
    header, certificate = proof.final.header, proof.final.certificate
    values: dict[bytes, bytes | None] = {}
    for entry in proof.entries:
        if entry.key in values:
            raise Invalid("PROOF_INVALID", {"reason": "a key twice", "key": entry.key.hex()})
        verify_state_proof(header.state_root, entry.key, entry.value, entry.proof)
        values[entry.key] = entry.value
    lower = [link for link in proof.links if link.final.header.height < header.height]
    members = lower[-1].following if lower else first
    signed = [members[index] for index, _ in certificate.signatures]
    return Proven(
        chain_id=proof.chain_id,
        base=None if proof.base is None else proof.base.block,
        final=proof.final,
        values=values,
        signers=tuple(sorted({member.org for member in signed})),
        power=sum(member.power for member in signed),
        total_power=members.total_power,
        changes=len(proof.links),
    )


def _beginning(proof: ProofFile, trust: Trust) -> tuple[ChainId, ValidatorSet]:
    """The chain, and the validators of the first height that the file has to prove, out of what is trusted
    alone.
    """
    base = proof.base
    if isinstance(trust, Genesis):
        if base is not None:
            reason = "it begins at a block, not at genesis; who trusts that block verifies with --trusted"
            raise Invalid("PROOF_INVALID", {"reason": reason, "block": str(base.block)})
        return trust.chain_id, genesis_validators(trust)
    if base is None:
        reason = "it begins at genesis, not at a block; verify with --genesis"
        raise Invalid("PROOF_INVALID", {"reason": reason})
    if base.block != trust:
        facts = {"reason": "it begins at another block", "trusted": str(trust), "block": str(base.block)}
        raise Invalid("PROOF_INVALID", facts)
    if validators_hash(base.following) != base.header.next_validators_hash:
        raise Invalid("PROOF_INVALID", {"reason": "other validators than the trusted block names"})
    return base.header.chain_id, base.following


def _base(item: object) -> ProofBase:
    header_bytes, members = field.fields(item, 2, "proof.base")
    header, _ = read_header(header_bytes, "proof.base.header")
    return ProofBase(header=header, following=read_validators(members, "proof.base.validators"))


def _link(item: object) -> ValidatorLink:
    return decode_validator_link(field.octets(item, 1, PROOF_FILE_BYTES_MAX, "proof.links[]"))


def _entry(item: object) -> ProofEntry:
    key, value, proof = field.fields(item, 3, "proof.entries[]")
    return ProofEntry(
        key=field.octets(key, 1, PROOF_FILE_BYTES_MAX, "proof.entries[].key"),
        value=None if value is None else field.octets(value, 0, VALUE_BYTES_MAX, "proof.entries[].value"),
        proof=state_proof_of(proof),  # type: ignore[arg-type]
    )
