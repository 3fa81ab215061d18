"""Runs of an independent formal model of the algorithm, replayed (``tests/vectors/tendermint_runs.json``).

Each driven validator is fed its inputs in order (own votes when the run delivers them). At the end its votes,
proposals and decisions are those of the run: ours may come earlier (the model takes some steps later), never
later, and no vote comes that the run does not have.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from p2pchain.consensus.height import HeightConsensus
from p2pchain.consensus.types import (
    CommitArrived,
    Decided,
    GetValue,
    Output,
    PolkaArrived,
    ProposalArrived,
    SendProposal,
    SendVote,
    Start,
    TimeoutElapsed,
    TimeoutKind,
    ValueBuilt,
    VoteArrived,
)
from p2pchain.model.ids import BlockId, Height, OrgId, PublicKey, Round, Signature
from p2pchain.model.parameters import Parameters
from p2pchain.model.validators import Validator, ValidatorSet
from p2pchain.model.voting import CommitCertificate, PolkaCertificate, Vote, VoteKind

STORIES = json.loads((Path(__file__).parents[2] / "vectors" / "tendermint_runs.json").read_text())["runs"]
RUNS = 8
STEPS_MIN = 38
"""A file that lost its runs, or runs that lost their steps, would show nothing."""
TIMEOUTS = {
    "ProposeTimeout": TimeoutKind.PROPOSE,
    "PrevoteTimeout": TimeoutKind.PREVOTE,
    "PrecommitTimeout": TimeoutKind.PRECOMMIT,
}

ENABLED_NOT_TAKEN = {("someMultiRound-DecideFutureRound", "v4", 1, "prevote", "green")}
"""Votes that the paper's rules enable and the model had not taken yet when its run ended: v4 enters round 1
(line 55)
holding that round's proposal, so line 22 applies at once; in the run, the decision comes first."""


class Driven:
    """One validator over all heights of a run."""

    def __init__(self, name: str, story: dict[str, Any]) -> None:
        self.said: list[tuple[object, ...]] = []
        self._names = sorted(story["power"])
        self._own = self._names.index(name)
        self._validators = ValidatorSet(
            tuple(
                Validator(public_key=PublicKey(each.encode().ljust(32, b"\0")), power=power, org=OrgId(each))
                for each, power in sorted(story["power"].items())
            )
        )
        self._proposers: dict[str, str] = story["proposer"]
        self.heights: dict[int, HeightConsensus] = {}
        self.height = 0

    def feed(self, given: Any) -> None:
        """One input. A pending decision is one that the model holds a certificate for, and takes later."""
        kind, body = _kind_and_body(given)
        match kind:
            case "StartDInput":
                self._handle(self.height, Start())
            case "ProposeValueDInput":
                self._handle(
                    self.height, ValueBuilt(round=self._core(self.height).round, block_id=_value(body))
                )
            case "ProposalDInput":
                valid_round = None if body["validRound"] < 0 else Round(body["validRound"])
                arrived = ProposalArrived(
                    round=Round(body["round"]),
                    valid_round=valid_round,
                    block_id=_value(body["proposal"]),
                    valid=True,
                    timely=True,
                )
                self._handle(body["height"], arrived)
            case "VoteDInput":
                self._handle(body["height"], VoteArrived(vote=self._vote(body)))
            case "CertificateDInput":
                self._certificate([self._vote(each) for each in body])
            case "TimeoutDInput":
                core = self._core(self.height)
                self._handle(self.height, TimeoutElapsed(kind=TIMEOUTS[body], round=core.round))
            case "PendingDInput" if "ProposalAndCommitAndValidCInput" in body:
                round_, value = body["ProposalAndCommitAndValidCInput"]
                self._handle(
                    self.height,
                    CommitArrived(
                        certificate=self._commit(
                            round_, _value(value["Val"] if isinstance(value, dict) else value)
                        )
                    ),
                )
            case _:
                assert kind in ("NoDInput", "StepChangeDInput", "PendingDInput"), kind

    def decided(self) -> None:
        """The model decided its height; it starts the next one when it is told to."""
        self.height += 1

    def _commit(self, round_: int, block_id: BlockId) -> CommitCertificate:
        everybody = tuple((index, Signature(bytes(64))) for index in range(len(self._validators)))
        return CommitCertificate(
            height=Height(self.height), round=Round(round_), block_id=block_id, signatures=everybody
        )

    def _certificate(self, votes: list[Vote]) -> None:
        first = votes[0]
        signatures = tuple(sorted((vote.validator, vote.signature) for vote in votes))
        if first.kind is VoteKind.PREVOTE:
            polka = PolkaCertificate(
                height=first.height, round=first.round, block_id=first.block_id, signatures=signatures
            )
            self._handle(first.height, PolkaArrived(polka=polka))
        else:
            assert first.block_id is not None
            certificate = CommitCertificate(
                height=first.height, round=first.round, block_id=first.block_id, signatures=signatures
            )
            self._handle(first.height, CommitArrived(certificate=certificate))

    def _handle(self, height: int, given: Any) -> None:
        for output in self._core(height).handle(given):
            self._hear(height, output)

    def _hear(self, height: int, output: Output) -> None:
        match output:
            case SendVote(kind=kind, round=round_, block_id=block_id):
                self.said.append(("vote", height, int(round_), kind.name.lower(), block_id))
            case SendProposal(round=round_, valid_round=valid_round, block_id=block_id):
                self.said.append(("proposal", height, int(round_), valid_round, block_id))
            case Decided(certificate=certificate):
                self.said.append(("decided", height, certificate.block_id))
            case GetValue():
                return
            case _:
                return

    def _core(self, height: int) -> HeightConsensus:
        if height not in self.heights:
            self.heights[height] = HeightConsensus(
                height=Height(height),
                validators=self._validators,
                own_index=self._own,
                parameters=Parameters(),
                proposer=lambda round_: self._proposer(height, round_),
                restored=None,
            )
        return self.heights[height]

    def _proposer(self, height: int, round_: int) -> int:
        name = self._proposers.get(f"{height}/{round_}")
        return -1 if name is None else self._names.index(name)

    def _vote(self, body: dict[str, Any]) -> Vote:
        return Vote(
            kind=VoteKind[body["voteType"].upper()],
            height=Height(body["height"]),
            round=Round(body["round"]),
            block_id=_value_or_nil(body["valueId"]),
            validator=self._names.index(body["srcAddress"]),
            signature=Signature(bytes(64)),
        )


