"""One key over two hosts, moved, robbed of its memory, started and killed in any order: never two words at a
place, and nothing lost for good.

The operator is careful in one thing alone: the key signs on one host at a time. Logs may be emptied, or go
back to a copy that a clean stop has outdated; states are exported, retired, and imported again, old ones too.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from p2pchain.codec.safety import encode_safety_record, position_of
from p2pchain.model.errors import Refused
from p2pchain.model.ids import BlockId, Height, Round
from p2pchain.model.safety import NO_LOCK, Position
from p2pchain.model.voting import Vote, VoteContent, VoteKind
from p2pchain.signing.guard import DoubleSignGuard
from p2pchain.signing.signer import ConsensusSigner
from p2pchain.signing.standing import MarkedLog, Standing, StandingFile, Stop, whole_height
from p2pchain.signing.transfer import RETIRED, GuardState, decode_state, encode_state, merged, state_of
from tests.examples import examples
from tests.unit.codec.codec_keys import key
from tests.unit.codec.codec_vectors import CHAIN
from tests.unit.signing.safety_disk import SafetyDisk

KEY = key("moved")
BLANK = Standing(chain_id=CHAIN, genesis_id=BlockId(bytes(32)), public_key=KEY.public_key)
HOSTS = (0, 1)
BLOCKS = (None, BlockId(b"a" * 32), BlockId(b"b" * 32))


class Host:
    """A home: a log in memory, the rest on disk. ``signer`` is None while it is stopped, or may not sign."""

    def __init__(self, root: Path) -> None:
        self.disk = SafetyDisk()
        self.running = False
        self.signer: ConsensusSigner | None = None
        self._root = root

    def file(self) -> StandingFile:
        return StandingFile(self._root / "consensus.guard", self._root / "consensus.stop", BLANK)

    def latest(self) -> Position | None:
        records = self.disk.records()
        return position_of(records[-1].message) if records else None

    def doubt(self) -> Stop | None:
        file = self.file()
        return file.fault or file.standing.stop or file.standing.doubt(self.latest())

    def start(self, committed_height: int) -> None:
        """As ``node.guarding`` opens a key."""
        file = self.file()
        self.running, self.signer = True, None
        if self.doubt() is None:
            file.mark(self.latest())
            guard = DoubleSignGuard(self.disk.records(), committed_height, file.standing.floor)
            log = MarkedLog(self.disk, file)
            self.signer = ConsensusSigner(key=KEY, chain_id=CHAIN, guard=guard, log=log)

    def stop(self, *, clean: bool) -> None:
        if clean and self.signer is not None:
            self.file().mark(self.latest())
        self.running, self.signer = False, None


class HandoverMachine(RuleBasedStateMachine):
    """Two homes of one key, and a drawer with exported states."""

    @initialize()
    def begin(self) -> None:
        """Host 0 has the key; host 1 has it too, and has not been told anything."""
        self.root = Path(tempfile.mkdtemp())
        self.hosts = []
        for number in HOSTS:
            folder = self.root / str(number)
            folder.mkdir()
            self.hosts.append(Host(folder))
        self.turn = 0
        self.committed_height = 0
        self.states: list[GuardState] = []
        self.outdated: dict[int, tuple[list[bytes], list[int]]] = {}
        self.seen: dict[Position, Vote] = {}

    def teardown(self) -> None:
        shutil.rmtree(self.root)

    @rule()
    def start(self) -> None:
        """Only where it is this host's turn: the operator's one care."""
        if not self.hosts[self.turn].running:
            self.hosts[self.turn].start(self.committed_height)

    @rule(clean=st.booleans())
    def stop(self, clean: bool) -> None:
        """A clean stop outdates what was copied before."""
        host = self.hosts[self.turn]
        if host.running and clean and host.signer is not None:
            payloads, heights = host.disk.payloads, host.disk.heights
            if payloads:
                self.outdated[self.turn] = (payloads[:-1], heights[:-1])
        host.stop(clean=clean)

    @rule(
        kind=st.sampled_from(VoteKind),
        height=st.integers(1, 5),
        round_number=st.integers(0, 2),
        block_id=st.sampled_from(BLOCKS),
    )
    def sign(self, kind: VoteKind, height: int, round_number: int, block_id: BlockId | None) -> None:
        """Ask for a vote; if one leaves, it is the only one of its place."""
        host = self.hosts[self.turn]
        if host.signer is None:
            return
        content = VoteContent(kind=kind, height=Height(height), round=Round(round_number), block_id=block_id)
        try:
            vote = host.signer.sign_vote(content, validator=0, lock=NO_LOCK, block=None, polka=None)
        except Refused:
            return
        self.outdated.pop(self.turn, None)
        assert self.seen.setdefault(position_of(vote), vote) == vote

    @rule(empty=st.booleans())
    def lose(self, empty: bool) -> None:
        """The log of the stopped host is emptied, or goes back behind its last clean stop."""
        host = self.hosts[self.turn]
        if host.running or not host.disk.payloads:
            return
        if empty:
            host.disk.payloads, host.disk.heights = [], []
        elif self.turn in self.outdated:
            payloads, heights = self.outdated[self.turn]
            host.disk.payloads, host.disk.heights = list(payloads), list(heights)
        else:
            return
        floor = host.file().standing.floor
        assert host.doubt() is not None or (floor is not None and floor >= max(self.seen))

    @rule()
    def move(self) -> None:
        """Exported with retirement here, imported there, where the key then has its turn."""
        old, new = self.hosts[self.turn], self.hosts[1 - self.turn]
        if old.running or old.doubt() is not None:
            return
        state = decode_state(encode_state(state_of(old.file().standing, old.disk.records())))
        old.file().stop(Stop(code=RETIRED, facts={}), state.signed_to)
        self.states.append(state)
        try:
            self._import(new, state)
        except Refused:
            # It never signed there since: its own retirement is as new. The last resort brings it back.
            floor = max((place[0] for place in self.seen), default=0)
            file = new.file()
            file.put(replace(file.standing.floored(whole_height(floor)), stop=None))
        self.turn = 1 - self.turn

    @rule(data=st.data())
    def import_something_old(self, data: st.DataObject) -> None:
        """Any state from the drawer, where the turn is; it lowers nothing."""
        host = self.hosts[self.turn]
        if host.running or not self.states:
            return
        known = host.file().standing.signed_to(host.latest())
        try:
            self._import(host, data.draw(st.sampled_from(self.states)))
        except Refused:
            return
        after = host.file().standing.signed_to(host.latest())
        assert known is None or (after is not None and after >= known)

    @rule(height=st.integers(0, 4))
    def commit(self, height: int) -> None:
        """A height is decided."""
        self.committed_height = max(self.committed_height, height)
        signer = self.hosts[self.turn].signer
        if signer is not None:
            signer.committed(self.committed_height)

    @invariant()
    def the_other_host_is_never_ready(self) -> None:
        """Whoever has had the key and gave it away signs nothing, if somebody starts it all the same."""
        if not hasattr(self, "hosts"):
            return
        other = self.hosts[1 - self.turn]
        if other.file().standing.mark is not None:
            assert other.doubt() is not None

    def _import(self, host: Host, state: GuardState) -> None:
        file = host.file()
        after, added = merged(file.standing, host.disk.records(), state)
        for record in added:
            host.disk.append(record.height, encode_safety_record(record))
        file.put(after)


HandoverMachine.TestCase.settings = settings(max_examples=examples(25), stateful_step_count=40, deadline=None)
TestHandover = HandoverMachine.TestCase
