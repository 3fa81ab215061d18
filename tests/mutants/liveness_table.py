"""Mutants of what keeps blocks coming: times, beginnings, readiness and catching up."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

TIME: Final = ("tests/unit/replica/test_replica_time.py",)
BEGINNING: Final = ("tests/unit/replica/test_replica_beginning.py",)
QUESTIONS: Final = ("tests/unit/replica/test_replica_height_questions.py",)
PLANNING: Final = ("tests/unit/sync/test_sync_planner.py",)


def _mutant(name: str, fault: str, function: str, old: str, new: str, catchers: tuple[str, ...]) -> Mutant:
    return Mutant(name=name, fault=fault, function=function, old=old, new=new, catchers=catchers)


LIVENESS: Final = (
    _mutant(
        "ahead-waits",
        "a chain ahead of all clocks waits until they have reached it",
        "Pending.is_timely",
        "latest_ms = max(latest_ms, parent.time_ms + 1)",
        "pass",
        TIME,
    ),
    _mutant(
        "ahead-runs-away",
        "upon a parent ahead of the clock any later time is timely",
        "Pending.is_timely",
        "return earliest_ms <= self.proposal.header.time_ms <= latest_ms",
        "return earliest_ms <= self.proposal.header.time_ms <= latest_ms or latest_ms <= parent.time_ms + 1",
        TIME,
    ),
    _mutant(
        "before-genesis",
        "the first block may come before its genesis",
        "Pending.is_timely",
        "if parent.height > GENESIS_HEIGHT:",
        "if True:",
        TIME,
    ),
    _mutant(
        "jump-believed",
        "a wall clock that jumped is believed at once",
        "WallClock.read",
        "if abs(offset_ms - self._believed_ms) <= precision_ms:",
        "if True:",
        TIME,
    ),
    _mutant(
        "jump-never-believed",
        "a wall clock that was set right is never believed",
        "WallClock.read",
        "if now.monotonic_ms - self._jumped_at_ms >= STANDS_MS:",
        "if False:",
        TIME,
    ),
    _mutant(
        "heights-not-relayed",
        "what validators stated over others opens no gate",
        "Heights._begin_if_ready",
        "heights = chain(stated_heights(self._peers, self._ledger.members), self._questions.stated())",
        "heights = stated_heights(self._peers, self._ledger.members)",
        QUESTIONS,
    ),
    _mutant(
        "statement-not-verified",
        "a stated height needs no signature",
        "Verifier.height_statement",
        'self._verify("height statement", statement.validator, statement.signature, message)',
        "pass",
        QUESTIONS,
    ),
    _mutant(
        "statement-of-old",
        "a statement counts whatever challenge it answers",
        "HeightQuestions.statement",
        "if statement.challenge in self._own:",
        "if True:",
        QUESTIONS,
    ),
    _mutant(
        "challenge-of-no-life",
        "every life asks with the same challenges",
        "HeightQuestions.tick",
        "sha256(self._secret + self._asked",
        "sha256(self._asked",
        QUESTIONS,
    ),
    _mutant(
        "turns-by-id",
        "who has the lowest id is asked for blocks first",
        "Planner._order",
        "return self._record(peer).turn, sha256(self._secret + peer.encode())",
        "return self._record(peer).turn, peer.encode()",
        PLANNING,
    ),
    _mutant(
        "no-turns",
        "who was asked for blocks last is asked again",
        "Planner._order",
        "return self._record(peer).turn, sha256(self._secret + peer.encode())",
        "return 0, sha256(self._secret + peer.encode())",
        PLANNING,
    ),
    _mutant(
        "one-source",
        "one peer is asked for the next block, and nobody else until its deadline",
        "Planner._young",
        "if now_ms - question.asked_ms < LATE_MS)",
        "if True)",
        PLANNING,
    ),
    _mutant(
        "waiting-unbounded",
        "blocks that wait to be judged are not bounded in bytes",
        "Planner._keep",
        "while self._waiting_bytes > WAITING_BYTES_MAX and",
        "while False and",
        PLANNING,
    ),
    _mutant(
        "socket-counts-as-up",
        "a validator that signs nothing counts as up",
        "Signs.up",
        "- {*self.mute}",
        "- set()",
        ("tests/unit/node/test_node_health.py",),
    ),
    _mutant(
        "one-vote-begins",
        "the vote of one validator begins a height",
        "VoteKeeper.is_honest_voice",
        "return self._is_honest_bound(self.voters(self._rounds))",
        "return bool(self._rounds)",
        BEGINNING,
    ),
)
