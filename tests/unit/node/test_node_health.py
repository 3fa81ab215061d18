"""One word for an operator, and reasons that say what to do."""

from __future__ import annotations

import pytest

from p2pchain.model.ids import OrgId, PublicKey
from p2pchain.model.validators import Validator, ValidatorSet
from p2pchain.node.health.status_word import Health, Signs, assess, tolerable_faults

UNSIGNED = "has signed none of the last 12 blocks"


def validators(*powers: int) -> ValidatorSet:
    """Organisations org-0, org-1, ... of these powers."""
    return ValidatorSet(
        tuple(
            Validator(public_key=PublicKey(bytes([index]) * 32), power=power, org=OrgId(f"org-{index}"))
            for index, power in enumerate(powers)
        )
    )


def signs(
    *absent: int,
    since_block_ms: int = 100,
    syncing: bool = False,
    refusals: tuple[str, ...] = (),
    banned: tuple[int, ...] = (),
    silent: int | None = None,
    heard: tuple[int, ...] = (),
    mute: tuple[int, ...] = (),
    unaddressed: tuple[int, ...] = (),
    powers: tuple[int, ...] = (1, 1, 1, 1),
) -> Health:
    """Health of a chain of equals, some of them absent."""
    members = validators(*powers)
    keys = [each.public_key for each in members.members]
    return assess(
        Signs(
            validators=members,
            nodes={key: f"node-{index}" for index, key in enumerate(keys)},
            own=keys[0],
            heard={keys[index] for index in heard},
            mute=dict.fromkeys([keys[index] for index in mute], UNSIGNED),
            present={each.public_key for index, each in enumerate(members.members) if index not in absent},
            banned={each.public_key for index, each in enumerate(members.members) if index in banned},
            addressed=set(keys) - {keys[index] for index in unaddressed},
            silent=None if silent is None else members[silent].public_key,
            since_block_ms=since_block_ms,
            idle_interval_ms=5_000,
            syncing=syncing,
            height=7,
            highest_claim=70,
            refusals=refusals,
        )
    )


def test_all_is_well() -> None:
    """One of four may still fail."""
    assert signs() == Health(word="healthy", faults_tolerated=1, reasons=())


def test_one_is_missing() -> None:
    """Named, and none more may fail."""
    health = signs(2)
    assert (health.word, health.faults_tolerated) == ("degraded", 0)
    assert "org-2" in health.reasons[0]


def test_no_quorum_is_stalled_whatever_the_last_block_says() -> None:
    """All who are missing are named."""
    health = signs(1, 2)
    assert (health.word, health.faults_tolerated) == ("stalled", -1)
    assert "org-1, org-2" in health.reasons[0]
    assert len(health.reasons) == 1


def test_who_is_kept_out_here_is_not_their_operators_business() -> None:
    """A ban is told as what it is, beside those who are away, and in a lost quorum too."""
    health = signs(2, banned=(2,))
    assert (health.word, len(health.reasons)) == ("degraded", 1)
    assert "banned here: org-2; let in again: p2pchain peer unban node-2" in health.reasons[0]
    assert "org-2 (banned here)" in signs(1, 2, banned=(2,)).reasons[0]
    assert signs(banned=(2,)).word == "healthy", "it is connected all the same"


def test_no_block_although_all_are_there() -> None:
    """After three idle intervals, with the next command to try."""
    assert signs(since_block_ms=15_000).word == "healthy"
    health = signs(since_block_ms=15_001)
    assert health.word == "stalled"
    assert "p2pchain consensus" in health.reasons[0]


def test_catching_up_and_refusals_degrade() -> None:
    """Both are told."""
    health = signs(syncing=True, refusals=("refused x: HELLO_OTHER_GENESIS",))
    assert health.word == "degraded"
    assert health.reasons == (
        "catching up: at 7, others claim 70",
        "refused x: HELLO_OTHER_GENESIS",
    )


