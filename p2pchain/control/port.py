"""Port of the control socket: it is owned here and implemented by the node."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from p2pchain.control.job_port import JobPort
from p2pchain.control.list_pages import ListPort
from p2pchain.control.readers import ChainReader
from p2pchain.control.time_share import TimeShare
from p2pchain.model.errors import Fault
from p2pchain.model.ids import ChainId, Height, PublicKey, TxId
from p2pchain.model.query import SignedQuestion
from p2pchain.model.transaction import Transaction, Value
from p2pchain.proofs.trust import Beginning

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]
"""What may stand in an answer."""

Lines = AsyncGenerator[bytes, None]
"""Pieces of an answer as they come, each of whole lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Result of one submitted transaction. ``fault``: why it was not admitted. ``committed``: the JSON of the
    final transaction with its receipt (see ``tx``), None where nobody waited or it is not final yet.
    """

    tx_id: TxId
    fault: Fault | None
    committed: Mapping[str, Json] | None


class PrivatePort(Protocol):
    """Sealed payloads that this node keeps."""

    async def keep(self, root: bytes, envelope: bytes) -> None:
        """Keep a sealed payload. Raises ``Refused``: ``CODEC_...``, ``PRIV_DIGEST``."""
        ...

    async def read(self, root: bytes) -> bytes:
        """Read a payload as it is sealed. Raises ``Refused("PRIV_NOT_HERE")``."""
        ...

    async def purge(self, root: bytes) -> bool:
        """Unlink this node's copy; return whether there was one."""
        ...


class ProofPort(Protocol):
    """Files that prove something to somebody who trusts ``beginning`` and no node."""

    async def prove(self, keys: Sequence[bytes], beginning: Beginning) -> bytes:
        """Prove these keys of the state, as of the newest block. Raises ``Refused``: ``PROOF_KEYS``,
        ``PROOF_NOTHING_FINAL``, ``PROOF_TRUSTED``, ``HEIGHT_PRUNED``, ``HEIGHT_UNKNOWN``.
        """
        ...

    async def prove_transaction(self, tx_id: TxId, beginning: Beginning) -> bytes:
        """Prove a transaction and its receipt. Raises ``Refused``: ``TX_UNKNOWN``, ``PROOF_TRUSTED``,
        ``PROOF_TRUSTED_LATER``, ``HEIGHT_PRUNED``, ``HEIGHT_UNKNOWN``.
        """
        ...


class PoolPort(Protocol):
    """The pool of this node, and the operator's brake on it. Orders concern this node alone."""

    def show(self) -> Mapping[str, Json]:
        """Show the size of the pool and its bounds; per organisation ``org``, ``transactions``, ``bytes``,
        ``oldest_ms``; the ``oldest`` transactions; ``refused`` senders.
        """
        ...

    def drop(self, tx_id: TxId) -> Mapping[str, Json]:
        """Drop a waiting transaction. Raises ``Refused("TX_UNKNOWN")``."""
        ...

    async def refuse(self, sender: str) -> Mapping[str, Json]:
        """Take nothing of an organisation or account from now on. Answers all that are refused:
        ``organisations``, ``accounts``. Raises ``Refused``: ``SENDER_UNKNOWN``, ``SENDERS_TOO_MANY``.
        """
        ...

    async def allow(self, sender: str) -> Mapping[str, Json]:
        """Take transactions of a refused sender again. Answers like ``refuse``. Raises
        ``Refused("SENDER_UNKNOWN")``.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EventChoice:
    """Events that a stream shows. ``sees``: of an event and the signers of its transaction; ``write``: a
    line; ``after``: height and place of the last event that the client has, which is not shown again;
    ``share``: turns in which the stream reads.
    """

    sees: Callable[[Mapping[str, Any], Sequence[PublicKey]], bool]
    write: Callable[[Mapping[str, Any]], bytes]
    after: tuple[int, int]
    share: TimeShare


class RightsPort(Protocol):
    """Rights of those who read over the gateway. What they may not raises ``Refused``: ``NOT_A_PARTY``, or
    ``GATEWAY_UNSIGNED`` where nobody signed.
    """

    def reader(self, account: PublicKey) -> ChainReader:
        """Return who reads with an account's key. Raises ``Refused``: ``ACCOUNT_STRANGER`` for a key that no
        account has, ``ACCOUNT_FROZEN``.
        """
        ...

    def require_transaction(self, reader: ChainReader, transaction: Mapping[str, Any]) -> None:
        """Accept that a reader sees a transaction, as ``NodePort.tx`` shows it."""
        ...

    def require_signers(self, reader: ChainReader, signers: Sequence[PublicKey]) -> None:
        """Accept that a reader asks something in the name of all these accounts: of its own organisation."""
        ...

    def require_keys(self, reader: ChainReader, keys: Sequence[bytes]) -> None:
        """Accept that a reader sees the records under keys of the state."""
        ...

    def may_see(self, reader: ChainReader, event: Mapping[str, Any], signers: Sequence[PublicKey]) -> bool:
        """Decide whether a reader sees an event, as a line shows it; ``signers``: of its transaction."""
        ...

    def concerns(self, org: str, event: Mapping[str, Any], signers: Sequence[PublicKey]) -> bool:
        """Decide whether an organisation has a part in an event."""
        ...

    def cut(
        self,
        reader: ChainReader,
        module: str,
        name: str,
        args: Mapping[str, Any],
        answer: Mapping[str, Json],
    ) -> Mapping[str, Json]:
        """Return as much of a query's answer as a reader sees. Raises ``Refused``: ``GATEWAY_UNSIGNED``,
        ``NOT_A_PARTY``.
        """
        ...

    def may_know_why(self, reader: ChainReader, module: str, name: str) -> bool:
        """Return whether a reader may have the facts of a query's refusal."""
        ...


