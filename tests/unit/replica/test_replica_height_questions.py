"""Heights asked of validators that are not linked here: statements that cross others open the gate, those of
another life, another asker or another key do not, and nobody can make others work without end.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from p2pchain.codec.voting import height_sign_bytes, vote_sign_bytes
from p2pchain.model.ids import Height, PeerId, Signature
from p2pchain.model.messages import CHALLENGE_BYTES, HeightQuestion, HeightStatement
from p2pchain.model.voting import VoteContent
from p2pchain.proofs.verifier import Verifier
from p2pchain.replica.effects import Broadcast, Effect, Penalise, Send, SignHeight
from p2pchain.replica.height_questions import OPEN_MAX, TAKEN_MAX, HeightQuestions
from p2pchain.replica.inputs import HeightSigned, PeerConnected, SummaryDue
from tests.simulation.keys import StandInKey, check
from tests.unit.replica.effect_words import of
from tests.unit.replica.replica_votes import CHAIN, KEYS, PREVOTE
from tests.unit.replica.replica_world import OBSERVER, PEERS, Scene, stands_at

OTHERS = HeightQuestion(challenge=b"another's".ljust(CHALLENGE_BYTES, b"."))


def apart(peers: list[PeerId] | None = None) -> Scene:
    """A validator that has just started, linked to validator 1 alone, which said where it stands."""
    scene = Scene(heard=False, peers=[PEERS[1]] if peers is None else peers)
    scene.hear(stands_at(1), 1)
    assert not ready(scene)
    return scene


def ready(scene: Scene) -> bool:
    """Whether the gate is open."""
    return scene.replica.heights.readiness.ready


def asked(scene: Scene) -> bytes:
    """The challenge of the question that goes out after a second."""
    (question,) = [
        effect.message
        for effect in of(Broadcast, scene.elapse(SummaryDue()))
        if isinstance(effect.message, HeightQuestion)
    ]
    return question.challenge


def statement(
    index: int, challenge: bytes, height: int = 1, key: StandInKey | None = None
) -> HeightStatement:
    """A validator states its height; ``key``: who signs in its place."""
    signer = KEYS[index] if key is None else key
    signature = signer.sign(height_sign_bytes(CHAIN, Height(height), challenge))
    return HeightStatement(
        height=Height(height), challenge=challenge, validator=KEYS[index].public_key, signature=signature
    )


def faults(told: list[Effect]) -> list[str]:
    """Codes of penalties."""
    return [effect.fault.code for effect in of(Penalise, told)]


def sent(told: list[Effect]) -> list[tuple[PeerId, object]]:
    """Questions and statements that go to single peers."""
    kinds = HeightQuestion | HeightStatement
    return [(effect.peer, effect.message) for effect in of(Send, told) if isinstance(effect.message, kinds)]


def test_what_a_quorum_stated_counts_whoever_carried_it() -> None:
    """Two of four are linked: the third's height comes over the second, and the gate opens."""
    scene = apart()
    challenge = asked(scene)
    scene.hear(statement(2, challenge), 1)
    assert ready(scene)


def test_a_height_above_ours_opens_nothing() -> None:
    """The chain went on while this node was down: it must catch up first."""
    scene = apart()
    challenge = asked(scene)
    scene.hear(statement(2, challenge, height=2), 1)
    assert not ready(scene)
    scene.hear(statement(2, challenge, height=1), 1)
    assert not ready(scene), "the highest statement counts"


@pytest.mark.parametrize(
    "challenge", [OTHERS.challenge, bytes(CHALLENGE_BYTES)], ids=["of another asker", "guessed"]
)
def test_a_statement_for_another_challenge_opens_nothing(challenge: bytes) -> None:
    """So one that was heard in an earlier life, when it was true, cannot be said again."""
    scene = apart()
    asked(scene)
    scene.hear(OTHERS, 1)
    scene.hear(statement(2, challenge), 1)
    assert not ready(scene)


def test_each_question_has_a_challenge_of_its_own_and_each_life_others() -> None:
    """They are drawn from the secret of the life."""
    challenges = set()
    for life in range(2):
        told: list[Effect] = []
        questions = HeightQuestions(
            secret=bytes([life]) * 32, verifier=Verifier(CHAIN, check), peers={}, emit=told.append
        )
        for _ in range(3):
            questions.tick(ask=True)
        challenges |= {effect.message for effect in of(Broadcast, told)}
    assert len(challenges) == 6


