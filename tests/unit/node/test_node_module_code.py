"""Code of modules that differs from what the members agreed on, or from a peer's, is named in the status."""

from __future__ import annotations

from dataclasses import replace

import pytest

from p2pchain.business.software import MODULES
from p2pchain.model.errors import Refused
from p2pchain.model.messages import MODULE_CODES_MAX, ModuleCode
from p2pchain.net.events import PeerStatistics
from p2pchain.node.health.module_code import ModuleCodeCheck
from p2pchain.node.home.module_sources import own_codes
from tests.unit.ledger.edition_world import DIGEST, QUORUM, Consortium, declare, set_version
from tests.unit.node.peer_statistics import peer

OTHER = bytes(32)


def code(version: int, digest: bytes = DIGEST) -> ModuleCode:
    """Code of ``note``."""
    return ModuleCode(module="note", version=version, digest=digest)


def check(
    world: Consortium, *codes: ModuleCode, linked: list[PeerStatistics] | None = None
) -> ModuleCodeCheck:
    """Of a node with this code and these peers."""
    return ModuleCodeCheck(codes, world.ledger, lambda: linked or [])


def test_the_same_code_is_no_reason() -> None:
    world = Consortium()
    world.scheduled()
    linked = [peer("bank-b", modules=(code(1, OTHER), code(2)))]
    assert check(world, code(1, OTHER), code(2), linked=linked).reasons() == []


def test_what_the_members_agreed_on_counts_from_its_decision_on() -> None:
    world = Consortium()
    held = check(world, code(2, OTHER))
    assert held.reasons() == []
    height = world.scheduled()
    (reason,) = held.reasons()
    assert reason.startswith("MODULE_CODE_DIFFERS: version 2 of note has the code 000000000000 here")
    assert "agreed on 2d2d2d2d2d2d" in reason
    world.up_to(height + 1)
    assert held.reasons() == [reason]


def test_a_peer_is_named_for_versions_that_count_or_are_scheduled() -> None:
    """Not for others, nor for what this software lacks."""
    world = Consortium()
    linked = [peer("bank-b", modules=(code(1, OTHER), code(2, OTHER), code(3, OTHER)))]
    held = check(world, code(1), code(2), linked=linked)
    (reason,) = held.reasons()
    assert "version 1 of note has the code 000000000000 at bank-b, and 2d2d2d2d2d2d here" in reason
    world.does(QUORUM, set_version("note", 2, 500))
    assert len(held.reasons()) == 2
    assert check(world, linked=linked).reasons() == []


def test_a_peer_names_a_version_once_however_often_its_hello_does() -> None:
    digests = [bytes([byte]) * 32 for byte in range(9)]
    linked = [peer("bank-b", modules=tuple(code(1, digest) for digest in digests))]
    assert len(check(Consortium(), code(1), linked=linked).reasons()) == 1


def test_who_has_which_version_is_described() -> None:
    world = Consortium()
    world.does("bank-a", declare(("note", 1, DIGEST), ("note", 2, OTHER)))
    (note,) = (row for row in check(world, code(1)).described() if row["module"] == "note")
    assert (note["codes"], note["members"]) == ({"1": DIGEST.hex()}, {"bank-a": [1, 2]})


def test_more_versions_than_a_hello_names_are_refused() -> None:
    """Not left out in silence: the node would keep from its peers what it has."""
    most = [replace(MODULES[0], version=number + 1) for number in range(MODULE_CODES_MAX)]
    assert len(own_codes(most)) == MODULE_CODES_MAX
    with pytest.raises(Refused, match="MODULES_TOO_MANY"):
        own_codes((*most, MODULES[1]))


def test_all_of_our_own_modules_have_code() -> None:
    codes = own_codes(MODULES)
    assert {own.module for own in codes} == {module.name for module in MODULES}
    assert len({own.digest for own in codes}) == len(codes)
