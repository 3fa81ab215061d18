"""Effects that a node carries out in order: the replica's answers. Those after a ``Persist`` wait until it is
durable.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from p2pchain.mempool.pool_entry import Dropped
from p2pchain.model.block import Header
from p2pchain.model.chain import Block, BlockRecord
from p2pchain.model.errors import Fact, Fault
from p2pchain.model.ids import Height, PeerId
from p2pchain.model.messages import FetchRequest, FetchResponse, LinkMessage
from p2pchain.model.safety import LockState, Position
from p2pchain.model.voting import CommitCertificate, PolkaCertificate, Proposal, VoteContent
from p2pchain.replica.inputs import Timer


@dataclass(frozen=True, slots=True, kw_only=True)
class SignVote:
    """Guard, sign, make durable, then report ``OwnMessageSigned``. ``block``: that which this vote locks, if
    any.
    """

    content: VoteContent
    validator: int
    lock: LockState
    block: Block | None
    polka: PolkaCertificate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignProposal:
    """Like ``SignVote``; ``proposal`` has an empty signature."""

    proposal: Proposal
    lock: LockState
    block: Block
    polka: PolkaCertificate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignHeight:
    """Sign that the own key works on this height, in answer to a challenge; reported as ``HeightSigned``. It
    needs no guard and no disk: it binds nobody.
    """

    height: Height
    challenge: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StopSigning:
    """The own key is not ours alone, or its memory is lost: sign nothing any more, in later lives too, and
    report ``SigningStopped``. ``position``: of the signature that showed it, if it was one.
    """

    code: str
    facts: tuple[tuple[str, Fact], ...]
    position: Position | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Persist:
    """Append a final block to the chain log and make it durable."""

    record: BlockRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """A block is final and durable: wake whoever waits for it. From here on, lower heights must not be
    signed.
    """

    record: BlockRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Send to one peer; may be lost."""

    peer: PeerId
    message: LinkMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Broadcast:
    """Send to every connected peer; may be lost."""

    message: LinkMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce:
    """Publish on the block topic."""

    header: Header
    certificate: CommitCertificate


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTimer:
    """Report ``timer`` after ``delay_ms``; an equal timer that is still running is replaced."""

    timer: Timer
    delay_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinueExecution:
    """Report ``ExecutionDue`` once inputs that wait already had their turn: a block is being executed. At
    most one is under way.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """Ask a peer; the answer, or its failure after ``deadline_ms``, comes back as ``FetchCompleted``."""

    peer: PeerId
    request: FetchRequest
    deadline_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Respond:
    """Answer a peer's request."""

    peer: PeerId
    request_id: int
    response: FetchResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeBlocks:
    """Answer a peer's request from the chain log: final blocks from ``first`` on, at most ``count``."""

    peer: PeerId
    request_id: int
    first: Height
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Answer a client with the fault of each transaction that it submitted: None where it waits to be decided
    now.
    """

    ticket: int
    results: tuple[Fault | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionsDropped:
    """Transactions that waited here wait no longer, undecided: their clients get the reason."""

    dropped: tuple[Dropped, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Penalise:
    """A peer broke the protocol."""

    peer: PeerId
    fault: Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveOut:
    """Leave out the transactions that a peer pushes, unread, for so long: more of them wait than blocks
    take.
    """

    peer: PeerId
    for_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something an operator may want to read: an event name with fields, for the log."""

    name: str
    facts: tuple[tuple[str, Fact], ...]


Effect = (
    SignVote
    | SignProposal
    | SignHeight
    | StopSigning
    | Persist
    | Committed
    | Send
    | Broadcast
    | Announce
    | SetTimer
    | ContinueExecution
    | Fetch
    | Respond
    | ServeBlocks
    | Answer
    | TransactionsDropped
    | Penalise
    | LeaveOut
    | Notice
)

Emit = Callable[[Effect], None]
"""Takes effects in the order in which they must be carried out."""