def test_a_statement_that_its_validator_did_not_sign_penalises_who_brought_it() -> None:
    scene = apart()
    challenge = asked(scene)
    told = scene.hear(statement(2, challenge, key=KEYS[1]), 1)
    assert faults(told) == ["SIG_INVALID"]
    assert not ready(scene)


def test_no_vote_is_taken_for_a_statement() -> None:
    """The words of two domains are never the same bytes."""
    scene = apart()
    challenge = asked(scene)
    content = VoteContent(kind=PREVOTE, height=Height(1), round=0, block_id=None)  # type: ignore[arg-type]
    false = HeightStatement(
        height=Height(1),
        challenge=challenge,
        validator=KEYS[2].public_key,
        signature=KEYS[2].sign(vote_sign_bytes(CHAIN, content)),
    )
    assert faults(scene.hear(false, 1)) == ["SIG_INVALID"]


def test_what_is_no_validator_counts_for_nothing() -> None:
    scene = apart()
    challenge = asked(scene)
    stranger = StandInKey("stranger")
    signature = stranger.sign(height_sign_bytes(CHAIN, Height(1), challenge))
    said = HeightStatement(
        height=Height(1), challenge=challenge, validator=stranger.public_key, signature=signature
    )
    assert scene.hear(said, 1) == []
    assert not ready(scene)


def test_who_is_ready_asks_no_more() -> None:
    scene = Scene()
    assert ready(scene)
    assert not [
        effect
        for effect in of(Broadcast, scene.elapse(SummaryDue()))
        if isinstance(effect.message, HeightQuestion)
    ]


def test_a_validator_answers_and_passes_the_question_on() -> None:
    """The answer goes back the way on which the question came, and so do those of others."""
    scene = Scene()
    scene.follow(2)
    told = scene.hear(OTHERS, 1)
    assert of(SignHeight, told) == [SignHeight(height=Height(3), challenge=OTHERS.challenge)]
    assert sent(told) == [(PEERS[2], OTHERS), (PEERS[3], OTHERS)]
    own = statement(0, OTHERS.challenge, 3)
    assert sent(scene.tell(HeightSigned(statement=own))) == [(PEERS[1], own)]
    theirs = statement(2, OTHERS.challenge, 3)
    assert sent(scene.hear(theirs, 2)) == [(PEERS[1], theirs)]
    assert sent(scene.hear(theirs, 3)) == [], "once"


def test_a_forged_statement_is_not_passed_back_and_takes_no_ones_place() -> None:
    scene = Scene()
    scene.hear(OTHERS, 1)
    forged = replace(statement(2, OTHERS.challenge, 9), signature=Signature(bytes(64)))
    told = scene.hear(forged, 3)
    assert faults(told) == ["SIG_INVALID"]
    assert sent(told) == []
    true = statement(2, OTHERS.challenge)
    assert sent(scene.hear(true, 2)) == [(PEERS[1], true)]


def test_a_question_is_taken_once_whoever_brings_it() -> None:
    """It goes in circles where links do."""
    scene = Scene()
    scene.hear(OTHERS, 1)
    assert scene.hear(OTHERS, 2) == scene.hear(OTHERS, 1) == []


def test_an_observer_passes_on_and_signs_nothing() -> None:
    scene = Scene(own=None)
    told = scene.hear(OTHERS, 1)
    assert of(SignHeight, told) == []
    assert len(sent(told)) == 3


def test_a_flood_of_questions_is_answered_and_passed_on_within_bounds() -> None:
    """From each link, until a second has passed; other links have their own share."""
    scene = Scene()
    scene.tell(PeerConnected(peer=OBSERVER))
    flood = [HeightQuestion(challenge=number.to_bytes(CHALLENGE_BYTES, "big")) for number in range(50)]
    told = [effect for question in flood for effect in scene.hear(question, OBSERVER)]
    assert len(of(SignHeight, told)) == TAKEN_MAX
    assert {message for _, message in sent(told)} == {flood[0]}
    assert len(of(SignHeight, scene.hear(OTHERS, 1))) == 1
    scene.elapse(SummaryDue())
    assert len(of(SignHeight, scene.hear(flood[-1], OBSERVER))) == 1


def test_the_newest_questions_of_a_link_stay_open() -> None:
    scene = Scene()
    questions = [
        HeightQuestion(challenge=number.to_bytes(CHALLENGE_BYTES, "big")) for number in range(OPEN_MAX + 1)
    ]
    for question in questions:
        scene.elapse(SummaryDue())
        scene.hear(question, 1)
    assert sent(scene.hear(statement(2, questions[0].challenge), 2)) == []
    assert len(sent(scene.hear(statement(2, questions[1].challenge), 2))) == 1
