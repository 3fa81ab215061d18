"""Whatever is asked, in whatever order, over restarts and failing disks: one place, one message, for ever."""

from __future__ import annotations

import contextlib

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from p2pchain.codec.safety import position_of
from p2pchain.codec.voting import vote_sign_bytes
from p2pchain.crypto import ed25519
from p2pchain.model.errors import Refused
from p2pchain.model.ids import BlockId, Height, Round
from p2pchain.model.safety import NO_LOCK
from p2pchain.model.voting import Vote, VoteContent, VoteKind
from tests.examples import examples
from tests.unit.codec.codec_keys import key
from tests.unit.codec.codec_vectors import CHAIN
from tests.unit.signing.safety_disk import SafetyDisk, WriteFailed

KEY = key("guarded")
BLOCKS = (None, BlockId(b"a" * 32), BlockId(b"b" * 32))


class GuardMachine(RuleBasedStateMachine):
    """A validator that asks for anything; the world remembers all that ever left it."""

    def __init__(self) -> None:
        super().__init__()
        self.disk = SafetyDisk()
        self.committed_height = 0
        self.signer = self.disk.signer(KEY)
        self.seen: dict[tuple[int, int, int], Vote] = {}

    @rule(
        kind=st.sampled_from(VoteKind),
        height=st.integers(1, 4),
        round_number=st.integers(0, 3),
        block_id=st.sampled_from(BLOCKS),
        disk=st.sampled_from(("works", "works", "works", "fails before", "fails after")),
    )
    def sign(
        self, kind: VoteKind, height: int, round_number: int, block_id: BlockId | None, disk: str
    ) -> None:
        """Ask for a vote; if one leaves, it is the only one of its place and lies on the disk already."""
        wanted = VoteContent(kind=kind, height=Height(height), round=Round(round_number), block_id=block_id)
        self.disk.fail_before = disk == "fails before"
        self.disk.fail_after = disk == "fails after"
        try:
            signed = self.signer.sign_vote(wanted, validator=0, lock=NO_LOCK, block=None, polka=None)
        except (Refused, WriteFailed):
            return
        finally:
            self.disk.fail_before = self.disk.fail_after = False
        ed25519.verify(KEY.public_key, signed.signature, vote_sign_bytes(CHAIN, wanted))
        place = position_of(signed)
        assert self.seen.setdefault(place, signed) == signed
        assert signed in [record.message for record in self.disk.records()]
        assert height > self.committed_height

    @rule()
    def restart(self) -> None:
        """The process dies and starts from what the disk has."""
        self.signer = self.disk.signer(KEY, self.committed_height)

    @rule(height=st.integers(0, 3))
    def commit(self, height: int) -> None:
        """A height is decided."""
        self.committed_height = max(self.committed_height, height)
        self.signer.committed(self.committed_height)

    @rule(records=st.integers(1, 3))
    def prune(self, records: int) -> None:
        """The log forgets its oldest records, but only of heights that are decided."""
        while records and self.disk.heights and self.disk.heights[0] <= self.committed_height:
            self.disk.payloads.pop(0)
            self.disk.heights.pop(0)
            records -= 1

    @invariant()
    def one_record_for_each_place(self) -> None:
        """No place is on the disk twice, and places grow."""
        places = [position_of(record.message) for record in self.disk.records()]
        assert places == sorted(set(places))

    @invariant()
    def the_last_message_can_be_had_again(self) -> None:
        """A process that starts now would hand out the last signature of an open height unchanged."""
        if not self.disk.payloads or self.disk.heights[-1] <= self.committed_height:
            return
        last = self.disk.records()[-1].message
        assert isinstance(last, Vote)
        with contextlib.suppress(WriteFailed):
            again = self.disk.signer(KEY, self.committed_height)
            assert again.sign_vote(last.content, validator=0, lock=NO_LOCK, block=None, polka=None) == last


GuardMachine.TestCase.settings = settings(max_examples=examples(150), stateful_step_count=30, deadline=None)
TestGuard = GuardMachine.TestCase
