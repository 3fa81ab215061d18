"""Members: from genesis into the state, and an account read once is never trusted longer than its record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

import pytest

from p2pchain.business.software import MODULES
from p2pchain.codec.peer_id import peer_id_of
from p2pchain.ledger.consortium import membership
from p2pchain.ledger.context import Context
from p2pchain.ledger.kernel import Ledger
from p2pchain.ledger.kinds import Key, Organisation
from p2pchain.ledger.module import Action
from p2pchain.model.errors import Refused
from p2pchain.model.genesis import Genesis, GenesisOrganisation
from tests.unit.ledger.ledger_world import World, a_genesis, key, operation
from tests.unit.ledger.registering import Keyed, register

NOTE = operation("note", "put", "hello")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """Take a record of the membership away: what governance would do."""

    key: Annotated[bytes, Key()]


def remove(context: Context, message: Remove) -> None:
    """Delete the account or validator of a key."""
    context.delete(membership.ACCOUNT + message.key)
    context.delete(membership.VALIDATOR + message.key)
    context.delete(membership.NODE + message.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """Take all roles of an organisation away."""

    org: Annotated[str, Organisation()]


def strip(context: Context, message: Strip) -> None:
    """Leave the organisation without roles; its accounts' records stay."""
    context.put(membership.ORGANISATION + message.org.encode(), ("Stripped Ltd", ()))


STRIP = Action(name="strip", message=Strip, run=strip)
REMOVE = Action(name="remove", message=Remove, run=remove)
CHANGING = tuple(
    replace(module, actions=(REMOVE, STRIP)) if module.name == membership.NAME else module
    for module in MODULES
)


def test_validators_and_members_of_the_genesis() -> None:
    ledger = World().ledger
    keys = [validator.public_key for validator in ledger.validators.members]
    assert keys == sorted(key(f"{org} consensus") for org in ("bank-a", "bank-b", "bank-c", "buyer"))
    assert {validator.org for validator in ledger.validators.members} == {
        "bank-a",
        "bank-b",
        "bank-c",
        "buyer",
    }
    assert [member.peer_key for member in ledger.members] == sorted(
        member.peer_key for member in ledger.members
    )
    member = next(member for member in ledger.members if member.name == "buyer")
    assert member.peer_id == peer_id_of(key("buyer peer"))
    assert (member.org, member.consensus_key) == ("buyer", key("buyer consensus"))


def test_queries() -> None:
    ledger = World().ledger
    told = ledger.query("membership", "organisations", {}, None)["organisations"]
    assert [each["org"] for each in told] == ["bank-a", "bank-b", "bank-c", "buyer"]
    assert told[0]["legal_name"] == "Bank-A Ltd"
    assert told[0]["roles"] == ["financier", "validator"]
    assert [account["name"] for account in told[0]["accounts"]] == ["bank-a", "bank-a-clerk"]
    assert told[0]["nodes"] == ["bank-a"]
    own = ledger.query("membership", "account", {}, key("bank-b"))
    assert own == ledger.query("membership", "account", {"public_key": key("bank-b").hex()}, None)
    assert (own["name"], own["org"], own["roles"]) == ("bank-b", "bank-b", ["financier", "validator"])
    for args in ({}, {"public_key": key("nobody").hex()}):
        with pytest.raises(Refused, match="ACCOUNT_UNKNOWN"):
            ledger.query("membership", "account", args, None)


def test_a_removed_account_is_a_stranger_from_the_next_transaction_on() -> None:
    world = World(modules=CHANGING)
    assert world.submit("bank-b", NOTE).code == "OK"
    receipts = world.block(
        world.transaction("bank-b", NOTE),
        world.transaction("bank-a", operation("membership", "remove", key("bank-b"))),
        world.transaction("bank-b", NOTE),
        world.transaction("bank-a", NOTE),
    )
    assert [receipt.code for receipt in receipts] == ["OK", "OK", "TX_UNKNOWN_SIGNER", "OK"]
    with pytest.raises(Refused, match="TX_UNKNOWN_SIGNER"):
        world.ledger.check(world.transaction("bank-b", NOTE).transaction)
    assert world.submit("bank-b", NOTE).code == "TX_UNKNOWN_SIGNER"


