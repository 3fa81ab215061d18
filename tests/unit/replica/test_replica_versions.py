"""A replica whose software lacks a version that comes into force: it ends with the block before, and judges
none from there on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

import pytest

from p2pchain.business.note import module as note
from p2pchain.business.software import MODULES
from p2pchain.ledger.consortium.governance.software import SOFTWARE
from p2pchain.ledger.context import Context
from p2pchain.ledger.kinds import Height as HeightKind
from p2pchain.ledger.module import Action, Module
from p2pchain.ledger.system import VersionFrom
from p2pchain.model.messages import BlocksResponse, CommitMessage, ProposalMessage
from p2pchain.model.transaction import Operation
from p2pchain.replica.effects import Announce, Committed, Fetch, Penalise, Persist, SetTimer
from p2pchain.replica.inputs import BeginHeight, FetchCompleted, SyncDue
from tests.unit.replica.effect_words import of, words
from tests.unit.replica.replica_votes import PRECOMMIT
from tests.unit.replica.replica_world import Scene, a_proposal, stands_at, transaction_of

HEIGHT = 4
"""From here on ``note`` runs in version 2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Schedules it without asking anybody."""

    height: Annotated[int, HeightKind()]


def schedule(context: Context, message: Schedule) -> None:
    """Whoever asks; all say that they have it."""
    for validator in context.setting.validators.members:
        context.put(SOFTWARE + validator.org.encode(), (("note", 2, bytes(32)),))
    context.set_module_versions("note", (VersionFrom(2, message.height, bytes(32)),))


def governing(module: Module) -> Module:
    """The module, with that action where it is ``governance``."""
    if module.name != "governance":
        return module
    action = Action(name="schedule", message=Schedule, run=schedule)
    return replace(module, actions=(*module.actions, action))


OLDER = tuple(governing(module) for module in MODULES)
NEWER = (*OLDER, replace(note.MODULE, version=2))


def a_scene(own: int | None = 0) -> Scene:
    """The others have both versions, the replica under test one; the change is scheduled."""
    scene = Scene(own, modules=OLDER, others_modules=NEWER)
    scheduling = Operation(module="governance", action="schedule", args=(HEIGHT,))
    candidate = scene.chain.make(transactions=[transaction_of(scheduling)])
    scene.hear_bodies(candidate.block)
    scene.decide(candidate)
    assert [(each.version, each.height) for each in scene.replica.ledger.missing] == [(2, HEIGHT)]
    return scene


def test_the_block_before_is_final_and_nothing_follows() -> None:
    """It is durable and announced; no timer begins the height, and nobody is to blame."""
    scene = a_scene()
    scene.follow(HEIGHT - 3)
    before = len(scene.effects)
    scene.follow()
    told = scene.effects[before:]
    assert [type(effect) for effect in told if isinstance(effect, Persist | Committed | Announce)] == [
        Persist,
        Committed,
        Announce,
    ]
    timers = [effect.timer for effect in of(SetTimer, told)]
    assert BeginHeight(height=scene.replica.work.height) not in timers
    assert scene.replica.height == HEIGHT - 1
    assert of(Penalise, scene.effects) == []


def test_a_proposal_that_it_cannot_judge_is_neither_voted_on_nor_blamed() -> None:
    """Not even when it came early and was kept."""
    scene = a_scene()
    scene.follow(HEIGHT - 3)
    last = scene.chain.make()
    final = scene.chain.commit(last)
    following = scene.chain.make().block
    early = ProposalMessage(proposal=a_proposal(following, scene.chain.proposer()))
    scene.hear(early, 2)
    scene.propose(last.block)
    scene.votes(PRECOMMIT, final.block.block_id, 1, 2, 3)
    assert scene.replica.height == HEIGHT - 1
    assert len(of(Persist, scene.effects)) == HEIGHT - 1
    scene.hear(early, 2)
    assert not scene.replica.executions.running
    assert scene.replica.height == HEIGHT - 1
    assert of(Penalise, scene.effects) == []
    assert [word for word in words(scene.effects) if word[2] == following.block_id] == []


@pytest.mark.parametrize("own", [0, None])
def test_who_catches_up_stops_before_it(own: int | None) -> None:
    """Blocks behind it lie here already, and stay unapplied; an observer does likewise."""
    scene = a_scene(own)
    finals = scene.chain.extend(HEIGHT + 1)
    (fetch,) = of(Fetch, scene.hear(stands_at(HEIGHT + 3), 1))
    completed = FetchCompleted(
        peer=fetch.peer, request=fetch.request, response=BlocksResponse(blocks=tuple(finals))
    )
    scene.tell(completed)
    for _ in range(HEIGHT + 2):
        scene.elapse(SyncDue())
    assert scene.replica.height == HEIGHT - 1
    assert len(of(Persist, scene.effects)) == HEIGHT - 1
    assert of(Penalise, scene.effects) == []


def test_with_the_version_it_goes_on() -> None:
    """The same steps, and another software."""
    scene = Scene(modules=NEWER, others_modules=NEWER)
    scheduling = Operation(module="governance", action="schedule", args=(HEIGHT,))
    candidate = scene.chain.make(transactions=[transaction_of(scheduling)])
    scene.hear_bodies(candidate.block)
    scene.decide(candidate)
    scene.follow(HEIGHT)
    (final,) = scene.chain.extend()
    scene.hear(CommitMessage(certificate=final.certificate), 2)
    assert scene.replica.height == HEIGHT + 1
    assert scene.replica.ledger.edition.catalogue.versions["note"] == 2