class NodePort(Protocol):
    """Answers about the node, as JSON; all times in milliseconds, sizes in bytes. Unknown things raise
    ``Refused``.
    """

    @property
    def chain_id(self) -> ChainId:
        """The chain of the node."""
        ...

    @property
    def rights(self) -> RightsPort:
        """Rights of readers over the gateway."""
        ...

    def status(self) -> Mapping[str, Json]:
        """Return the status: node, org, chain_id, peer_id, validator, height, block_id, state_root, round,
        peers, mempool, syncing, health, faults_tolerated, reasons, warnings; and version, block_time_ms,
        block_age_ms (by the monotonic clock), uptime_ms, genesis_id, tx_valid_ms_max.
        """
        ...

    def peers(self) -> Sequence[Mapping[str, Json]]:
        """R"""
        ...

    async def connect_peer(self, which: str) -> Mapping[str, Json]:
        """Dial a peer now and wait some seconds for its link. ``which``: name or peer id of a member's
        node. Answers ``name``, ``peer_id``, ``connected``, ``banned``. Raises ``Refused``: ``PEER_UNKNOWN``,
        ``PEER_BANNED``, ``PEER_NO_ADDRESS``, ``PEER_UNREACHABLE``."""
        ...

    def disconnect_peer(self, which: str) -> Mapping[str, Json]:
        """End a peer's link, which comes back by itself. Answers like ``connect_peer``. Raises ``Refused``:
        ``PEER_UNKNOWN``, ``PEER_NOT_CONNECTED``."""
        ...

    async def ban_peer(self, which: str) -> Mapping[str, Json]:
        """Keep a peer out until it is unbanned, over restarts too. Answers like ``connect_peer``. Raises
        ``Refused("PEER_UNKNOWN")``."""
        ...

    async def unban_peer(self, which: str) -> Mapping[str, Json]:
        """Let a peer in again. Answers like ``connect_peer``. Raises ``Refused("PEER_UNKNOWN")``."""
        ...

    def consensus(self) -> Mapping[str, Json]:
        """Return the height in progress: round, step, proposer, per round the votes, locks, rotation."""
        ...

    def validators(self) -> Sequence[Mapping[str, Json]]:
        """R"""
        ...

    @property
    def pool(self) -> PoolPort:
        """The pool."""
        ...

    def evidence(self) -> Sequence[Mapping[str, Json]]:
        """Return the equivocations that blocks recorded."""
        ...

    async def rehearse(self, transaction: Transaction) -> Mapping[str, Json]:
        """Try a transaction on the state of now as if all whom it names had signed it; nothing is changed.
        ``height``, ``refusals``: of each operation that would be refused ``operation`` (its place; null where
        the signers are refused), ``code``, ``facts``. Raises ``Invalid`` where no block could hold it.
        """
        ...

    def members(self) -> Sequence[Mapping[str, Json]]:
        """Return the organisations with roles, accounts and nodes."""
        ...

    def parameters(self) -> Mapping[str, Json]:
        """Return the parameters of the chain for the next block, by name."""
        ...

    def modules(self) -> Sequence[Mapping[str, Json]]:
        """Return the modules with the versions that the chain runs and this software has: module, in_force,
        since, digest, scheduled, scheduled_height, scheduled_digest, suspended, software, codes, members.
        """
        ...

    async def block(self, height: Height | None) -> Mapping[str, Json]:
        """Return a final block by height, the newest for None. Raises ``Refused("BLOCK_UNKNOWN")``."""
        ...

    @property
    def jobs(self) -> JobPort:
        """Long work."""
        ...

    def state(self, key: bytes) -> tuple[bytes | None, int, bytes]:
        """Return what stands under a key of the state, None for nothing, the height after which, and the
        state root.
        """
        ...

    @property
    def lists(self) -> ListPort:
        """Lists of what is final."""
        ...

    async def tx(self, tx_id: TxId) -> Mapping[str, Json]:
        """Return a transaction: ``tx_id``, ``status`` (committed, pending), ``height``, ``index``,
        ``block_id``, ``code``, ``facts``, ``events``, ``operations``. Raises ``Refused("TX_UNKNOWN")``.
        """
        ...

    def query(
        self,
        module: str,
        name: str,
        args: Mapping[str, Value],
        signed: SignedQuestion | None,
        account: PublicKey | None = None,
    ) -> Mapping[str, Json]:
        """Answer a module's query upon committed state, in the name of the account that signed it, of
        ``account``, which signed the request, or of nobody. Raises ``Refused``, ``Invalid``.
        """
        ...

    async def submit(
        self, transactions: Sequence[Transaction], *, wait: bool, timeout_ms: int
    ) -> Sequence[Outcome]:
        """Submit transactions; with ``wait``, return once each admitted one is final or the time is over."""
        ...

    def events(
        self,
        first: Height | None,
        module: str | None,
        *,
        follow: bool,
        choice: EventChoice | None = None,
    ) -> Lines:
        """Stream lines of JSON with the events of accepted transactions from a height on (see
        ``docs/control.md``); with ``follow`` for ever; ``choice``: those of them that are shown, and
        how. Raises ``Refused``: ``HEIGHT_PRUNED``, ``HEIGHT_UNKNOWN``, ``TOO_MANY_STREAMS``.
        """
        ...

    @property
    def proofs(self) -> ProofPort:
        """Proof files."""
        ...

    @property
    def private(self) -> PrivatePort:
        """Sealed payloads of our own organisation."""
        ...

    def metrics(self) -> bytes:
        """Return the metrics as Prometheus text."""
        ...
