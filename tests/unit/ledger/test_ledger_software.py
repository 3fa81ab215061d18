"""What a software has of modules, and the catalogues that it makes of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from p2pchain.business.software import MODULES
from p2pchain.ledger.system import VersionFrom
from p2pchain.ledger.versions import ModuleVersionMissing, Schedule, Software
from tests.unit.ledger.edition_world import DIGEST, NEWER, NOTE_3, Consortium


def test_software_without_a_chains_first_version_says_so() -> None:
    newest = [module for module in NEWER if (module.name, module.version) != ("note", 1)]
    with pytest.raises(ModuleVersionMissing, match="this_software_has=2"):
        Consortium(newest)


def test_a_catalogue_is_made_once_for_the_same_versions() -> None:
    software, schedule = Software(NEWER), Schedule({"note": (VersionFrom(2, 10, DIGEST),)})
    editions = [software.edition(schedule, height) for height in (8, 9, 10, 11)]
    assert editions[0].catalogue is editions[1].catalogue
    assert editions[2].catalogue is editions[3].catalogue is not editions[0].catalogue
    assert [[each.name for each in edition.arriving] for edition in editions] == [[], [], ["note"], []]


@pytest.mark.parametrize("modules", [(*MODULES, MODULES[0]), (*NEWER, replace(NOTE_3, at_genesis=False))])
def test_software_that_contradicts_itself(modules: tuple[object, ...]) -> None:
    with pytest.raises(AssertionError):
        Software(modules)  # type: ignore[arg-type]
