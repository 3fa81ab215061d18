"""One file that proves records of the state, or a transaction, to somebody who trusts the genesis, or one
block, and nothing else: no node, no network.

``[1, chain_id, header: bstr, certificate, [link: bstr, ...], [entry, ...], digest]`` for records from genesis
on, an entry being ``[key, value | null, [[branch, ...], page]]``, and for everything else ``[2, chain_id,
base | null, header: bstr, certificate, [link: bstr, ...], subject, digest]``. The base is ``[header: bstr,
validators]``, null for genesis; the subject ``[1, [entry, ...]]`` or ``[2, transaction: bstr, receipt: bstr,
index, size, [hash, ...], [hash, ...]]``. The digest is the SHA-256 of the same array without it. What version
1 can say is written in version 1 and in no other way.

The links lead by certificates from the validators of genesis, or from those that the base names for the
height after it, to those of the header; the header's certificate makes it final; each entry has its way
through the trie to the header's state root, a null value the way that shows that there is none; a transaction
and its receipt have theirs to the header's two other roots (``inclusion.py``). Links and certificate are
encoded as in a snapshot (``codec.snapshot``). Every byte is bound to what is trusted or to a signature of a
quorum, but for the signatures themselves, of which each is checked, for the keys that are shown to be absent,
and for the number of a transaction: a flipped bit there would tell something else, so there is the digest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from p2pchain.codec import fields as field
from p2pchain.codec.cbor import pack, unpack
from p2pchain.codec.genesis import genesis_id, genesis_validators
from p2pchain.codec.header import encode_header
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
from p2pchain.proofs.inclusion import (
    ProvenTransaction,
    TransactionProof,
    read_transaction_proof,
    transaction_proof_items,
    verify_transaction_proof,
)
from p2pchain.proofs.lineage import prove_final
from p2pchain.proofs.state import StateProof, state_proof_of, state_proof_value, verify_state_proof
from p2pchain.proofs.trust import Trust, TrustedBlock, block_named
from p2pchain.proofs.verifier import Check, Verifier

RECORDS_VERSION: Final = 1
"""Of a file that proves records from genesis on."""
PROOF_VERSION: Final = 2
"""Of every other."""
PROOF_FILE_BYTES_MAX: Final = 67_108_864
PROOF_ITEMS_MAX: Final = 120_000
"""Most values in a file: those of ``LINKS_MAX`` links and of ``PROOF_KEYS_MAX`` ways of 64 branches, and room
to spare."""
PROOF_KEYS_MAX: Final = 512
"""Most keys of one file."""
LINKS_MAX: Final = 65_536
VALUE_BYTES_MAX: Final = 1_000_000
_RECORDS, _TRANSACTION = 1, 2
"""What a file of version 2 is about."""
_FOR_GENESIS: Final = (
    "it rests on the validators since genesis: verify it with --genesis alone if you trust them all, "
    "or ask for a file with --trusted"
)
_FOR_A_BLOCK: Final = (
    "it is for somebody who noted that block: if you did, give your own note as --trusted HEIGHT:BLOCK_ID; "
    "if not, ask for a file without --trusted"
)
_FOR_ANOTHER_BLOCK: Final = (
    "compare your note digit by digit; if it is right, the file is of another chain, or somebody lies"
)
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
        """The block that has to be trusted."""
        return block_named(self.header)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofFile:
    """Content of a file, unverified: of ``entries`` or of a ``transaction``. ``base``: None for genesis."""

    chain_id: str
    base: ProofBase | None
    final: FinalHeader
    links: tuple[ValidatorLink, ...]
    entries: tuple[ProofEntry, ...] = ()
    transaction: TransactionProof | None = None

    def __post_init__(self) -> None:
        assert bool(self.entries) == (self.transaction is None), "a file is about one or the other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """Content of a verified file: ``values`` by key, None for none, as of ``final``, or a ``transaction``
    that its block holds. It is of the genesis ``genesis_id``, and rests on it, or where ``base`` is not None
    on that block. ``signers``: organisations whose validators certified it, with ``power`` of
    ``total_power``; ``changes``: how often the validators changed on the way.
    """

    chain_id: str
    genesis_id: BlockId
    base: TrustedBlock | None
    final: FinalHeader
    values: dict[bytes, bytes | None]
    transaction: ProvenTransaction | None
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
    """Encode a proof file."""
    final = (*final_items(proof.final), tuple(encode_validator_link(link) for link in proof.links))
    entries = tuple((entry.key, entry.value, state_proof_value(entry.proof)) for entry in proof.entries)
    items: tuple[object, ...]
    if proof.base is None and proof.transaction is None:
        items = (RECORDS_VERSION, proof.chain_id, *final, entries)
    else:
        about = proof.transaction
        subject = (_RECORDS, entries) if about is None else (_TRANSACTION, *transaction_proof_items(about))
        items = (PROOF_VERSION, proof.chain_id, _base_item(proof.base), *final, subject)
    return pack((*items, sha256(pack(items))))


def verify_proof_file(data: bytes, trust: Trust, check: Check = ed25519.verify) -> Proven:
    """Verify a file for whoever trusts this genesis, or this block; ``Invalid("PROOF_INVALID")`` with
    ``reason`` where it proves nothing, ``Invalid("PROOF_OTHER_TRUST")`` where it begins at something else
    than is trusted. ``check``: the signature rule, another one only in tests.
    """
    try:
        return _verify(decode_proof_file(data), trust, check)
    except Refused as fault:
        if fault.code in ("PROOF_INVALID", "PROOF_OTHER_TRUST"):
            raise
        detail = ", ".join(f"{name}={value}" for name, value in fault.facts.items())
        raise Invalid("PROOF_INVALID", {"reason": fault.code, "detail": detail}) from fault


def decode_proof_file(data: bytes) -> ProofFile:
    """Decode a file as it stands, nothing proven. Raises ``Invalid``."""
    item = unpack(data, bytes_max=PROOF_FILE_BYTES_MAX, items_max=PROOF_ITEMS_MAX)
    *items, digest = field.array(item, 7, 8, "proof")
    if digest != sha256(pack(tuple(items))):
        raise Invalid("PROOF_INVALID", {"reason": "digest"})
    if type(items[0]) is int and items[0] == RECORDS_VERSION:
        _, chain_id, header, certificate, links, entries = field.fields(tuple(items), 6, "proof")
        return _file(chain_id, None, header, certificate, links, (_RECORDS, entries))
    field.version(items[0], PROOF_VERSION, "proof.version")
    _, chain_id, base_item, header, certificate, links, subject = field.fields(tuple(items), 7, "proof")
    base = None if base_item is None else _base(base_item)
    file = _file(chain_id, base, header, certificate, links, subject)
    if base is None and file.transaction is None:
        raise Invalid("PROOF_INVALID", {"reason": "version 2 of what version 1 says"})
    return file


def _file(
    chain_id: object,
    base: ProofBase | None,
    header: object,
    certificate: object,
    links: object,
    subject: object,
) -> ProofFile:
    kind, *about = field.array(subject, 2, 7, "proof.subject")
    transaction: TransactionProof | None = None
    entries: tuple[ProofEntry, ...] = ()
    if field.integer(kind, _RECORDS, _TRANSACTION, "proof.subject.kind") == _TRANSACTION:
        transaction = read_transaction_proof(about, "proof.subject")
    else:
        (listed,) = field.fields(tuple(about), 1, "proof.subject")
        entries = tuple(_entry(item) for item in field.array(listed, 1, PROOF_KEYS_MAX, "proof.entries"))
    return ProofFile(
        chain_id=field.text(chain_id, 1, _CHAIN_ID_BYTES_MAX, "proof.chain_id"),
        base=base,
        final=read_final(header, certificate, "proof"),
        links=tuple(_link(item) for item in field.array(links, 0, LINKS_MAX, "proof.links")),
        entries=entries,
        transaction=transaction,
    )


def _verify(proof: ProofFile, trust: Trust, check: Check) -> Proven:
    chain_id, own_id, first = _beginning(proof, trust)
    if proof.chain_id != chain_id:
        facts = {"reason": "another chain", "expected": chain_id, "found": proof.chain_id}
        raise Invalid("PROOF_INVALID", facts)
    below = GENESIS_HEIGHT if proof.base is None else proof.base.header.height
    verifier = Verifier(chain_id, check)
    prove_final(proof.final, proof.links, first, verifier, genesis_id=own_id, below=below)
    header, certificate = proof.final.header, proof.final.certificate
    about = proof.transaction
    transaction = None if about is None else verify_transaction_proof(header, about, verifier)
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
        genesis_id=own_id,
        base=None if proof.base is None else proof.base.block,
        final=proof.final,
        values=values,
        transaction=transaction,
        signers=tuple(sorted({member.org for member in signed})),
        power=sum(member.power for member in signed),
        total_power=members.total_power,
        changes=len(proof.links),
    )


def _beginning(proof: ProofFile, trust: Trust) -> tuple[ChainId, BlockId, ValidatorSet]:
    """Return the chain, its genesis id, and the validators of the first height that the file has to prove,
    from trusted things alone.
    """
    base = proof.base
    if isinstance(trust, Genesis):
        if base is not None:
            raise _other_trust(f"block {base.header.height}", "genesis", _FOR_A_BLOCK)
        return trust.chain_id, genesis_id(trust), genesis_validators(trust)
    if base is None:
        raise _other_trust("genesis", f"block {trust.height}", _FOR_GENESIS)
    if base.header.height != trust.height:
        raise _other_trust(f"block {base.header.height}", f"block {trust.height}", _FOR_A_BLOCK)
    if base.block != trust:
        raise _other_trust("another block of that height", f"block {trust.height}", _FOR_ANOTHER_BLOCK)
    if validators_hash(base.following) != base.header.next_validators_hash:
        raise Invalid("PROOF_INVALID", {"reason": "other validators than the trusted block names"})
    return base.header.chain_id, base.header.genesis_id, base.following


def _other_trust(begins: str, trusted: str, hint: str) -> Invalid:
    """Make the refusal of a file that begins elsewhere. Its id is not shown: who copies it from there trusts
    whoever made the file.
    """
    return Invalid("PROOF_OTHER_TRUST", {"begins": begins, "trusted": trusted}, hint)


def _base_item(base: ProofBase | None) -> object:
    return None if base is None else (encode_header(base.header), validators_item(base.following))


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
