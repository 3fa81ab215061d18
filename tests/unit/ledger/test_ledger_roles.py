"""Roles are those of the kernel and of the modules that a chain runs, and no others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from p2pchain.business.software import MODULES
from p2pchain.ledger.module import Catalogue, Module
from p2pchain.model.errors import Refused
from p2pchain.model.genesis import Genesis
from p2pchain.model.transaction import Operation
from tests.unit.ledger.edition_world import DEEDS, NEWER, QUORUM, Consortium
from tests.unit.ledger.ledger_world import World, a_genesis
from tests.unit.ledger.receivable_steps import Market, act

KEEPING = Module(name="keeping", roles=("keeper", "issuer"))
LATER = tuple(replace(DEEDS, roles=("keeper",)) if module is DEEDS else module for module in NEWER)
ADMIT = Operation(module="membership", action="admit", args=("tier-3", "Tier 3 Ltd", ("issuer", "keeper")))
POLICY = Operation(module="policy", action="set", args=("note", "put", (1, ("*.keeper",))))


def with_keeper() -> Genesis:
    """A genesis of which one organisation may keep."""
    genesis = a_genesis()
    first, *others = genesis.organisations
    return replace(genesis, organisations=(replace(first, roles=(*first.roles, "keeper")), *others))


def test_roles_of_modules_stand_once_between_those_of_the_kernel() -> None:
    roles = Catalogue((*MODULES, KEEPING)).roles
    assert roles[:2] == ("admin", "validator")
    assert roles[-2:] == ("keeper", "observer")
    assert len(set(roles)) == len(roles)


def test_a_genesis_has_the_roles_that_its_modules_bring() -> None:
    with pytest.raises(Refused, match="GENESIS_ROLE_UNKNOWN") as refused:
        World(with_keeper())
    assert refused.value.facts["role"] == "keeper"
    World(with_keeper(), (*MODULES, KEEPING))


def test_a_role_comes_with_its_module_in_the_life_of_a_chain() -> None:
    """Neither an organisation nor a policy can have it before."""
    world = Consortium(LATER)
    for operation, code in ((ADMIT, "MEMBERSHIP_ROLE"), (POLICY, "POL_ROLE")):
        refusal = world.refused(QUORUM, operation)
        assert (refusal["code"], refusal["role"]) == (code, "keeper")
    world.up_to(world.scheduled("deeds", 1) - 1)
    world.does(QUORUM, ADMIT)
    world.does(QUORUM, POLICY)


def test_a_holder_asks_for_no_role_that_there_is_not() -> None:
    """Else nobody could ever hand the receivable on."""
    market = Market()
    item = market.accepted("one")
    assert market.refuses("supplier", act("set_policy", item, (1, ("supplier.keeper",)))) == "POL_ROLE"
    market.does("supplier", act("set_policy", item, (1, ("supplier.issuer",))))


def test_a_name_that_no_role_can_have_is_a_bug_of_its_module() -> None:
    with pytest.raises(AssertionError, match="names of roles"):
        Catalogue((*MODULES, replace(KEEPING, roles=("A Keeper",))))
