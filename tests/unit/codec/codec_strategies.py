"""Hypothesis strategies for every structure of the protocol."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from p2pchain.codec import block, header, safety, snapshot, transaction
from p2pchain.codec.fields import ROUND_MAX
from p2pchain.model.block import Header
from p2pchain.model.chain import BlockRecord, FinalBlock, FinalHeader, RawBlock
from p2pchain.model.ids import INTEGER_MAX, ChainId, Height, OrgId, Round
from p2pchain.model.messages import (
    CHALLENGE_BYTES,
    PAYLOAD_PARTS_MAX,
    Announcement,
    BlocksRequest,
    BlocksResponse,
    ChunkRequest,
    ChunkResponse,
    CommitMessage,
    HeightQuestion,
    HeightStatement,
    Hello,
    LinksRequest,
    LinksResponse,
    ModuleCode,
    PayloadRequest,
    PayloadResponse,
    Ping,
    PolkaMessage,
    Pong,
    ProposalMessage,
    RoundSummary,
    RoundView,
    SnapshotsRequest,
    SnapshotsResponse,
    TransactionBatch,
    TransactionsHeld,
    TransactionsRequest,
    TransactionsResponse,
    VoteMessage,
)
from p2pchain.model.private import Disclosure, Envelope, PrivateField
from p2pchain.model.safety import LockState, SafetyRecord
from p2pchain.model.snapshot import SnapshotHead, ValidatorLink
from p2pchain.model.transaction import (
    ANY_HEIGHT,
    Event,
    Operation,
    Receipt,
    Transaction,
    TransactionBody,
    Value,
)
from p2pchain.model.validators import POWER_MAX, VALIDATORS_MAX, Validator, ValidatorSet
from p2pchain.model.voting import (
    CommitCertificate,
    Evidence,
    PolkaCertificate,
    Proposal,
    Vote,
    VoteKind,
)

hashes: st.SearchStrategy[Any] = st.binary(min_size=32, max_size=32)
signatures: st.SearchStrategy[Any] = st.binary(min_size=64, max_size=64)
heights = st.integers(1, INTEGER_MAX - 1).map(Height)
rounds = st.integers(0, ROUND_MAX).map(Round)
chain_ids = st.text("abcxyz0189-", min_size=1, max_size=64).map(ChainId)
names = st.text(min_size=1, max_size=12)
scalars: st.SearchStrategy[Value] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-INTEGER_MAX, INTEGER_MAX),
    st.binary(max_size=40),
    st.text(max_size=20),
)
values: st.SearchStrategy[Value] = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4).map(tuple), max_leaves=8
)
value_tuples = st.lists(values, max_size=4).map(tuple)

operations = st.builds(Operation, module=names, action=names, args=value_tuples)
_bodies = {
    "chain_id": chain_ids,
    "nonce": st.binary(min_size=8, max_size=8),
    "signers": st.lists(hashes, min_size=1, max_size=3, unique=True).map(tuple),
    "operations": st.lists(operations, min_size=1, max_size=3).map(tuple),
}
bodies = st.builds(TransactionBody, valid_until=heights, **_bodies) | st.builds(
    TransactionBody, valid_until=st.just(ANY_HEIGHT), valid_until_ms=st.integers(0, INTEGER_MAX), **_bodies
)


@st.composite
def transactions(draw: st.DrawFn) -> Transaction:
    """A well-formed transaction with random bytes for signatures."""
    body = draw(bodies)
    count = len(body.signers)
    return transaction.assemble_transaction(body, draw(st.lists(signatures, min_size=count, max_size=count)))


@st.composite
def receipts(draw: st.DrawFn, tx_id: bytes | None = None) -> Receipt:
    """A receipt, of ``tx_id`` if given."""
    facts = draw(st.dictionaries(names, values, max_size=3))
    return Receipt(
        tx_id=draw(hashes) if tx_id is None else tx_id,  # type: ignore[arg-type]
        code=draw(names),
        facts=tuple(sorted(facts.items())),
        events=tuple(
            draw(st.lists(st.builds(Event, module=names, name=names, fields=value_tuples), max_size=2))
        ),
    )


headers = st.builds(
    Header,
    chain_id=chain_ids,
    height=heights,
    time_ms=st.integers(0, INTEGER_MAX),
    parent_id=hashes,
    proposer=hashes,
    tx_root=hashes,
    state_root=hashes,
    results_root=hashes,
    validators_hash=hashes,
    next_validators_hash=hashes,
    certificate_hash=hashes,
    evidence_root=hashes,
    genesis_id=hashes,
)
indexes = st.integers(0, VALIDATORS_MAX - 1)
votes = st.builds(
    Vote,
    kind=st.sampled_from(VoteKind),
    height=heights,
    round=rounds,
    block_id=st.none() | hashes,
    validator=indexes,
    signature=signatures,
)
signature_lists = st.dictionaries(indexes, signatures, min_size=1, max_size=4).map(
    lambda found: tuple(sorted(found.items()))
)
polkas = st.builds(
    PolkaCertificate, height=heights, round=rounds, block_id=st.none() | hashes, signatures=signature_lists
)


@st.composite
def commits(draw: st.DrawFn, height: int | None = None, block_id: bytes | None = None) -> CommitCertificate:
    """A commit certificate, of a height and block if given."""
    return CommitCertificate(
        height=draw(heights) if height is None else Height(height),
        round=draw(rounds),
        block_id=draw(hashes) if block_id is None else block_id,  # type: ignore[arg-type]
        signatures=draw(signature_lists),
    )


@st.composite
def evidences(draw: st.DrawFn) -> Evidence:
    """Two votes alike but for the block."""
    first = draw(votes)
    low, high = sorted(draw(st.sets(st.just(b"") | hashes, min_size=2, max_size=2)))
    alike = {"kind": first.kind, "height": first.height, "round": first.round, "validator": first.validator}
    return Evidence(
        validator=draw(hashes),
        first=Vote(**alike, block_id=low or None, signature=draw(signatures)),  # type: ignore[arg-type]
        second=Vote(**alike, block_id=high, signature=draw(signatures)),  # type: ignore[arg-type]
    )


@st.composite
def raw_blocks(draw: st.DrawFn, height: int | None = None) -> RawBlock:
    """A block whose parts fit its height; the roots of its header are random."""
    head = draw(headers if height is None else headers.map(lambda one: _at(one, height)))
    return RawBlock(
        header=head,
        block_id=header.header_id(head),
        transactions=tuple(draw(st.lists(transactions(), max_size=2))),
        evidence=tuple(draw(st.lists(evidences(), max_size=1))),
        last_certificate=None if head.height == 1 else draw(commits(head.height - 1)),
    )


@st.composite
def final_blocks(draw: st.DrawFn, height: int | None = None) -> FinalBlock:
    """A block with a certificate that names it."""
    raw = draw(raw_blocks(height))
    return FinalBlock(block=raw, certificate=draw(commits(raw.header.height, raw.block_id)))


@st.composite
def records(draw: st.DrawFn) -> BlockRecord:
    """A stored block with a receipt for each transaction."""
    final = draw(final_blocks())
    changes = draw(st.dictionaries(st.binary(max_size=8), st.none() | st.binary(max_size=8), max_size=3))
    return BlockRecord(
        block=block.verified_block(final.block),
        certificate=final.certificate,
        receipts=tuple(draw(receipts(each.tx_id)) for each in final.block.transactions),
        changes=tuple(sorted(changes.items())),
    )


@st.composite
def proposals(draw: st.DrawFn) -> Proposal:
    """A proposal whose parts fit its height."""
    head = draw(headers)
    round_number = draw(rounds)
    valid = draw(st.none() | st.integers(0, round_number - 1)) if round_number else None
    return Proposal(
        round=round_number,
        valid_round=None if valid is None else Round(valid),
        header=head,
        block_id=header.header_id(head),
        tx_ids=tuple(draw(st.lists(hashes, max_size=4, unique=True))),
        evidence=tuple(draw(st.lists(evidences(), max_size=1))),
        last_certificate=None if head.height == 1 else draw(commits(head.height - 1)),
        signature=draw(signatures),
    )


@st.composite
def safety_records(draw: st.DrawFn) -> SafetyRecord:
    """A signed message with any lock."""
    message = draw(st.one_of(proposals(), votes))
    height, round_number, step = safety.position_of(message)
    locked = draw(st.none() | st.tuples(rounds, hashes)) or (None, None)
    valid = draw(st.none() | st.tuples(rounds, hashes)) or (None, None)
    return SafetyRecord(
        height=Height(height),
        round=Round(round_number),
        step=step,
        lock=LockState(
            locked_round=locked[0], locked_block=locked[1], valid_round=valid[0], valid_block=valid[1]
        ),
        message=message,
        block=draw(st.none() | raw_blocks().map(block.verified_block)),
        polka=draw(st.none() | polkas),
    )


@st.composite
def hellos(draw: st.DrawFn) -> Hello:
    """A hello of a validator or of an observer."""
    key, signature = draw(st.just((None, None)) | st.tuples(hashes, signatures))
    return Hello(
        version=draw(st.integers(1, 2**16)),
        software=draw(st.text(min_size=1, max_size=32)),
        chain_id=draw(chain_ids),
        genesis_id=draw(hashes),
        node=draw(names),
        consensus_key=key,
        signature=signature,
        modules=tuple(ModuleCode(module="note", version=1, digest=code) for code in draw(st.lists(hashes))),
    )


@st.composite
def summaries(draw: st.DrawFn) -> RoundSummary:
    """A round summary with ascending rounds."""
    bitmaps = st.integers(0, 2**VALIDATORS_MAX - 1)
    views = draw(
        st.lists(
            st.builds(
                RoundView,
                round=rounds,
                proposal=st.booleans(),
                prevotes=bitmaps,
                precommits=bitmaps,
                polka=st.booleans(),
            ),
            max_size=4,
            unique_by=lambda view: view.round,
        )
    )
    return RoundSummary(
        height=draw(heights),
        round=draw(rounds),
        step=draw(st.integers(0, 3)),
        rounds=tuple(sorted(views, key=lambda view: view.round)),
    )


challenges = st.binary(min_size=CHALLENGE_BYTES, max_size=CHALLENGE_BYTES)
tokens = st.integers(0, INTEGER_MAX)
links: st.SearchStrategy[Any] = st.one_of(
    hellos(),
    st.builds(Ping, token=tokens),
    st.builds(Pong, token=tokens, wall_ms=tokens),
    st.builds(TransactionBatch, transactions=st.lists(transactions(), min_size=1, max_size=3).map(tuple)),
    st.builds(TransactionsHeld, tx_ids=st.lists(hashes, min_size=1, max_size=5).map(tuple)),
    summaries(),
    st.builds(VoteMessage, vote=votes),
    st.builds(ProposalMessage, proposal=proposals()),
    st.builds(PolkaMessage, polka=polkas),
    st.builds(CommitMessage, certificate=commits()),
    st.builds(HeightQuestion, challenge=challenges),
    st.builds(HeightStatement, height=heights, challenge=challenges, validator=hashes, signature=signatures),
)
requests: st.SearchStrategy[Any] = st.one_of(
    st.builds(BlocksRequest, first=heights, count=st.integers(1, 64)),
    st.builds(
        TransactionsRequest,
        tx_ids=st.lists(hashes, min_size=1, max_size=5).map(tuple),
        block_id=st.none() | hashes,
    ),
    st.builds(SnapshotsRequest),
    st.builds(LinksRequest, height=heights, first=st.integers(0, INTEGER_MAX)),
    st.builds(ChunkRequest, height=heights, index=st.integers(0, snapshot.CHUNKS_MAX - 1)),
    st.builds(PayloadRequest, root=hashes, index=st.integers(0, PAYLOAD_PARTS_MAX - 1)),
)


@st.composite
def final_headers(draw: st.DrawFn) -> FinalHeader:
    """A header with a certificate that names it."""
    head = draw(headers)
    return FinalHeader(header=head, certificate=draw(commits(head.height, header.header_id(head))))


members = st.builds(
    Validator,
    public_key=hashes,
    power=st.integers(1, POWER_MAX),
    org=st.text("abc-", min_size=1, max_size=9).map(OrgId),
)
validator_sets = st.lists(members, min_size=1, max_size=4, unique_by=lambda one: one.public_key).map(
    lambda found: ValidatorSet(tuple(sorted(found, key=lambda one: one.public_key)))
)
validator_links = st.builds(ValidatorLink, final=final_headers(), following=validator_sets)
heads = st.builds(
    SnapshotHead, final=final_headers(), digests=st.lists(hashes, min_size=1, max_size=4).map(tuple)
)
chunks = st.lists(st.tuples(st.binary(max_size=9), st.binary(max_size=9)), min_size=1, max_size=4).map(tuple)
windows = st.tuples(heights, st.lists(st.binary(min_size=40, max_size=40), max_size=3).map(tuple))
snapshot_responses: st.SearchStrategy[Any] = st.one_of(
    st.builds(SnapshotsResponse, heads=st.lists(heads, max_size=2).map(tuple)),
    st.builds(LinksResponse, links=st.lists(validator_links, max_size=2).map(tuple)),
    st.builds(ChunkResponse, chunk=st.none() | st.binary(max_size=20)),
    st.builds(PayloadResponse, part=st.none() | st.binary(max_size=20)),
)


@st.composite
def responses(draw: st.DrawFn) -> Any:
    """Consecutive blocks, transactions, or parts of snapshots."""
    if draw(st.booleans()):
        return draw(snapshot_responses)
    if draw(st.booleans()):
        return TransactionsResponse(transactions=tuple(draw(st.lists(transactions(), max_size=3))))
    first, count = draw(st.integers(1, 1_000)), draw(st.integers(0, 2))
    return BlocksResponse(blocks=tuple(draw(final_blocks(first + index)) for index in range(count)))


@st.composite
def announcements(draw: st.DrawFn) -> Announcement:
    """A header with a certificate that names it."""
    head = draw(headers)
    return Announcement(header=head, certificate=draw(commits(head.height, header.header_id(head))))


def _at(head: Header, height: int) -> Header:
    parts = {name: getattr(head, name) for name in Header.__slots__}
    return Header(**{**parts, "height": Height(height)})


secrets = st.builds(
    PrivateField,
    salt=st.binary(min_size=16, max_size=16),
    name=st.text(min_size=1, max_size=9),
    value=st.binary(max_size=20),
)
payloads = st.lists(secrets, min_size=1, max_size=4, unique_by=lambda one: one.name).map(tuple)
envelopes = st.builds(
    Envelope,
    sealed=st.binary(min_size=1, max_size=30),
    keys=st.lists(
        st.tuples(st.text("abc-", min_size=1, max_size=9), st.binary(min_size=80, max_size=80)),
        min_size=1,
        max_size=3,
        unique_by=lambda one: one[0],
    ).map(lambda found: tuple(sorted(found))),
)
disclosures = st.builds(
    Disclosure,
    chain_id=st.text("abc-", min_size=1, max_size=9),
    owner=st.text("abc-", min_size=1, max_size=9),
    tree=hashes,
    field=secrets,
    index=st.integers(0, 255),
    size=st.integers(1, 256),
    path=st.lists(hashes, max_size=8).map(tuple),
)