def test_a_removal_that_is_not_committed_or_refused_changes_nobody() -> None:
    world = World(modules=CHANGING)
    removal = operation("membership", "remove", key("bank-b"))
    world.execute(world.transaction("bank-a", removal))
    assert world.submit("bank-b", NOTE).code == "OK"
    assert world.submit("bank-a", removal, operation("note", "put", 5)).code == "TX_INVALID_ARGS"
    assert world.submit("bank-b", NOTE).code == "OK"


def test_validators_follow_the_state() -> None:
    world = World(modules=CHANGING)
    gone = key("buyer consensus")
    execution = world.execute(world.transaction("bank-a", operation("membership", "remove", gone)))
    assert len(world.ledger.next_validators) == 4
    world.ledger.commit(execution)
    assert len(world.ledger.validators) == 4, "a change holds from two heights on"
    assert len(world.ledger.next_validators) == 3
    assert world.ledger.next_validators.index_of(gone) is None
    following = world.ledger.next_validators
    world.block()
    assert world.ledger.validators == world.ledger.next_validators == following
    assert len(world.ledger.validators_at(1)) == 4
    removal = operation("membership", "remove", key("buyer peer"))
    world.ledger.commit(world.execute(world.transaction("bank-a", removal)))
    assert [member.name for member in world.ledger.members if member.name == "buyer"] == []


def test_an_account_has_no_role_that_its_organisation_lost() -> None:
    world = Keyed(modules=CHANGING)
    receipts = world.block(
        world.transaction("bank-b", register()),
        world.transaction("bank-a", operation("membership", "strip", "bank-b")),
        world.transaction("bank-b", register()),
    )
    assert [receipt.code for receipt in receipts] == ["OK", "OK", "AUTH_ROLE"]
    assert world.ledger.query("membership", "account", {}, key("bank-b"))["roles"] == []


def test_an_account_of_the_genesis_has_no_role_that_its_organisation_lacks() -> None:
    genesis = a_genesis()
    bank = genesis.organisations[0]
    account = replace(bank.accounts[0], roles=("admin",))
    refuse(with_first(genesis, replace(bank, accounts=(account,))), "GENESIS_ROLE_NOT_HELD")


def test_a_genesis_that_contradicts_itself() -> None:
    genesis = a_genesis()
    bank, node = genesis.organisations[0], genesis.organisations[0].nodes[0]
    other = genesis.organisations[1]
    refuse(with_first(genesis, replace(bank, accounts=other.accounts)), "GENESIS_KEY_REPEATED")
    same = replace(node, peer_key=node.consensus_key or node.peer_key)
    refuse(with_first(genesis, replace(bank, nodes=(same,))), "GENESIS_KEY_REPEATED")
    refuse(with_first(genesis, replace(other, accounts=(), nodes=())), "GENESIS_ORG_REPEATED")
    silent = tuple(
        replace(each, nodes=tuple(replace(node, consensus_key=None, power=0) for node in each.nodes))
        for each in genesis.organisations
    )
    refuse(replace(genesis, organisations=silent), "GENESIS_NO_VALIDATOR")


def with_first(genesis: Genesis, organisation: GenesisOrganisation) -> Genesis:
    """The genesis with another first organisation."""
    return replace(genesis, organisations=(organisation, *genesis.organisations[1:]))


def refuse(genesis: Genesis, code: str) -> None:
    """Expect a refusal of the genesis."""
    with pytest.raises(Refused) as refused:
        Ledger.from_genesis(genesis, MODULES)
    assert refused.value.code == code
