"""Inputs of the replica: all that can happen to a node."""

from __future__ import annotations

from dataclasses import dataclass

from p2pchain.consensus.types import TimeoutKind
from p2pchain.mempool.pool import PoolLimits
from p2pchain.mempool.refused_senders import RefusedSenders
from p2pchain.model.ids import BlockId, Height, PeerId, PublicKey, Round, TxId
from p2pchain.model.messages import FetchRequest, FetchResponse, HeightStatement, LinkMessage
from p2pchain.model.transaction import Transaction
from p2pchain.model.voting import CommitCertificate, Proposal, Vote

# Timers: set by an effect, told back as an input. A timer that no longer matters is ignored.


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginHeight:
    """Enter round 0 of this height: there is something to decide on, or the chain was idle for long
    enough.
    """

    height: Height


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsensusTimeout:
    """A timeout of the voting algorithm."""

    height: Height
    kind: TimeoutKind
    round: Round


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryDue:
    """Send every peer our position, though nothing changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandDue:
    """Our height, round and step may have lasted long enough to be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchDue:
    """Push the transactions that entered here since the last batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnounceDue:
    """Announce transactions that some peers may still lack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BodiesDue:
    """Fetch the transactions that a proposal names and nobody has pushed yet."""

    block_id: BlockId


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncDue:
    """Look for peers ahead of us; also applies the next block that is already here."""


Timer = BeginHeight | ConsensusTimeout | SummaryDue | StandDue | BatchDue | AnnounceDue | BodiesDue | SyncDue


# Inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The node is up: first input, once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerConnected:
    """A member's link is open. ``validator``: the consensus key that its hello proved, if any; ``address``:
    where it is, as people read it.
    """

    peer: PeerId
    validator: PublicKey | None = None
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerDisconnected:
    """A member's link is gone."""

    peer: PeerId


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived:
    """A well-formed message came over a link; nothing in it is verified."""

    peer: PeerId
    message: LinkMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateAnnounced:
    """A certificate came over the block topic; nothing in it is verified."""

    peer: PeerId
    certificate: CommitCertificate


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionsSubmitted:
    """A client submits transactions; answered by ``Answer`` with the same ``ticket``."""

    ticket: int
    transactions: tuple[Transaction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionUnwanted:
    """The operator drops a waiting transaction from this node's pool."""

    tx_id: TxId


@dataclass(frozen=True, slots=True, kw_only=True)
class SendersRefused:
    """The operator takes nothing of these senders from now on, and of all others again."""

    refused: RefusedSenders


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolLimitsSet:
    """The operator sets other limits of the pool; what waits beyond them makes room as others come."""

    limits: PoolLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRequested:
    """A peer asks for blocks or transactions."""

    peer: PeerId
    request_id: int
    request: FetchRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchCompleted:
    """Result of a ``Fetch``; ``response`` is None where it failed."""

    peer: PeerId
    request: FetchRequest
    response: FetchResponse | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnMessageSigned:
    """An own message is signed and durable."""

    message: Proposal | Vote


@dataclass(frozen=True, slots=True, kw_only=True)
class HeightSigned:
    """The answer to a peer's question is signed."""

    statement: HeightStatement


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningRefused:
    """The guard would not sign: something else was signed there before."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningStopped:
    """The own key signs nothing any more; the node follows like an observer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionDue:
    """It is the turn of the execution that ``ContinueExecution`` asked to continue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerElapsed:
    """A timer that ``SetTimer`` asked for."""

    timer: Timer


Input = (
    Started
    | PeerConnected
    | PeerDisconnected
    | MessageReceived
    | CertificateAnnounced
    | TransactionsSubmitted
    | TransactionUnwanted
    | SendersRefused
    | PoolLimitsSet
    | FetchRequested
    | FetchCompleted
    | OwnMessageSigned
    | HeightSigned
    | SigningRefused
    | SigningStopped
    | TimerElapsed
    | ExecutionDue
)
