"""How the members change who belongs to them and who validates: who may, and within which bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

import pytest

from p2pchain.business.software import MODULES
from p2pchain.codec.voting import succession_sign_bytes
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.ledger.module import Catalogue
from p2pchain.model.genesis import Genesis
from p2pchain.model.ids import PublicKey
from p2pchain.model.transaction import Operation, Receipt
from p2pchain.model.voting import Succession
from tests.unit.ledger.ledger_world import CHAIN_ID, World, a_genesis, facts, key, operation
from tests.unit.ledger.membership_steps import add_account, add_node

ORGS = ("bank-a", "bank-b", "bank-c", "buyer")
QUORUM = ORGS[:3]


def consensus_key(name: str) -> SigningKey:
    """A real key: what it signs is checked."""
    return SigningKey(sha256(f"consensus key of {name}".encode()).digest())


def admins_genesis() -> Genesis:
    """Everybody has an admin, and consensus keys that can sign."""
    genesis = a_genesis()
    organisations = tuple(
        replace(
            each,
            roles=tuple(sorted(Catalogue(MODULES).roles)),
            accounts=tuple(
                replace(account, roles=("admin",)) if account.name == each.org else account
                for account in each.accounts
            ),
            nodes=tuple(
                replace(node, consensus_key=consensus_key(each.org).public_key) for node in each.nodes
            ),
        )
        for each in genesis.organisations
    )
    return replace(genesis, organisations=organisations)


class Consortium(World):
    """Four organisations with an admin each."""

    def __init__(self) -> None:
        super().__init__(admins_genesis())

    def decide(self, *operations: Operation, signers: Sequence[str] = QUORUM) -> Receipt:
        """A block in which these sign these operations."""
        return self.submit(signers, *operations)

    def orgs_at(self, height: int) -> list[str]:
        """Who validates at a height."""
        return sorted(member.org for member in self.ledger.validators_at(height).members)

    def join(self, org: str, power: int = 1) -> Receipt:
        """An organisation joins with a node, and validates."""
        return self.decide(*join_operations(org, power))


def join_operations(org: str, power: int = 1) -> tuple[Operation, ...]:
    return (
        operation("membership", "admit", org, f"{org.title()} Ltd", ("admin", "validator")),
        add_account(org, org, "admin"),
        add_node(org, org),
        validating(org, power=power),
    )


def validating(org: str, *, name: str = "", power: int = 1) -> Operation:
    """The node of an organisation validates, with the key of ``name``; a heavy one is meant to be so."""
    own = consensus_key(name or org)
    peer_key = key(f"{org} peer")
    statement = Succession(peer_key=peer_key, old_key=None, new_key=own.public_key)
    proof = own.sign(succession_sign_bytes(CHAIN_ID, statement))
    return operation("membership", "add_validator", peer_key, own.public_key, power, proof, power > 1)


def rotation(org: str, new: str, *, old_signs: str = "", new_signs: str = "") -> Operation:
    """The key of an organisation gives its place to the key of ``new``; who signs may be another."""
    old_key, new_key = consensus_key(org).public_key, consensus_key(new).public_key
    statement = Succession(peer_key=key(f"{org} peer"), old_key=old_key, new_key=new_key)
    said = succession_sign_bytes(CHAIN_ID, statement)
    proofs = (consensus_key(old_signs or org).sign(said), consensus_key(new_signs or new).sign(said))
    return operation("membership", "rotate_validator", old_key, new_key, *proofs)


def leaving(org: str, *, no_spare: bool = True) -> Operation:
    """The node of an organisation validates no more, even if no failure is borne then."""
    return operation("membership", "remove_validator", org, no_spare)


def test_a_set_grows_from_four_to_seven_and_shrinks_back() -> None:
    """Each change holds two heights after its block; the ledger restored from the records knows the same."""
    world = Consortium()
    for org in ("member-5", "member-6", "member-7"):
        height = world.ledger.height + 1
        signers = [*QUORUM, *(each for each in ("member-5", "member-6") if each < org)]
        assert world.decide(*join_operations(org), signers=signers).code == "OK"
        assert org not in world.orgs_at(height + 1)
        assert org in world.orgs_at(height + 2)
    assert len(world.ledger.next_validators) == 7
    assert {member.org for member in world.ledger.members} == {*ORGS, "member-5", "member-6", "member-7"}
    for org in ("bank-a", "member-6", "buyer"):
        signers = [*ORGS, "member-5", "member-7"]
        assert world.decide(leaving(org), signers=signers).code == "OK"
    assert world.orgs_at(world.ledger.height + 2) == ["bank-b", "bank-c", "member-5", "member-7"]
    restored = world.restored()
    for height in range(1, world.ledger.height + 3):
        assert restored.validators_at(height) == world.ledger.validators_at(height)


@pytest.mark.parametrize(
    ("signers", "code"),
    [
        (("bank-a", "bank-b"), "MEMBERSHIP_NO_QUORUM"),
        (("bank-a", "bank-b", "bank-c-clerk"), "MEMBERSHIP_NO_QUORUM"),
        (("bank-a", "bank-a-clerk", "bank-b"), "MEMBERSHIP_NO_QUORUM"),
        (("bank-a", "bank-b", "buyer"), "OK"),
    ],
    ids=["two of four", "a clerk is no admin", "two accounts of one are one voice", "three of four"],
)
def test_more_than_two_thirds_of_the_power_must_sign(signers: tuple[str, ...], code: str) -> None:
    receipt = Consortium().decide(*join_operations("member-5"), signers=signers)
    assert receipt.code == code
    if code != "OK":
        assert facts(receipt)["power"] == 2
        assert facts(receipt)["total_power"] == 4


def test_the_power_counts_and_not_the_heads() -> None:
    world = Consortium()
    heavy = operation("membership", "set_power", "bank-a", 7, True)
    assert world.decide(heavy).code == "OK"
    others = ("bank-b", "bank-c", "buyer")
    assert world.decide(leaving("buyer"), signers=others).code == "MEMBERSHIP_NO_QUORUM"
    assert world.decide(leaving("buyer"), signers=("bank-a",)).code == "OK"


def test_no_key_validates_twice_in_the_life_of_a_chain() -> None:
    world = Consortium()
    assert world.decide(leaving("buyer")).code == "OK"
    assert world.decide(validating("buyer")).code == "MEMBERSHIP_KEY_USED"
    assert world.decide(validating("buyer", name="buyer again")).code == "OK"
    assert world.decide(rotation("bank-a", "bank-b"), signers=("bank-a",)).code == "MEMBERSHIP_KEY_USED"
    assert world.decide(rotation("bank-a", "buyer"), signers=("bank-a",)).code == "MEMBERSHIP_KEY_USED"


def test_a_key_of_another_use_cannot_enter() -> None:
    """It would sign in two domains."""
    world = Consortium()
    for used in (key("bank-a"), key("bank-a peer"), consensus_key("bank-a").public_key):
        code = world.decide(operation("membership", "add_node", "buyer", "spare", used, bytes(64))).code
        assert code == "MEMBERSHIP_KEY_USED"
        adding = operation("membership", "add_account", "buyer", "spare", used, (), bytes(64))
        code = world.decide(adding).code
        assert code == "MEMBERSHIP_KEY_USED"


def test_a_key_must_prove_that_it_enters() -> None:
    """Or anybody could put the key of another in, and burn it."""
    world = Consortium()
    assert world.decide(leaving("buyer")).code == "OK"
    proven = validating("buyer", name="new")
    forged = replace(proven, args=(*proven.args[:3], bytes(64), False))
    assert world.decide(forged).code == "MEMBERSHIP_NOT_PROVEN"
    elsewhere = validating("bank-a", name="new").args
    proof_of_another_node = operation("membership", "add_validator", key("buyer peer"), *elsewhere[1:])
    assert world.decide(proof_of_another_node).code == "MEMBERSHIP_NOT_PROVEN"


def test_a_validator_exchanges_its_key() -> None:
    """The organisation alone decides it, with both keys; power and node stay."""
    world = Consortium()
    receipt = world.decide(rotation("bank-a", "bank-a second"), signers=("bank-a",))
    assert receipt.code == "OK"
    assert [event.name for event in receipt.events] == ["validator_rotated"]
    height = world.ledger.height
    old, new = (consensus_key(name).public_key for name in ("bank-a", "bank-a second"))
    assert world.ledger.validators_at(height + 1).index_of(old) is not None
    assert world.ledger.validators_at(height + 1).index_of(new) is None
    assert world.ledger.validators_at(height + 2).index_of(old) is None
    assert world.ledger.validators_at(height + 2).index_of(new) is not None
    assert next(each for each in world.ledger.members if each.org == "bank-a").consensus_key == new


@pytest.mark.parametrize(
    ("signs", "signers", "code"),
    [
        ({"old_signs": "bank-b"}, ("bank-a",), "MEMBERSHIP_NOT_PROVEN"),
        ({"new_signs": "bank-b"}, ("bank-a",), "MEMBERSHIP_NOT_PROVEN"),
        ({}, ("bank-b",), "AUTH_ROLE"),
        ({}, ("bank-a-clerk",), "AUTH_ROLE"),
    ],
    ids=["not the old key", "not the new key", "another organisation", "no admin"],
)
def test_a_rotation_needs_both_keys_and_the_own_admin(
    signs: dict[str, str], signers: tuple[str, ...], code: str
) -> None:
    assert Consortium().decide(rotation("bank-a", "new", **signs), signers=signers).code == code


def test_one_block_changes_one_validator_or_leaves_a_quorum_alone() -> None:
    """Of four, two at once is refused, in one transaction or in two; of seven, two may go at once."""
    world = Consortium()
    first, second = rotation("bank-a", "a2"), rotation("bank-b", "b2")
    receipts = world.block(world.transaction(("bank-a",), first), world.transaction(("bank-b",), second))
    assert [receipt.code for receipt in receipts] == ["OK", "MEMBERSHIP_CHANGE_TOO_LARGE"]
    assert world.decide(leaving("bank-c"), leaving("buyer")).code == "MEMBERSHIP_CHANGE_TOO_LARGE"
    assert world.decide(second, signers=("bank-b",)).code == "OK", "the next block may"
    for org in ("member-5", "member-6", "member-7"):
        signers = (*ORGS, *(each for each in ("member-5", "member-6") if each < org))
        assert world.decide(*join_operations(org), signers=signers).code == "OK"
    everybody = (*ORGS, "member-5", "member-6")
    assert world.decide(leaving("bank-c"), leaving("buyer"), signers=everybody).code == "OK"


def test_newcomers_of_one_block_must_not_outweigh_those_who_stay() -> None:
    """All four stay, a quorum of the set before; of the set after they would be none, and the chain could not
    go on without the newcomers.
    """
    world = Consortium()
    both = (*join_operations("member-5", power=10), *join_operations("member-6", power=10))
    assert world.decide(*both).code == "MEMBERSHIP_CHANGE_TOO_LARGE"
    assert world.decide(*join_operations("member-5", power=10)).code == "OK", "one at a time it may be meant"


def test_the_last_validator_stays() -> None:
    world = Consortium()
    for org in ("buyer", "bank-c", "bank-b"):
        assert world.decide(leaving(org), signers=ORGS).code == "OK"
    receipt = world.decide(leaving("bank-a"), signers=("bank-a",))
    assert receipt.code == "MEMBERSHIP_LAST_VALIDATOR"


def test_a_node_goes_only_when_its_votes_do_not_count_any_more() -> None:
    world = Consortium()
    remove = operation("membership", "remove_node", "buyer")
    assert world.decide(remove).code == "MEMBERSHIP_NODE_VALIDATES"
    assert world.decide(leaving("buyer"), remove).code == "MEMBERSHIP_NODE_VALIDATES", "it votes at H + 1"
    assert world.decide(leaving("buyer")).code == "OK"
    assert world.decide(remove).code == "OK"
    assert "buyer" not in [member.name for member in world.ledger.members]
    again = add_node("buyer", "buyer")
    assert world.decide(again).code == "MEMBERSHIP_NAME_USED"
    again = add_node("buyer", "buyer-2", bearer="buyer peer")
    assert world.decide(again).code == "OK", "a node that was removed may return, under another name"


HOST = "/dns4/node.buyer.example/tcp/26656"
OTHER_HOST = "/ip6/2001:db8::1/tcp/1"


def addresses(world: World) -> dict[str, str | None]:
    """Addresses that the ledger states, by node."""
    return {member.name: member.address for member in world.ledger.members if member.address is not None}


def test_an_organisation_states_where_its_own_nodes_are_dialled() -> None:
    world = Consortium()
    stated = operation("membership", "set_address", "buyer", HOST)
    assert world.decide(stated, signers=("bank-a",)).code == "MEMBERSHIP_NO_QUORUM"
    assert addresses(world) == {}
    receipt = world.decide(stated, signers=("buyer",))
    assert receipt.code == "OK"
    assert [event.fields for event in receipt.events] == [("buyer", "buyer", HOST)]
    assert addresses(world) == {"buyer": HOST}
    assert world.decide(operation("membership", "set_address", "buyer", OTHER_HOST)).code == "OK"
    assert addresses(world) == {"buyer": OTHER_HOST}, "the quorum may, too"
    withdrawn = operation("membership", "set_address", "buyer", None)
    assert world.decide(withdrawn, signers=("buyer",)).code == "OK"
    assert addresses(world) == {}


def test_a_node_that_leaves_takes_its_address_along() -> None:
    world = Consortium()
    assert (
        world.decide(operation("membership", "set_address", "buyer", HOST), signers=("buyer",)).code == "OK"
    )
    assert world.decide(leaving("buyer")).code == "OK"
    assert world.decide(operation("membership", "remove_node", "buyer")).code == "OK"
    again = add_node("buyer", "buyer-2", bearer="buyer peer")
    assert world.decide(again).code == "OK"
    assert addresses(world) == {}, "the same key under a new name"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "node.buyer.example:26656",
        "/dns4/node.buyer.example/tcp/0",
        "/dns4/node.buyer.example/tcp/65536",
        "/dns4/node.buyer.example/udp/26656",
        "/dns4/no space/tcp/26656",
        "/dns4/n\u00f6de.example/tcp/26656",
        "/ip4/192.0.2.1/tcp/\u0661",
        "/ip4/192.0.2.1/tcp/26656/p2p/12D3KooW",
        HOST + "\n",
    ],
)
def test_what_nobody_can_dial_is_no_address(address: str) -> None:
    world = Consortium()
    stated = operation("membership", "set_address", "buyer", address)
    assert world.decide(stated, signers=("buyer",)).code == "MEMBERSHIP_ADDRESS"
    assert addresses(world) == {}


def test_an_organisation_keeps_its_own_accounts_and_its_last_admin() -> None:
    world = Consortium()
    clerk = add_account("buyer", "second", "admin")
    assert world.decide(clerk, signers=("bank-a",)).code == "MEMBERSHIP_NO_QUORUM"
    assert world.decide(clerk, signers=("buyer",)).code == "OK"
    first = operation("membership", "remove_account", "buyer", "buyer")
    assert world.decide(first, signers=("second",)).code == "OK"
    last = operation("membership", "remove_account", "buyer", "second")
    assert world.decide(last, signers=("second",)).code == "MEMBERSHIP_LAST_ADMIN"
    assert world.decide(clerk, signers=QUORUM).code == "MEMBERSHIP_KEY_USED"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (operation("membership", "admit", "bank-a", "Bank A Ltd", ()), "MEMBERSHIP_EXISTS"),
        (operation("membership", "admit", "Bank A", "Bank A Ltd", ()), "MEMBERSHIP_NAME"),
        (operation("membership", "admit", "bank-d", " Bank D", ()), "MEMBERSHIP_NAME"),
        (operation("membership", "admit", "bank-d", "Bank D", ("king",)), "MEMBERSHIP_ROLE"),
        (operation("membership", "admit", "bank-d", "Bank D", ("admin", "admin")), "TX_INVALID_ARGS"),
        (add_node("bank-d", "n"), "MEMBERSHIP_UNKNOWN"),
        (add_node("buyer", "bank-a", bearer="n"), "MEMBERSHIP_EXISTS"),
        (operation("membership", "remove_node", "n"), "MEMBERSHIP_UNKNOWN"),
        (operation("membership", "set_address", "n", HOST), "MEMBERSHIP_UNKNOWN"),
        (operation("membership", "remove_account", "buyer", "n"), "MEMBERSHIP_UNKNOWN"),
        (operation("membership", "set_power", "n", 3, True), "MEMBERSHIP_UNKNOWN"),
        (operation("membership", "set_power", "n", 0, True), "TX_INVALID_ARGS"),
        (operation("membership", "set_power", "n", 2**40 + 1, True), "TX_INVALID_ARGS"),
        (validating("buyer", name="other"), "MEMBERSHIP_NODE_VALIDATES"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(change: Operation, code: str) -> None:
    assert Consortium().decide(change, signers=ORGS).code == code


def test_the_query_tells_who_comes_and_who_goes() -> None:
    world = Consortium()
    assert world.decide(rotation("bank-a", "a2"), signers=("bank-a",)).code == "OK"
    told = world.ledger.query("membership", "validators", {}, None)["validators"]
    by_key = {PublicKey(bytes.fromhex(each["consensus_key"])): each for each in told}
    old, new = by_key[consensus_key("bank-a").public_key], by_key[consensus_key("a2").public_key]
    assert (old["in_force"], old["leaving"], new["in_force"], new["leaving"]) == (True, True, False, False)
    assert new["node"] == "bank-a"