def test_who_is_connected_and_signs_nothing_is_named_and_does_not_count() -> None:
    """The chain goes on without it, and the next failure halts it: that is degraded, and none may fail."""
    health = signs(mute=(2,))
    assert health == Health(
        word="degraded",
        faults_tolerated=0,
        reasons=(f"org-2 is connected, but {UNSIGNED}; ask its operator",),
    )
    stalled = signs(3, mute=(2,))
    assert (stalled.word, stalled.faults_tolerated) == ("stalled", -1)
    assert f"missing org-2 ({UNSIGNED}), org-3" in stalled.reasons[0]


def test_who_is_heard_over_others_counts() -> None:
    """A missing link is told, and nobody fears for the quorum."""
    health = signs(2, heard=(2,))
    assert (health.word, health.faults_tolerated) == ("degraded", 1)
    assert health.reasons == (
        "no link to org-2, whose votes come over others; see: p2pchain peer show node-2",
    )
    assert signs(2, 3, heard=(2, 3)).faults_tolerated == 1
    banned = signs(2, heard=(2,), banned=(2,))
    assert [reason[:38] for reason in banned.reasons] == ["validators not connected, banned here:"]


def test_a_lost_quorum_is_counted() -> None:
    """How many are up, and how many are needed; in power, where that differs."""
    assert "no quorum: 2 of 4 validators are up, 3 are needed; missing org-2, org-3" in signs(2, 3).reasons[0]
    weighed = signs(0, powers=(10, 1, 1, 1))
    assert (
        "no quorum: validators with 3 of 13 power are up, 9 are needed; missing org-0" in weighed.reasons[0]
    )


def test_a_node_that_is_cut_off_says_that_it_is() -> None:
    """It is more likely than that all others are down."""
    health = signs(1, 2, 3)
    assert health.word == "stalled"
    assert health.reasons[0].startswith("this node is cut off: it hears none of the 3 other validators")
    assert "1 of 4 validators are up" in health.reasons[1]
    assert signs(powers=(1,)).reasons == ()


@pytest.mark.parametrize(
    ("powers", "absent", "tolerated"),
    [
        ((1, 1, 1, 1), [], 1),
        ((1,), [], 0),
        ((1, 1, 1), [], 0),
        ((1,) * 7, [], 2),
        ((1,) * 7, [1], 1),
        ((1,) * 7, [1, 1, 1], -1),
        ((10, 1, 1, 1), [], 0),
        ((10, 1, 1, 1), [1], 0),
        ((10, 1, 1, 1), [10], -1),
    ],
)
def test_the_strongest_fail_first(powers: tuple[int, ...], absent: list[int], tolerated: int) -> None:
    """A promise to an operator must hold for the worst case."""
    assert tolerable_faults(validators(*powers), absent) == tolerated


def test_our_own_silence_is_told_as_such() -> None:
    """It counts as a missing validator; nobody need be asked to connect."""
    why = "signs nothing: GUARD_STATE_OLD"
    told = signs(2, silent=2, refusals=(why,))
    assert told == Health(word="degraded", faults_tolerated=0, reasons=(why,))
    stalled = signs(2, 3, silent=2, refusals=(why,))
    assert stalled.word == "stalled"
    assert "missing org-3, org-2 (this node)" in stalled.reasons[0]


def test_nobody_is_blamed_for_an_address_that_the_own_settings_lack() -> None:
    """Its operator could do nothing: it is this node's config.toml that lacks a line."""
    health = signs(3, unaddressed=(3,))
    (reason,) = health.reasons
    assert "neither config.toml nor the ledger has an address of it: org-3" in reason
    assert "ask their operators" not in reason
    both = signs(2, 3, unaddressed=(3,))
    assert "org-2, org-3 (neither config.toml nor the ledger has an address of it)" in both.reasons[0]
    assert any("add [[network.peers]]" in reason for reason in both.reasons)
    heard = signs(3, heard=(3,), unaddressed=(3,))
    assert "no link to org-3 (neither config.toml nor the ledger has an address of it)" in heard.reasons[0]
    assert signs(unaddressed=(1, 2, 3)).word == "healthy"
