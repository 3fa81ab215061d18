"""The ledger: the committed state, what may enter a block, what a block does, and what can be asked.

``execute`` computes on overlays and changes nothing; ``commit`` takes what was computed. A node may execute
several proposals of a height and commit one of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from p2pchain.crypto import ed25519
from p2pchain.ledger.admission import Admission
from p2pchain.ledger.block_run import BlockRun, Execution
from p2pchain.ledger.block_selection import select
from p2pchain.ledger.consortium import membership
from p2pchain.ledger.consortium.governance.proposal import NAME as GOVERNANCE
from p2pchain.ledger.context import View
from p2pchain.ledger.execution import Executor, signers_of
from p2pchain.ledger.genesis_state import genesis_values
from p2pchain.ledger.meter import QUERY_WORK_MAX, Meter
from p2pchain.ledger.module import Json, Module
from p2pchain.ledger.operation import check, require_not_suspended, setting_of
from p2pchain.ledger.postponement import postponed
from p2pchain.ledger.refusals import AccountUnknown
from p2pchain.ledger.replay_window import ReplayWindow
from p2pchain.ledger.signer import Signer
from p2pchain.ledger.snapshot import Frozen
from p2pchain.ledger.state import Overlay, Reader, State
from p2pchain.ledger.system import (
    MODULE_VERSIONS,
    PARAMETERS_KEY,
    ROTATION_KEY,
    SUSPENDED_KEY,
    VALIDATORS,
    decode_parameters,
    evidence_key,
    failing,
)
from p2pchain.ledger.timed_records import TimedRecords
from p2pchain.ledger.validators import CHANGE_DELAY, read_history
from p2pchain.ledger.versions import Edition, Missing, RunningModules, Software
from p2pchain.model.chain import StateChange
from p2pchain.model.errors import Fact, Invalid, Refused
from p2pchain.model.genesis import Genesis, Member
from p2pchain.model.ids import GENESIS_HEIGHT, Height, OrgId, PublicKey
from p2pchain.model.parameters import Parameters
from p2pchain.model.steps import finish
from p2pchain.model.transaction import Transaction, Value, VerifiedTransaction
from p2pchain.model.validators import ValidatorSet
from p2pchain.model.voting import Evidence
from p2pchain.proofs.state import StateProof
from p2pchain.proofs.verifier import Check, Verifier

MEMBERSHIP = membership.NAME.encode() + b"/"
NODES = (MEMBERSHIP + membership.NODE, MEMBERSHIP + membership.ADDRESS)
WATCHED = (VALIDATORS, MODULE_VERSIONS, MEMBERSHIP, *NODES, PARAMETERS_KEY, SUSPENDED_KEY)
"""Beginnings of the keys of what the ledger keeps decoded."""


class Ledger:
    """State, membership and replay window after ``height``; made by ``from_genesis`` or ``restore``."""

    __slots__ = (
        "_accounts",
        "_height",
        "_incoming",
        "_members",
        "_modules",
        "_parameters",
        "_state",
        "_time_ms",
        "_validators",
        "_verifier",
        "_window",
    )

    def __init__(
        self,
        *,
        verifier: Verifier,
        software: Software,
        values: Mapping[bytes, bytes],
        window: ReplayWindow,
        height: Height,
        time_ms: int,
    ) -> None:
        """``values``: the whole state after ``height``; ``window``: what it remembers of blocks up to it."""
        self._verifier = verifier
        self._state = State(values)
        self._window = window
        self._height = height
        self._time_ms = time_ms
        self._validators = read_history(self.walk(VALIDATORS))
        self._modules = RunningModules(software, self._state, height)
        self._accounts: dict[PublicKey, Signer] = {}
        self._parameters = self._stored_parameters()
        self._members = membership.members_of(self._view(membership.NAME, self._state, ()))
        self._incoming = self._admission(Height(height + 1))

    @classmethod
    def from_genesis(
        cls, genesis: Genesis, modules: Sequence[Module], check: Check = ed25519.verify
    ) -> Ledger:
        """The ledger before the first block; ``Refused("GENESIS_...")`` where it contradicts itself.
        ``modules``: all that this software has; ``check``: the signature rule, another in a simulator alone.
        """
        software = Software(modules)
        verifier = Verifier(genesis.chain_id, check)
        return cls(
            verifier=verifier,
            software=software,
            values=genesis_values(genesis, software.at_genesis, verifier),
            window=ReplayWindow(),
            height=GENESIS_HEIGHT,
            time_ms=genesis.time_ms,
        )

    @property
    def height(self) -> Height:
        """Height of the last committed block; 0 at genesis."""
        return self._height

    @property
    def time_ms(self) -> int:
        """Time of the last committed block, or of the genesis."""
        return self._time_ms

    @property
    def state_root(self) -> bytes:
        """Root of the committed state: 32 bytes."""
        return self._state.trie.root

    @property
    def parameters(self) -> Parameters:
        """The parameters of the next block."""
        return self._parameters

    @property
    def validators(self) -> ValidatorSet:
        """The validators of the next block."""
        return self.validators_at(self._height + 1)

    @property
    def next_validators(self) -> ValidatorSet:
        """The validators of the block after the next."""
        return self.validators_at(self._height + 2)

    @property
    def validator_sets(self) -> tuple[ValidatorSet, ...]:
        """List the state's validator sets, ascending by their first height."""
        return self._validators.sets

    def validators_at(self, height: int) -> ValidatorSet:
        """The validators of a height, whose votes count there: from about ``EVIDENCE_AGE_MAX`` heights below
        the tip to two above it. ``Refused("VALIDATORS_UNKNOWN")`` for any other height.
        """
        highest = self._height + CHANGE_DELAY
        if height > highest:
            facts: dict[str, Fact] = {"height": height, "highest": highest}
            raise Refused("VALIDATORS_UNKNOWN", facts, "blocks that are still to come may change them")
        return self._validators.at(height)

    @property
    def members(self) -> tuple[Member, ...]:
        """Nodes that may connect, by the order of their peer keys."""
        return self._members

    @property
    def edition(self) -> Edition:
        """Return the modules of the next block, and those this software lacks."""
        return self._modules.edition

    @property
    def missing(self) -> tuple[Missing, ...]:
        """List module versions that this software lacks from the next block on, the earliest first."""
        return self._modules.missing

    @property
    def module_versions(self) -> list[Json]:
        """For people: the version of each module in the next block, the scheduled one, and those here."""
        return self._modules.described

    def check(self, transaction: Transaction) -> OrgId:
        """Accept a transaction to wait for the next blocks, or raise ``Refused("TX_...")``; business rules
        come later. Returns the organisation to which it counts: that of its first signer that has an account.

        What is accepted here may be in the next block, and its signers, actions and arguments are known and
        well formed. Signatures are not checked here.
        """
        if (fault := self._incoming.fault(transaction)) is not None:
            raise fault
        accounts = signers_of(transaction.body, Overlay(self._state), self._account_of)
        for operation in transaction.body.operations:
            check(self._modules.edition.catalogue, operation)
            require_not_suspended(self._modules.schedule.suspended, operation)
        return accounts[0].org

    def organisation_of(self, signers: Iterable[PublicKey]) -> OrgId | None:
        """The organisation of the first of these keys that has an account; None where none has."""
        accounts = (self._account_of(signer, Overlay(self._state)) for signer in signers)
        return next((account.org for account in accounts if account is not None), None)

    def selects(
        self, candidates: Iterable[VerifiedTransaction], height: Height, halvings: int = 0
    ) -> tuple[VerifiedTransaction, ...]:
        """Choose the candidates, in order, that the block at ``height`` may hold together. Its bounds are
        halved ``halvings`` times; see ``select``.
        """
        return select(candidates, self._admission(height), halvings)

    def execute(
        self,
        *,
        height: Height,
        time_ms: int,
        transactions: Sequence[VerifiedTransaction],
        evidence: Sequence[Evidence],
        system: Sequence[StateChange],
        fill: bool = False,
        halvings: int = 0,
    ) -> Execution:
        """Execute the next block to its end; arguments as of ``begin``."""
        run = self.begin(
            height=height,
            time_ms=time_ms,
            transactions=transactions,
            evidence=evidence,
            system=system,
            fill=fill,
            halvings=halvings,
        )
        return finish(run.steps())

    def begin(
        self,
        *,
        height: Height,
        time_ms: int,
        transactions: Sequence[VerifiedTransaction],
        evidence: Sequence[Evidence],
        system: Sequence[StateChange],
        fill: bool = False,
        halvings: int = 0,
    ) -> BlockRun:
        """Begin to execute the next block; the committed state stays untouched, and must until it is done.

        ``system``: records under ``system/`` that the node's rules derive from the block; ``fill``: the block
        is built of as many transactions, in order, as its budgets allow, work halved ``halvings`` times.
        ``Invalid("BLOCK_...")`` where the block holds what it may not hold, or its time does not lie above
        its parent's. ``ModuleVersionMissing`` where this software cannot tell.
        """
        assert height == self._height + 1, f"block {height} after {self._height}"
        self._modules.edition.require()
        if time_ms <= self._time_ms:
            facts = {"height": height, "time_ms": time_ms, "parent_time_ms": self._time_ms}
            raise Invalid("BLOCK_TIME", facts)
        executor = Executor(
            overlay=Overlay(self._state),
            height=height,
            time_ms=time_ms,
            admission=self._admission(height, time_ms),
            catalogue=self._modules.edition.catalogue,
            account_of=self._account_of,
            meter=Meter(),
            setting=setting_of(
                self._modules.edition.catalogue,
                self._verifier,
                self.next_validators,
                self._parameters,
                failing(self._state.get(ROTATION_KEY), height),
                self._modules.schedule.suspended,
            ),
        )
        return BlockRun(
            executor,
            base=self._state.trie,
            arriving=self._modules.edition.arriving,
            transactions=transactions,
            evidence=evidence,
            system=system,
            last_records=lambda overlay: self._last_records(overlay, height),
            watched=WATCHED,
            fill=fill,
            work_max=max(self._parameters.block_work_max >> halvings, self._parameters.tx_work_max),
        )

    def commit(self, execution: Execution) -> None:
        """Make what was executed the committed state; it must have been executed on the present one. This is
        done in one go: what costs more than a fraction of a microsecond a key belongs into the execution.
        """
        assert execution.height == self._height + 1, f"commit of {execution.height} after {self._height}"
        assert execution.base_root == self.state_root, "executed on another state"
        self._window.commit(execution.height, execution.replay_keys, self._parameters.tx_lifetime)
        self._state.apply(execution.changes, execution.trie)
        self._height = execution.height
        self._time_ms = execution.time_ms
        if VALIDATORS in execution.watched:
            self._validators = self._validators.after(execution.changes)
        self._modules.committed(self._height, execution.watched)
        self._read_anew(execution.watched)

    def get(self, key: bytes) -> bytes | None:
        """Return the committed value of a whole state key, or None."""
        return self._state.get(key)

    def walk(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Committed keys below a prefix with their values, ascending."""
        for key in self._state.walk(prefix):
            value = self._state.get(key)
            assert value is not None, "a key that is walked has a value"
            yield key, value

    def freeze(self) -> Frozen:
        """State and replay window as they are now; later blocks change nothing of it. About 0.1 µs a key."""
        return Frozen(height=self._height, values=self._state.frozen(), window=self._window.frozen())

    def prove(self, key: bytes) -> StateProof:
        """Proof of a key's value, or of its absence, under ``state_root``."""
        return self._state.trie.prove(key)

    def evidence_known(self, evidence: Evidence) -> bool:
        """Test whether this equivocation is recorded; a block must not repeat it."""
        return self._state.get(evidence_key(evidence)) is not None

    def query(self, module: str, name: str, args: Mapping[str, Value], account: PublicKey | None) -> Json:
        """Answer a module's query from the committed state; ``account``: whoever asks, where that is known.

        ``Refused("QUERY_UNKNOWN")``, ``QUERY_INVALID_ARGS``, ``ACCOUNT_UNKNOWN``, or what the module refuses.
        """
        query = self._modules.reading.query(module, name)
        asker = None if account is None else self._account_of(account, Overlay(self._state))
        if account is not None and asker is None:
            raise AccountUnknown({"public_key": account.hex()})
        meter = Meter(work_max=QUERY_WORK_MAX, code="QUERY_WORK_EXCEEDED")
        view = self._view(module, self._state, () if asker is None else (asker,), meter)
        return query.answer(view, query.read(module, args))

    def _admission(self, height: Height, time_ms: int | None = None) -> Admission:
        return Admission(
            chain_id=self._verifier.chain_id,
            height=height,
            time_ms=self._time_ms + 1 if time_ms is None else time_ms,
            parameters=self._parameters,
            window=self._window,
            timed=TimedRecords(self._state, self.organisation_of),
        )

    def _view(
        self, module: str, reader: Reader, accounts: tuple[Signer, ...], meter: Meter | None = None
    ) -> View:
        return View(
            reader=reader,
            module=module,
            height=self._height,
            time_ms=self._time_ms,
            accounts=accounts,
            publics=self._modules.reading.publics,
            setting=setting_of(self._modules.reading, self._verifier, self.validators, self._parameters),
            meter=meter or Meter(),
        )

    def _read_anew(self, changed: frozenset[bytes]) -> None:
        """Decode changed records again; forget accounts if the membership changed."""
        if MEMBERSHIP in changed:
            self._accounts = {}
        if not changed.isdisjoint(NODES):
            self._members = membership.members_of(self._view(membership.NAME, self._state, ()))
        if PARAMETERS_KEY in changed:
            self._parameters = self._stored_parameters()
        self._incoming = self._admission(Height(self._height + 1))

    def _stored_parameters(self) -> Parameters:
        raw = self._state.get(PARAMETERS_KEY)
        assert raw is not None, "genesis writes the parameters"
        return decode_parameters(raw)

    def _account_of(self, public_key: PublicKey, overlay: Overlay) -> Signer | None:
        """The account of a key; remembered as long as nobody has written to the membership. Strangers are not
        remembered.
        """
        if membership.NAME in overlay.modules:
            return membership.account_of(self._view(membership.NAME, overlay, ()), public_key)
        account = self._accounts.get(public_key)
        if account is None:
            account = membership.account_of(self._view(membership.NAME, self._state, ()), public_key)
            if account is not None:
                self._accounts[public_key] = account
        return account

    def _last_records(self, overlay: Overlay, height: int) -> list[StateChange]:
        """Records that the kernel writes once a block is executed."""
        arriving = self._modules.schedule.arriving_at(height + 1)
        late = postponed(overlay, self._view(GOVERNANCE, overlay, ()), arriving, self.next_validators)
        return [*self._validators.changes(height, self._validators_left(overlay)), *late]

    def _validators_left(self, overlay: Overlay) -> ValidatorSet:
        """The validators as a block leaves them."""
        if membership.NAME not in overlay.modules:
            return self._validators.newest
        return membership.validators_of(self._view(membership.NAME, overlay, ()))