def _kind_and_body(said: Any) -> tuple[str, Any]:
    """A step is its name alone, or a mapping of the name to what it says."""
    return (said, None) if isinstance(said, str) else next(iter(said.items()))


def _value(text: str) -> BlockId:
    return BlockId(text.encode().ljust(32, b"\0"))


def _value_or_nil(said: Any) -> BlockId | None:
    return None if said == "Nil" else _value(said["Val"])


def _expected(output: Any, height: int) -> tuple[object, ...] | None:
    kind, body = _kind_and_body(output)
    match kind:
        case "VoteOutput":
            word = body["voteType"].lower()
            return ("vote", body["height"], body["round"], word, _value_or_nil(body["valueId"]))
        case "ProposalOutput":
            valid_round = None if body["validRound"] < 0 else body["validRound"]
            return ("proposal", body["height"], body["round"], valid_round, _value(body["proposal"]))
        case "DecidedOutput":
            return ("decided", height, _value(body[1]))
        case _:
            return None


def test_all_runs_are_here() -> None:
    assert len(STORIES) == RUNS
    assert min(len(story["steps"]) for story in STORIES.values()) >= STEPS_MIN


@pytest.mark.parametrize("stem", STORIES)
def test_story(stem: str) -> None:
    """What each driven validator said is what it says in the run, nothing later and nothing else."""
    story = STORIES[stem]
    driven = {name: Driven(name, story) for name in story["replayed"]}
    expected: dict[str, list[tuple[object, ...]]] = {name: [] for name in driven}
    for name, given, output in story["steps"]:
        driven[name].feed(given)
        told = _expected(output, driven[name].height)
        if told is None:
            continue
        expected[name].append(told)
        assert told in driven[name].said, f"{name} has not said {told} yet"
        if told[0] == "decided":
            driven[name].decided()
    for name, validator in driven.items():
        votes = [word for word in validator.said if word[0] == "vote"]
        enabled = {
            ("vote", 0, round_, word, _value(value))
            for run, who, round_, word, value in ENABLED_NOT_TAKEN
            if (run, who) == (stem, name)
        }
        assert [word for word in votes if word not in expected[name] and word not in enabled] == []
        assert len(votes) == len(set(votes))
