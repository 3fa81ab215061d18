"""Messages between two nodes, on a link and on the fetch stream."""

from __future__ import annotations

from dataclasses import dataclass

from p2pchain.model.block import Header
from p2pchain.model.chain import FinalBlock
from p2pchain.model.ids import BlockId, ChainId, Height, PublicKey, Round, Signature, TxId
from p2pchain.model.snapshot import SnapshotHead, ValidatorLink
from p2pchain.model.transaction import Transaction
from p2pchain.model.voting import CommitCertificate, PolkaCertificate, Proposal, Vote

FETCH_BLOCKS_MAX = 64
"""Most blocks in one answer; an answer also ends before it passes ``FETCH_ANSWER_BYTES_MAX``."""
FETCH_ANSWER_BYTES_MAX = 900_000
FETCH_TX_IDS_MAX = 2_000
SNAPSHOTS_OFFERED_MAX = 4
"""Most heads in one answer."""
PAYLOAD_PART_BYTES = 262_144
PAYLOAD_PARTS_MAX = 8
"""Parts of a sealed payload."""
FETCH_LINKS_MAX = 64
"""Most links in one answer; it also ends before it passes ``FETCH_ANSWER_BYTES_MAX``."""
ANNOUNCED_IDS_MAX = 2_000
BATCH_BYTES_MAX = 65_536
"""A batch of transactions closes when it has reached this size; one transaction may pass it."""
BATCH_TRANSACTIONS_MAX = 1_024
SUMMARY_ROUNDS_MAX = 16
CHALLENGE_BYTES = 16
SOFTWARE_CHARS_MAX = 32
"""Longest name of a release."""
FRAME_BYTES_MAX = 4_194_304
"""Largest frame on a link or fetch stream; a block bigger than an answer's bound travels alone."""

assert FETCH_ANSWER_BYTES_MAX < FRAME_BYTES_MAX, "an answer fits a frame"
assert PAYLOAD_PART_BYTES < FETCH_ANSWER_BYTES_MAX, "so does a part of a payload"
assert BATCH_TRANSACTIONS_MAX <= ANNOUNCED_IDS_MAX, "what was pushed at once is announced at once"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleCode:
    """A version of a module that a node's software has, with the digest of its code: 32 bytes."""

    module: str
    version: int
    digest: bytes


MODULE_NAME_CHARS_MAX = 32
"""Longest name of a module: of a-z, 0-9, _ and -."""
MODULE_VERSION_MAX = 65_535
MODULE_CODES_MAX = 64
"""Most versions of modules that one software has: a hello names them, and an organisation on the chain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """First frame both ways. A validator proves its consensus key by signing the chain, genesis and its own
    peer id. ``software``: release of the node, ``modules``: the code of its modules, both for people.
    """

    version: int
    software: str
    chain_id: ChainId
    genesis_id: bytes
    node: str
    consensus_key: PublicKey | None
    signature: Signature | None
    modules: tuple[ModuleCode, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """Heartbeat; the answer carries the same ``token``."""

    token: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pong:
    """Answer to a ping; ``wall_ms``: the clock of whoever answers, in milliseconds since 1970."""

    token: int
    wall_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionBatch:
    """Transactions pushed by the node where they entered the network."""

    transactions: tuple[Transaction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionsHeld:
    """Ids of transactions that the sender holds and the receiver may lack."""

    tx_ids: tuple[TxId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundView:
    """Votes of one round that the sender holds: bitmaps have bit ``i`` set for validator ``i``'s vote."""

    round: Round
    proposal: bool
    prevotes: int
    precommits: int
    polka: bool
    """Whether the sender holds prevotes of a quorum for one block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundSummary:
    """Position of the sender: the height it works on, round and step there, and its votes (ascending rounds).

    ``step``: 0 new height, 1 propose, 2 prevote, 3 precommit.
    """

    height: Height
    round: Round
    step: int
    rounds: tuple[RoundView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteMessage:
    """One vote."""

    vote: Vote


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalMessage:
    """One proposal."""

    proposal: Proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class PolkaMessage:
    """Prevotes of a quorum, as one input."""

    polka: PolkaCertificate


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitMessage:
    """The certificate of a height that is decided."""

    certificate: CommitCertificate


@dataclass(frozen=True, slots=True, kw_only=True)
class HeightQuestion:
    """Ask all validators, over whatever links, which height they work on. ``challenge``: nobody could know
    it before.
    """

    challenge: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class HeightStatement:
    """The height that a validator works on, signed in answer to the challenge of a question."""

    height: Height
    challenge: bytes
    validator: PublicKey
    signature: Signature


LinkMessage = (
    Hello
    | Ping
    | Pong
    | TransactionBatch
    | TransactionsHeld
    | RoundSummary
    | VoteMessage
    | ProposalMessage
    | PolkaMessage
    | CommitMessage
    | HeightQuestion
    | HeightStatement
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlocksRequest:
    """Ask for final blocks from ``first`` on, at most ``count``."""

    first: Height
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionsRequest:
    """Ask for transactions by id; ``block_id`` names the proposal they belong to, or None."""

    tx_ids: tuple[TxId, ...]
    block_id: BlockId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotsRequest:
    """Ask which snapshots the peer holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinksRequest:
    """Ask for links of the snapshot of ``height``, from number ``first`` on (from 0)."""

    height: Height
    first: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkRequest:
    """Ask for one chunk of the snapshot of ``height`` (from 0)."""

    height: Height
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PayloadRequest:
    """Ask for one part, of ``PAYLOAD_PART_BYTES``, of the sealed payload under ``root`` (from 0)."""

    root: bytes
    index: int


FetchRequest = (
    BlocksRequest | TransactionsRequest | SnapshotsRequest | LinksRequest | ChunkRequest | PayloadRequest
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlocksResponse:
    """Consecutive final blocks from the height asked for; empty where the peer has none."""

    blocks: tuple[FinalBlock, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionsResponse:
    """Those of the transactions asked for that the peer holds."""

    transactions: tuple[Transaction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotsResponse:
    """Heads of the snapshots that the peer holds, ascending by height."""

    heads: tuple[SnapshotHead, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinksResponse:
    """Consecutive links from the one asked for; empty behind the last, or where the snapshot is gone."""

    links: tuple[ValidatorLink, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkResponse:
    """The chunk as it is stored, nothing in it read or checked; None where the peer has it no more."""

    chunk: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PayloadResponse:
    """The part; None where the peer has the payload not, or not for who asks."""

    part: bytes | None


FetchResponse = (
    BlocksResponse
    | TransactionsResponse
    | SnapshotsResponse
    | LinksResponse
    | ChunkResponse
    | PayloadResponse
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """A committed block on the block topic: header and certificate; whoever lacks the block fetches it."""

    header: Header
    certificate: CommitCertificate
