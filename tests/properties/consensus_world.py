"""Four validators of one height, one perhaps a liar, over a network that loses nothing and keeps no order.

Chance comes in as one ``Random``, so a run is its seed. An honest validator signs through a book that stands
for its safety log: what is in the book survives a crash, words in it come in rising order, and a precommit
for a block stands there with the polka that it rests on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from p2pchain.consensus.height import HeightConsensus
from p2pchain.consensus.types import (
    CommitArrived,
    Decided,
    GetValue,
    Input,
    Output,
    PolkaArrived,
    ProposalArrived,
    Restored,
    ScheduleTimeout,
    SendProposal,
    SendVote,
    Start,
    Step,
    TimeoutElapsed,
    ValueBuilt,
    VoteArrived,
)
from p2pchain.model.ids import BlockId, Round, Signature
from p2pchain.model.parameters import Parameters
from p2pchain.model.safety import LockState
from p2pchain.model.voting import PolkaCertificate, Vote, VoteKind
from tests.unit.consensus.height_world import HEIGHT, validators

COUNT = 4
QUORUM = 3
LIES = (BlockId(b"\xee" * 32), BlockId(b"\xff" * 32), None)
STEP_OF = {VoteKind.PREVOTE: Step.PREVOTE, VoteKind.PRECOMMIT: Step.PRECOMMIT}


@dataclass(slots=True, kw_only=True)
class Signed:
    """One entry of a book: step PROPOSE has a block and its valid round, the others a block or nil."""

    round: Round
    step: Step
    said: tuple[BlockId | None, Round | None]
    lock: LockState
    message: Input
    polka: PolkaCertificate | None


@dataclass(slots=True, kw_only=True)
class Honest:
    """One honest validator: its core, which a crash loses, and its book, which stays."""

    core: HeightConsensus
    book: list[Signed] = field(default_factory=list)
    heard: dict[Input, None] = field(default_factory=dict)
    waiting: list[Input] = field(default_factory=list)
    known: set[Input] = field(default_factory=set)
    timeouts: list[TimeoutElapsed] = field(default_factory=list)
    decided: BlockId | None = None

    def send(self, given: Input) -> None:
        """Put a message on its way here, unless it came or is coming already."""
        if given not in self.known:
            self.known.add(given)
            self.waiting.append(given)


class World:
    """Runs one height; every word of every validator passes through here and is checked."""

    def __init__(self, chance: Random, *, liar: int | None) -> None:
        """``liar``: index of the validator that says anything; None where all are honest."""
        self.chance = chance
        self.liar = liar
        self.spoken: dict[tuple[Round, VoteKind, BlockId | None], set[int]] = {}
        self.blocks: list[BlockId | None] = list(LIES)
        self._built = 0
        self.honest = {index: Honest(core=self._core(index, None)) for index in range(COUNT) if index != liar}
        for index in self.honest:
            self._feed(index, Start())

    def step(self) -> None:
        """A message arrives, a timeout elapses, the liar lies, somebody crashes, or tells what it holds."""
        index = self.chance.choice(sorted(self.honest))
        one = self.honest[index]
        dice = self.chance.random()
        if dice < 0.70 and one.waiting:
            given = one.waiting.pop(self.chance.randrange(len(one.waiting)))
            one.heard[given] = None
            self._feed(index, given)
        elif dice < 0.80 and one.timeouts:
            self._feed(index, one.timeouts.pop(self.chance.randrange(len(one.timeouts))))
        elif dice < 0.93 and self.liar is not None:
            self._lie(index)
        elif dice < 0.96:
            self._crash(index)
        else:
            self._gossip(index)

    def calm(self, rounds_max: int) -> None:
        """The liar is silent, messages arrive before timeouts elapse: all must decide within some rounds."""
        first = max(one.core.round for one in self.honest.values())
        while any(one.decided is None for one in self.honest.values()):
            self._deliver_all()
            for index, one in self.honest.items():
                timeouts, one.timeouts = one.timeouts, []
                for elapsed in timeouts:
                    self._feed(index, elapsed)
            last = max(one.core.round for one in self.honest.values())
            assert last <= first + rounds_max, f"round {last}, undecided since {first}"

    def _deliver_all(self) -> None:
        while True:
            for index in self.honest:
                self._gossip(index)
            if not any(one.waiting for one in self.honest.values()):
                return
            for index, one in self.honest.items():
                arrived, one.waiting = one.waiting, []
                for given in arrived:
                    one.heard[given] = None
                    self._feed(index, given)

    def _gossip(self, index: int) -> None:
        """What one honest validator holds, all get: proposals, votes, polkas, the decision."""
        one = self.honest[index]
        core = one.core
        held: list[Input] = [given for given in one.heard if isinstance(given, ProposalArrived)]
        for round_ in core.rounds():
            polka = core.polka(round_)
            held += [] if polka is None else [PolkaArrived(polka=polka)]
            for kind in VoteKind:
                votes = [core.vote(round_, kind, validator) for validator in range(COUNT)]
                held += [VoteArrived(vote=vote) for vote in votes if vote is not None]
        if core.decided is not None:
            held.append(CommitArrived(certificate=core.decided))
        for other in self.honest.values():
            for given in held:
                other.send(given)

    def _feed(self, index: int, given: Input) -> None:
        for output in self.honest[index].core.handle(given):
            self._carry_out(index, output)

    def _carry_out(self, index: int, output: Output) -> None:
        one = self.honest[index]
        match output:
            case GetValue(round=round_):
                self._built += 1
                block_id = BlockId(self._built.to_bytes(32, "big"))
                self.blocks.append(block_id)
                self._feed(index, ValueBuilt(round=round_, block_id=block_id))
            case SendProposal(round=round_, valid_round=valid_round, block_id=block_id, lock=lock):
                message = ProposalArrived(
                    round=round_, valid_round=valid_round, block_id=block_id, valid=True, timely=True
                )
                said = (block_id, valid_round)
                self._sign(
                    index,
                    Signed(
                        round=round_, step=Step.PROPOSE, said=said, lock=lock, message=message, polka=None
                    ),
                )
            case SendVote(kind=kind, round=round_, block_id=block_id, lock=lock):
                self._check_vote(index, output)
                vote = _vote(kind, round_, block_id, index)
                self.spoken.setdefault((round_, kind, block_id), set()).add(index)
                locks = kind is VoteKind.PRECOMMIT and block_id is not None
                polka = one.core.polka(round_) if locks else None
                self._sign(
                    index,
                    Signed(
                        round=round_,
                        step=STEP_OF[kind],
                        said=(block_id, None),
                        lock=lock,
                        message=VoteArrived(vote=vote),
                        polka=polka,
                    ),
                )
            case ScheduleTimeout(kind=timeout, round=round_):
                one.timeouts.append(TimeoutElapsed(kind=timeout, round=round_))
            case Decided(certificate=certificate):
                one.decided = certificate.block_id
                decisions = {each.decided for each in self.honest.values()} - {None}
                assert len(decisions) == 1, "two validators decided differently"
            case _:
                return

    def _sign(self, index: int, entry: Signed) -> None:
        """The double-sign guard, as an assertion: words come in rising (round, step), each once."""
        book = self.honest[index].book
        if book:
            last = (book[-1].round, book[-1].step)
            assert last < (entry.round, entry.step), (
                f"{index} signed {last}, then {(entry.round, entry.step)}"
            )
        book.append(entry)
        for other in self.honest.values():
            other.send(entry.message)

    def _check_vote(self, index: int, vote: SendVote) -> None:
        """A block is precommitted only upon its polka, and a lock yields only to a later polka."""
        if vote.block_id is None:
            return
        if vote.kind is VoteKind.PRECOMMIT:
            assert self._polka(vote.round, vote.block_id), "precommit of a block without its polka"
            return
        locks = [
            entry
            for entry in self.honest[index].book
            if entry.step is Step.PRECOMMIT and entry.said[0] is not None
        ]
        if locks and locks[-1].said[0] != vote.block_id:
            between = range(locks[-1].round, vote.round)
            assert any(self._polka(Round(round_), vote.block_id) for round_ in between), "lock not kept"

    def _polka(self, round_: Round, block_id: BlockId) -> bool:
        return len(self.spoken.get((round_, VoteKind.PREVOTE, block_id), ())) >= QUORUM

    def _lie(self, index: int) -> None:
        """The liar says anything to one of the others: a vote, or a proposal where it is its turn."""
        assert self.liar is not None
        highest = max(one.core.round for one in self.honest.values())
        round_ = Round(self.chance.randrange(highest + 2))
        block_id = self.chance.choice(self.blocks)
        given: Input
        if round_ % COUNT == self.liar and block_id is not None and self.chance.random() < 0.5:
            valid_round = self.chance.choice([None, *(Round(each) for each in range(round_ + 1))])
            timely = self.chance.random() < 0.8
            given = ProposalArrived(
                round=round_, valid_round=valid_round, block_id=block_id, valid=True, timely=timely
            )
        else:
            kind = self.chance.choice(list(VoteKind))
            self.spoken.setdefault((round_, kind, block_id), set()).add(self.liar)
            given = VoteArrived(vote=_vote(kind, round_, block_id, self.liar))
        self.honest[index].send(given)

    def _crash(self, index: int) -> None:
        """All is lost but the book; what was heard is on its way again, and comes in any order."""
        one = self.honest[index]
        last = one.book[-1] if one.book else None
        restored = None if last is None else Restored(round=last.round, step=last.step, lock=last.lock)
        own = {entry.message: None for entry in one.book}
        one.core = self._core(index, restored)
        one.timeouts.clear()
        one.waiting += [given for given in one.heard if given not in own]
        one.heard.clear()
        self._feed(index, Start())
        for polka in [entry.polka for entry in one.book if entry.polka is not None]:
            self._feed(index, PolkaArrived(polka=polka))
        for message in own:
            one.heard[message] = None
            self._feed(index, message)

    def _core(self, index: int, restored: Restored | None) -> HeightConsensus:
        return HeightConsensus(
            height=HEIGHT,
            validators=validators(COUNT),
            own_index=index,
            parameters=Parameters(),
            proposer=lambda round_: round_ % COUNT,
            restored=restored,
        )


def _vote(kind: VoteKind, round_: Round, block_id: BlockId | None, index: int) -> Vote:
    signature = Signature(bytes([index]) * 64)
    return Vote(
        kind=kind, height=HEIGHT, round=round_, block_id=block_id, validator=index, signature=signature
    )
