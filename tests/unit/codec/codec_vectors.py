"""Makes ``tests/vectors/codec.json``: every structure once, from fixed seeds.

Run ``python -m tests.unit.codec.codec_vectors > tests/vectors/codec.json`` only when the format is meant to
change: then every chain breaks, and the version inside the structures must change, too.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from p2pchain.codec import (
    block,
    header,
    messages,
    possession,
    private,
    roots,
    safety,
    snapshot,
    transaction,
    voting,
)
from p2pchain.codec.genesis import format_genesis, genesis_id, genesis_validators
from p2pchain.codec.peer_id import peer_id_of
from p2pchain.crypto.hashing import sha256
from p2pchain.model import messages as link
from p2pchain.model.block import Header
from p2pchain.model.chain import BlockRecord, FinalBlock, FinalHeader, RawBlock
from p2pchain.model.genesis import Genesis, GenesisAccount, GenesisNode, GenesisOrganisation
from p2pchain.model.ids import BlockId, ChainId, Height, OrgId, Round, Signature
from p2pchain.model.parameters import Parameters
from p2pchain.model.private import Disclosure, Envelope, PrivateField
from p2pchain.model.safety import LockState, SafetyRecord, SignedStep
from p2pchain.model.snapshot import SnapshotHead, ValidatorLink
from p2pchain.model.transaction import ANY_HEIGHT, Event, Operation, Receipt, TransactionBody
from p2pchain.model.voting import (
    CommitCertificate,
    Evidence,
    PolkaCertificate,
    Proposal,
    ProposalContent,
    Vote,
    VoteContent,
    VoteKind,
)
from tests.unit.codec.codec_frames import POSSESSION, SUCCESSIONS, fetch_frames
from tests.unit.codec.codec_keys import filler, key

ABOUT = (
    "Made by tests/unit/codec/codec_vectors.py with this implementation and compared, byte by byte, with an "
    "encoder of 30 lines in tests/unit/codec/test_codec_vectors.py that shares no code with it. Keys: "
    "Ed25519 seed = SHA-256 of the UTF-8 text 'p2pchain vector <name>'; hashes without a meaning here: "
    "SHA-256 of the same. Bytes are hexadecimal; 'sha256' is that of the bytes. docs/formats.md says what "
    "each structure holds. A second implementation may use this file freely."
)
CHAIN = ChainId("vector-chain")
HEIGHT, ROUND = Height(7), Round(2)
CHALLENGE = bytes(range(16))
NODES = ("bank-a", "bank-b", "buyer", "supplier")

GENESIS = Genesis(
    chain_id=CHAIN,
    time_ms=1_750_000_000_000,
    parameters=Parameters(tx_lifetime=500, timeout_vote_ms=400),
    organisations=tuple(
        GenesisOrganisation(
            org=OrgId(name),
            legal_name=f"{name.title()} Aktiengesellschaft, Zürich",
            roles=("admin", "validator", "financier") if name.startswith("bank") else ("admin", "validator"),
            accounts=(
                GenesisAccount(name=name, public_key=key(f"account {name}").public_key, roles=("admin",)),
            ),
            nodes=(
                GenesisNode(
                    name=name,
                    peer_key=key(f"peer {name}").public_key,
                    consensus_key=key(f"consensus {name}").public_key,
                    power=10,
                ),
            ),
        )
        for name in NODES
    ),
)
VALIDATORS = genesis_validators(GENESIS)
SIGNERS = tuple(
    next(
        key(f"consensus {name}") for name in NODES if key(f"consensus {name}").public_key == member.public_key
    )
    for member in VALIDATORS.members
)
"""Consensus keys in the order of the validator set."""


def build_transactions() -> list[tuple[str, Any]]:
    """A transaction with every kind of argument and two signers, and a small one."""
    made = []
    signers = (key("account bank-a"), key("account bank-b"))
    integers = (0, -1, 23, 24, 255, 256, 65_536, 2**32, 2**63 - 1)
    everything = (*integers, b"", b"\x00\xff", "", "Zürich", None, True, False)
    for name, chosen, operations in (
        (
            "transaction",
            signers[:1],
            (Operation(module="registry", action="finance", args=(filler("doc"), 25_033)),),
        ),
        (
            "transaction of two signers",
            signers,
            (
                Operation(module="a", action="b", args=(*everything, (1, (2, ("three",))))),
                Operation(module="note", action="write", args=()),
            ),
        ),
    ):
        body = TransactionBody(
            chain_id=CHAIN,
            nonce=filler(name)[:8],
            valid_until=Height(600),
            signers=tuple(signer.public_key for signer in chosen),
            operations=operations,
        )
        message = transaction.transaction_sign_bytes(CHAIN, transaction.encode_body(body))
        made.append(
            (name, transaction.assemble_transaction(body, [signer.sign(message) for signer in chosen]))
        )
    return made


def build_timed() -> Any:
    """The first transaction, valid until a time instead of a height."""
    signer = key("account buyer")
    body = TransactionBody(
        chain_id=CHAIN,
        nonce=filler("timed")[:8],
        valid_until=ANY_HEIGHT,
        valid_until_ms=1_750_600_000_000,
        signers=(signer.public_key,),
        operations=(Operation(module="note", action="write", args=()),),
    )
    message = transaction.transaction_sign_bytes(CHAIN, transaction.encode_body(body))
    return transaction.assemble_transaction(body, [signer.sign(message)])


def build_votes(kind: VoteKind, block_id: BlockId | None) -> tuple[tuple[int, Signature], ...]:
    """Signatures of three of four validators."""
    content = VoteContent(kind=kind, height=HEIGHT, round=ROUND, block_id=block_id)
    message = voting.vote_sign_bytes(CHAIN, content)
    return tuple((index, SIGNERS[index].sign(message)) for index in (0, 1, 3))


def build_vote(block_id: BlockId | None) -> Vote:
    """A prevote of validator 1."""
    content = VoteContent(kind=VoteKind.PREVOTE, height=HEIGHT, round=ROUND, block_id=block_id)
    signature = SIGNERS[1].sign(voting.vote_sign_bytes(CHAIN, content))
    return Vote(
        kind=content.kind, height=HEIGHT, round=ROUND, block_id=block_id, validator=1, signature=signature
    )


BODIES = build_transactions()
TRANSACTIONS = tuple(made for _, made in BODIES)
BELOW = CommitCertificate(
    height=Height(6),
    round=Round(0),
    block_id=filler("block 6"),
    signatures=((2, Signature(filler("s") * 2)),),
)
EVIDENCE = Evidence(
    validator=SIGNERS[1].public_key, first=build_vote(None), second=build_vote(filler("other block"))
)
RECEIPTS = (
    Receipt(
        tx_id=TRANSACTIONS[0].tx_id,
        code="REG_DUPLICATE_FINANCED",
        facts=(("applicant", None), ("cross_applicant", True)),
        events=(),
    ),
    Receipt(
        tx_id=TRANSACTIONS[1].tx_id,
        code="OK",
        facts=(),
        events=(Event(module="note", name="written", fields=(1, "x", b"y")),),
    ),
)
HEADER = Header(
    chain_id=CHAIN,
    height=HEIGHT,
    time_ms=1_750_000_009_000,
    parent_id=filler("block 6"),
    proposer=SIGNERS[1].public_key,
    tx_root=roots.tx_root([made.tx_id for made in TRANSACTIONS]),
    state_root=filler("state"),
    results_root=roots.results_root(RECEIPTS),
    validators_hash=roots.validators_hash(VALIDATORS),
    next_validators_hash=roots.validators_hash(VALIDATORS),
    certificate_hash=roots.certificate_hash(BELOW),
    evidence_root=roots.evidence_root([EVIDENCE]),
    genesis_id=genesis_id(GENESIS),
)
BLOCK_ID = header.header_id(HEADER)
COMMIT = CommitCertificate(
    height=HEIGHT, round=ROUND, block_id=BLOCK_ID, signatures=build_votes(VoteKind.PRECOMMIT, BLOCK_ID)
)
POLKA = PolkaCertificate(
    height=HEIGHT, round=ROUND, block_id=None, signatures=build_votes(VoteKind.PREVOTE, None)
)
RAW = RawBlock(
    header=HEADER,
    block_id=BLOCK_ID,
    transactions=TRANSACTIONS,
    evidence=(EVIDENCE,),
    last_certificate=BELOW,
)
FINAL = FinalBlock(block=RAW, certificate=COMMIT)
PROPOSAL = Proposal(
    round=ROUND,
    valid_round=Round(0),
    header=HEADER,
    block_id=BLOCK_ID,
    tx_ids=tuple(made.tx_id for made in TRANSACTIONS),
    evidence=(EVIDENCE,),
    last_certificate=BELOW,
    signature=SIGNERS[1].sign(
        voting.proposal_sign_bytes(
            CHAIN, ProposalContent(height=HEIGHT, round=ROUND, valid_round=Round(0), block_id=BLOCK_ID)
        )
    ),
)
RECORD = BlockRecord(
    block=block.verified_block(RAW),
    certificate=COMMIT,
    receipts=RECEIPTS,
    changes=((b"note/1", b"\x81\x01"), (b"note/2", None)),
)
LOCK = LockState(locked_round=Round(0), locked_block=BLOCK_ID, valid_round=Round(0), valid_block=BLOCK_ID)
SIGNED = SafetyRecord(
    height=HEIGHT,
    round=ROUND,
    step=SignedStep.PREVOTE,
    lock=LOCK,
    message=build_vote(BLOCK_ID),
    block=RECORD.block,
    polka=POLKA,
)
PROPOSED = SafetyRecord(
    height=HEIGHT, round=ROUND, step=SignedStep.PROPOSAL, lock=LOCK, message=PROPOSAL, block=None, polka=None
)
CHUNK = ((b"note/1", b"\x81\x01"), (b"note/2", b""))
WINDOW = (HEIGHT, (SIGNERS[0].public_key + bytes(8), SIGNERS[1].public_key + bytes(range(8))))
LINK = ValidatorLink(final=FinalHeader(header=HEADER, certificate=COMMIT), following=VALIDATORS)
HEAD = SnapshotHead(final=LINK.final, digests=(sha256(snapshot.encode_chunk(CHUNK)), filler("chunk 1")))
SECRET = PrivateField(salt=filler("salt")[:16], name="price", value=b"12.50")
TREE = private.payload_tree((SECRET,))
ROOT = private.payload_root("bank-a", TREE)
ENVELOPE = Envelope(sealed=filler("sealed"), keys=(("bank-a", filler("key a") * 2 + bytes(16)),))
DISCLOSURE = Disclosure(chain_id=CHAIN, owner="bank-a", tree=TREE, field=SECRET, index=0, size=1, path=())
ASKED = link.TransactionsRequest(tx_ids=PROPOSAL.tx_ids, block_id=BLOCK_ID)
HELD = link.TransactionsResponse(transactions=TRANSACTIONS)


def build_structures() -> list[tuple[str, Callable[[Any], bytes], Any]]:
    """Name, encoder and model of every structure."""
    return [
        *((name, lambda made: made.raw, made) for name, made in BODIES),
        ("transaction until a time", lambda made: made.raw, build_timed()),
        *((f"receipt {index}", transaction.encode_receipt, made) for index, made in enumerate(RECEIPTS)),
        ("header", header.encode_header, HEADER),
        ("vote", voting.encode_vote, build_vote(BLOCK_ID)),
        ("vote for nil", voting.encode_vote, build_vote(None)),
        ("commit certificate", voting.encode_commit, COMMIT),
        ("polka certificate", voting.encode_polka, POLKA),
        ("evidence", voting.encode_evidence, EVIDENCE),
        ("proposal", voting.encode_proposal, PROPOSAL),
        ("block", block.encode_raw_block, RAW),
        ("final block", block.encode_final_block, FINAL),
        ("block record", block.encode_block_record, RECORD),
        ("safety record of a vote", safety.encode_safety_record, SIGNED),
        ("safety record of a proposal", safety.encode_safety_record, PROPOSED),
        *((f"link {name}", messages.encode_link, made) for name, made in build_links()),
        ("request blocks", messages.encode_fetch_request, link.BlocksRequest(first=HEIGHT, count=64)),
        ("request transactions", messages.encode_fetch_request, ASKED),
        ("response blocks", messages.encode_fetch_response, link.BlocksResponse(blocks=(FINAL,))),
        ("response transactions", messages.encode_fetch_response, HELD),
        ("request snapshots", messages.encode_fetch_request, link.SnapshotsRequest()),
        ("request links", messages.encode_fetch_request, link.LinksRequest(height=HEIGHT, first=64)),
        ("request chunk", messages.encode_fetch_request, link.ChunkRequest(height=HEIGHT, index=1)),
        ("response snapshots", messages.encode_fetch_response, link.SnapshotsResponse(heads=(HEAD,))),
        ("response links", messages.encode_fetch_response, link.LinksResponse(links=(LINK,))),
        ("response chunk", messages.encode_fetch_response, link.ChunkResponse(chunk=b"\x80")),
        ("response no chunk", messages.encode_fetch_response, link.ChunkResponse(chunk=None)),
        ("request payload", messages.encode_fetch_request, link.PayloadRequest(root=ROOT, index=1)),
        ("response payload", messages.encode_fetch_response, link.PayloadResponse(part=b"\x80")),
        ("response no payload", messages.encode_fetch_response, link.PayloadResponse(part=None)),
        ("private payload", private.encode_payload, (SECRET,)),
        ("private envelope", private.encode_envelope, ENVELOPE),
        ("private disclosure", private.encode_disclosure, DISCLOSURE),
        ("snapshot link", snapshot.encode_validator_link, LINK),
        ("snapshot window", lambda made: snapshot.encode_window(*made), WINDOW),
        ("snapshot chunk", snapshot.encode_chunk, CHUNK),
        ("snapshot head", snapshot.encode_head, HEAD),
        ("announcement", messages.encode_announcement, link.Announcement(header=HEADER, certificate=COMMIT)),
    ]


def build_links() -> list[tuple[str, link.LinkMessage]]:
    """Every message of a link."""
    peer = peer_id_of(key("peer bank-a").public_key)
    statement = voting.hello_sign_bytes(CHAIN, genesis_id(GENESIS), peer)
    signer = key("consensus bank-a")
    views = (
        link.RoundView(round=Round(0), proposal=True, prevotes=2**99 + 5, precommits=0, polka=True),
        link.RoundView(round=ROUND, proposal=False, prevotes=0b1011, precommits=0x0100, polka=False),
    )
    hello = link.Hello(
        version=1,
        software="0.1.0",
        chain_id=CHAIN,
        genesis_id=genesis_id(GENESIS),
        node="bank-a",
        consensus_key=signer.public_key,
        signature=signer.sign(statement),
        modules=(link.ModuleCode(module="note", version=2, digest=bytes(range(100, 132))),),
    )
    stated = voting.height_sign_bytes(CHAIN, HEIGHT, CHALLENGE)
    height_statement = link.HeightStatement(
        height=HEIGHT, challenge=CHALLENGE, validator=signer.public_key, signature=signer.sign(stated)
    )
    return [
        ("hello", hello),
        ("ping", link.Ping(token=1_000)),
        ("pong", link.Pong(token=1_000, wall_ms=1_790_000_000_000)),
        ("transaction batch", link.TransactionBatch(transactions=TRANSACTIONS)),
        ("transactions held", link.TransactionsHeld(tx_ids=PROPOSAL.tx_ids)),
        ("round summary", link.RoundSummary(height=HEIGHT, round=ROUND, step=2, rounds=views)),
        ("vote", link.VoteMessage(vote=build_vote(None))),
        ("proposal", link.ProposalMessage(proposal=PROPOSAL)),
        ("polka", link.PolkaMessage(polka=POLKA)),
        ("commit", link.CommitMessage(certificate=COMMIT)),
        ("height question", link.HeightQuestion(challenge=CHALLENGE)),
        ("height statement", height_statement),
    ]


def build() -> dict[str, Any]:
    """The whole file."""
    structures = [
        {"name": name, "bytes": encode(made).hex(), "sha256": sha256(encode(made)).hex()}
        for name, encode, made in build_structures()
    ]
    made = {name: thing for name, _, thing in build_structures()}
    head, proposal, record = made["header"], made["proposal"], made["block record"]
    polka_content = VoteContent(kind=VoteKind.PREVOTE, height=HEIGHT, round=ROUND, block_id=None)
    precommit = VoteContent(kind=VoteKind.PRECOMMIT, height=HEIGHT, round=ROUND, block_id=proposal.block_id)
    peer = peer_id_of(key("peer bank-a").public_key)
    sign_bytes = {
        **{
            name: transaction.transaction_sign_bytes(CHAIN, made[name].body_bytes)
            for name in ("transaction", "transaction until a time")
        },
        "prevote for nil": voting.vote_sign_bytes(CHAIN, polka_content),
        "precommit": voting.vote_sign_bytes(CHAIN, precommit),
        "proposal": voting.proposal_sign_bytes(CHAIN, proposal.content),
        "hello": voting.hello_sign_bytes(CHAIN, genesis_id(GENESIS), peer),
        "possession": possession.possession_sign_bytes(CHAIN, POSSESSION),
        "height": voting.height_sign_bytes(CHAIN, HEIGHT, CHALLENGE),
        **{name: voting.succession_sign_bytes(CHAIN, stated) for name, stated in SUCCESSIONS.items()},
    }
    named = {
        **{f"tx_id of {name}": held.tx_id for name, held in made.items() if name.startswith("transaction")},
        "block_id": proposal.block_id,
        "genesis_id": genesis_id(GENESIS),
        "tx_root": head.tx_root,
        "tx_root of none": roots.tx_root([]),
        "results_root": roots.results_root(record.receipts),
        "evidence_root": head.evidence_root,
        "certificate_hash": head.certificate_hash,
        "certificate_hash of none": roots.certificate_hash(None),
        "validators_hash": head.validators_hash,
    }
    return {
        "about": ABOUT,
        "public_keys": {
            f"{kind} {name}": key(f"{kind} {name}").public_key.hex()
            for name in NODES
            for kind in ("account", "peer", "consensus")
        },
        "peer_ids": {name: peer_id_of(key(f"peer {name}").public_key) for name in NODES},
        "structures": structures,
        "sign_bytes": {name: data.hex() for name, data in sign_bytes.items()},
        "hashes": {name: data.hex() for name, data in named.items()},
        "fetch_frames": fetch_frames({name: encode(thing) for name, encode, thing in build_structures()}),
        "genesis": format_genesis(GENESIS),
    }


if __name__ == "__main__":
    print(json.dumps(build(), indent=1, ensure_ascii=False))
