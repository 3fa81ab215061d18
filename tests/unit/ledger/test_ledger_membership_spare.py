"""How many failures a chain bears: no change takes the last one away unless it says so, and no exchange of a
key evades an expulsion.
"""

from __future__ import annotations

import pytest

from p2pchain.codec.cbor import encode
from p2pchain.consensus.rotation import EMPTY, Rotation, encode_rotation
from p2pchain.ledger.consortium.membership.validators import spare
from p2pchain.ledger.system import ROTATION_KEY, failing
from p2pchain.model.ids import Height, OrgId, PublicKey
from p2pchain.model.transaction import Receipt
from p2pchain.model.validators import Validator, ValidatorSet
from tests.unit.ledger.ledger_world import facts, operation
from tests.unit.ledger.membership_steps import add_account
from tests.unit.ledger.test_ledger_membership_changes import (
    ORGS,
    Consortium,
    consensus_key,
    join_operations,
    leaving,
    rotation,
)

FAR = Height(10_000)


def a_set(*powers: int) -> ValidatorSet:
    """Validators of these powers; the key of each is its place."""
    members = (
        Validator(public_key=PublicKey(bytes([place]) * 32), power=power, org=OrgId(f"org-{place}"))
        for place, power in enumerate(powers)
    )
    return ValidatorSet(tuple(members))


@pytest.mark.parametrize(
    ("powers", "gone", "most"),
    [
        ((1,), (), 0),
        ((1, 1, 1), (), 0),
        ((1, 1, 1, 1), (), 1),
        ((1,) * 7, (), 2),
        ((1,) * 7, (0,), 1),
        ((1,) * 7, (0, 1), 0),
        ((1, 1, 1, 1), (0,), 0),
        ((1, 1, 1), (0,), -1),
        ((4, 1, 1, 1, 1, 1, 1), (), 0),
        ((1, 1, 1, 5), (), 0),
        ((1, 1, 1, 5), (3,), -1),
    ],
)
def test_how_many_more_may_fail(powers: tuple[int, ...], gone: tuple[int, ...], most: int) -> None:
    assert spare(a_set(*powers), [PublicKey(bytes([place]) * 32) for place in gone]) == most


def seven() -> Consortium:
    """Seven validators of power 1."""
    world = Consortium()
    for org in ("member-5", "member-6", "member-7"):
        signers = (*ORGS, *(each for each in ("member-5", "member-6") if each < org))
        assert world.decide(*join_operations(org), signers=signers).code == "OK"
    return world


def strike(world: Consortium, org: str, *, until: int = FAR) -> None:
    """A block records that the proposer of a round failed, and sits out up to a height."""
    entry = (consensus_key(org).public_key, 1, Height(until))
    world.block(system=((ROTATION_KEY, encode_rotation(Rotation((entry,), ()))),))


def remove(world: Consortium, org: str, *, no_spare: bool = False) -> Receipt:
    return world.decide(leaving(org, no_spare=no_spare), signers=(*ORGS, "member-5"))


def test_the_last_spare_validator_goes_only_if_that_is_said() -> None:
    world = Consortium()
    receipt = world.decide(leaving("buyer", no_spare=False))
    assert receipt.code == "MEMBERSHIP_NO_SPARE"
    assert facts(receipt) == {"before": 1, "after": 0, "failing": 0}
    assert world.decide(leaving("buyer", no_spare=True)).code == "OK"


def test_who_fails_is_gone_already() -> None:
    """Of seven with one down, the removal of a live one leaves none to spare; that of the dead one does."""
    world = seven()
    strike(world, "member-7")
    receipt = remove(world, "member-6")
    assert receipt.code == "MEMBERSHIP_NO_SPARE"
    assert facts(receipt) == {"before": 1, "after": 0, "failing": 1}
    assert remove(world, "member-7").code == "OK"


def test_who_was_seen_to_vote_again_is_there() -> None:
    world = seven()
    strike(world, "member-7", until=world.ledger.height + 2)
    assert remove(world, "member-6").code == "MEMBERSHIP_NO_SPARE"
    assert remove(world, "member-6").code == "OK", "its time is over"


def test_the_record_of_the_rotation_is_read_as_it_is_written() -> None:
    key = consensus_key("buyer").public_key
    raw = encode_rotation(Rotation(((key, 2, Height(9)),), ((key, 1, Height(99)),)))
    assert failing(raw, 9) == frozenset([key])
    assert not failing(raw, 10)
    assert not failing(encode_rotation(EMPTY), 1)
    assert not failing(None, 1)
    with pytest.raises(AssertionError, match="rotation record"):
        failing(encode((2, (), ())), 1)


def test_no_power_is_heaped_up_unsaid() -> None:
    """One that holds a third stops the chain alone: by a higher power, or as a newcomer."""
    world = Consortium()
    heavy = operation("membership", "set_power", "bank-a", 2, False)
    assert world.decide(heavy).code == "MEMBERSHIP_NO_SPARE"
    *others, validates = join_operations("member-5", power=3)
    unsaid = operation("membership", "add_validator", *validates.args[:4], False)
    assert world.decide(*others, unsaid).code == "MEMBERSHIP_NO_SPARE"
    assert world.decide(*others, validates).code == "OK"


def test_a_small_chain_grows_without_a_word() -> None:
    world = Consortium()
    for org in ("buyer", "bank-c"):
        assert world.decide(leaving(org), signers=ORGS).code == "OK"
    for org in ("member-5", "member-6"):
        assert (
            world.decide(*join_operations(org), signers=(*ORGS, "member-5")[: 4 + (org > "member-5")]).code
            == "OK"
        )
    assert len(world.ledger.next_validators) == 4


def test_an_exchange_of_keys_evades_no_expulsion() -> None:
    """A removal names the node: the key that it has by then goes with it."""
    world = seven()
    assert world.decide(rotation("buyer", "buyer second"), signers=("buyer",)).code == "OK"
    assert remove(world, "buyer").code == "OK"
    gone = consensus_key("buyer second").public_key
    assert world.ledger.next_validators.index_of(gone) is None


def test_an_exchange_of_keys_needs_as_many_admins_as_the_organisation_agreed_on() -> None:
    world = Consortium()
    assert world.decide(add_account("buyer", "second", "admin"), signers=("buyer",)).code == "OK"
    assert world.decide(operation("policy", "set_own", "buyer", 2), signers=("buyer",)).code == "OK"
    exchange = rotation("buyer", "buyer second key")
    assert world.decide(exchange, signers=("buyer",)).code == "POL_OWN_UNSATISFIED"
    assert world.decide(exchange, signers=("buyer", "bank-a")).code == "POL_OWN_UNSATISFIED"
    assert world.decide(exchange, signers=("buyer", "second")).code == "OK"
