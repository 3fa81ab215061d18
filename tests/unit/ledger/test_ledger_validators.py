"""Which validators a height has: a change holds two heights later, and is known as long as evidence lasts."""

from __future__ import annotations

import pytest

from p2pchain.codec.roots import validators_hash
from p2pchain.crypto.hashing import sha256
from p2pchain.ledger.system import EVIDENCE_AGE_MAX, VALIDATORS
from p2pchain.ledger.validators import (
    ValidatorHistory,
    decode_validators,
    encode_validators,
    read_history,
    validators_key,
)
from p2pchain.model.errors import Refused
from p2pchain.model.ids import Height, OrgId
from p2pchain.model.validators import Validator, ValidatorSet
from tests.unit.ledger.ledger_world import World, key


def a_set(*names: str, power: int = 1) -> ValidatorSet:
    """Validators of these names."""
    members = [Validator(public_key=key(name), power=power, org=OrgId(name)) for name in names]
    return ValidatorSet(tuple(sorted(members, key=lambda member: member.public_key)))


def evolved(history: ValidatorHistory, height: int, left: ValidatorSet) -> ValidatorHistory:
    """After a block that left these validators."""
    return history.after(history.changes(height, left))


FIRST, SECOND, THIRD = a_set("a", "b"), a_set("a", "b", "c"), a_set("b", "c")


def test_each_height_has_the_set_that_the_block_two_below_it_left() -> None:
    history = ValidatorHistory([(Height(1), FIRST)])
    history = evolved(history, 5, SECOND)
    history = evolved(history, 6, THIRD)
    assert [history.at(height) for height in (1, 6, 7, 8, 9, 500)] == [
        FIRST,
        FIRST,
        SECOND,
        THIRD,
        THIRD,
        THIRD,
    ]
    assert history.newest == THIRD


def test_a_block_that_leaves_the_set_as_it_is_writes_nothing() -> None:
    assert ValidatorHistory([(Height(1), FIRST)]).changes(9, a_set("b", "a")) == ()


def test_a_change_of_power_alone_is_another_set() -> None:
    (change,) = ValidatorHistory([(Height(1), FIRST)]).changes(9, a_set("a", "b", power=2))
    assert change == (validators_key(11), encode_validators(a_set("a", "b", power=2)))


def test_a_set_is_known_as_long_as_a_block_may_hold_evidence_of_it() -> None:
    """FIRST is in force up to 6. The last block that may hold evidence of 6 is 6 + EVIDENCE_AGE_MAX."""
    history = evolved(ValidatorHistory([(Height(1), FIRST)]), 5, SECOND)
    last = 6 + EVIDENCE_AGE_MAX
    held = evolved(history, last - 1, THIRD)
    assert held.at(6) == FIRST, "block `last` may still need it"
    gone = evolved(history, last, THIRD)
    assert gone.lowest == 7
    with pytest.raises(Refused, match="VALIDATORS_UNKNOWN: height=6, lowest=7"):
        gone.at(6)
    assert gone.at(7) == SECOND


def test_the_history_is_read_back_from_its_records() -> None:
    """As a node does at its start, and one that joins by a snapshot."""
    history = evolved(ValidatorHistory([(Height(1), FIRST)]), 300, SECOND)
    records = [
        (validators_key(1), encode_validators(FIRST)),
        (validators_key(302), encode_validators(SECOND)),
    ]
    assert records == sorted(records)
    again = read_history(records)
    for height in (1, 301, 302, 1_000):
        assert again.at(height) == history.at(height)


def test_the_record_is_what_the_header_hashes() -> None:
    """Whoever has a proof of the record has the validators that the header commits to."""
    raw = encode_validators(SECOND)
    assert sha256(raw) == validators_hash(SECOND)
    assert decode_validators(raw) == SECOND


def test_a_ledger_knows_the_validators_up_to_two_above_its_tip() -> None:
    """And has them in its state, proven by the root."""
    world = World()
    genesis_set = world.ledger.validators
    assert world.ledger.validators_at(2) == genesis_set
    with pytest.raises(Refused, match="VALIDATORS_UNKNOWN: height=3, highest=2"):
        world.ledger.validators_at(3)
    world.block()
    assert world.ledger.validators_at(3) == genesis_set
    assert dict(world.ledger.walk(VALIDATORS)) == {validators_key(1): encode_validators(genesis_set)}
