"""Module versions in force at a height, and those this software has.

The state says from which height on a version counts, and so every node agrees on it, whatever its software
has. Block ``H`` is executed with the versions in force at ``H``, as the state after ``H - 1`` says; what is
asked of the state after ``h`` is answered by those in force at ``h``, which wrote it. A module of which the
state says nothing runs in version 1 if chains run it from genesis on, and else not at all.

A node whose software lacks a version knows so from the block that schedules it, and executes no block from
the height on at which it counts: the chain goes on without it, and it goes on with another software. Rules
never look at what the software has: two nodes would disagree.

What the kernel itself reads (accounts, members, validators, policies, parameters) keeps the shape of its
records in all versions. A version that changes what an action means gives the action another name or other
fields: whoever signed before the height meant the version before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from p2pchain.ledger.module import Catalogue, Json, Module
from p2pchain.ledger.state import State
from p2pchain.ledger.system import (
    MODULE_VERSIONS,
    SUSPENDED_KEY,
    VersionFrom,
    VersionsFrom,
    decode_versions,
    suspended_of,
)
from p2pchain.model.errors import Fact, Fault
from p2pchain.model.ids import GENESIS_HEIGHT

AT_GENESIS = 1
"""The version in which a chain begins with a module."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A version that the chain needs from ``height`` on and this software lacks; ``has``: the versions of
    this module that it has, ascending.
    """

    module: str
    version: int
    height: int
    has: tuple[int, ...]

    @property
    def has_in_words(self) -> str:
        """``1``, ``1 and 3``, or ``none``."""
        return " and ".join(map(str, self.has)) or "none"


class ModuleVersionMissing(Fault):
    """This software lacks a version that the next block needs. It is too old or too new: nobody else is
    guilty of it, and nothing is lost.
    """

    def __init__(self, missing: Missing) -> None:
        """``MODULE_VERSION_MISSING``."""
        facts: dict[str, Fact] = {
            "module": missing.module,
            "version": missing.version,
            "height": missing.height,
            "this_software_has": missing.has_in_words,
        }
        hint = "from this height on the chain runs it: install a release that has it, then start again"
        super().__init__("MODULE_VERSION_MISSING", facts, hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """The modules of one height: those in force, those of them that come into force at this very height, and
    those in force that this software lacks, without which no block of this height is executed.
    """

    catalogue: Catalogue
    arriving: tuple[Module, ...]
    missing: tuple[Missing, ...]

    def require(self) -> None:
        """Raise ``ModuleVersionMissing`` where a block of this height cannot be executed here."""
        if self.missing:
            raise ModuleVersionMissing(self.missing[0])


class Schedule:
    """Scheduled versions of modules, as the state records them."""

    __slots__ = ("_versions", "suspended")

    def __init__(self, versions: Mapping[str, VersionsFrom], suspended: tuple[str, ...] = ()) -> None:
        """``versions``: by module, ascending; nothing of most. ``suspended``: modules of which no action is
        carried out.
        """
        self._versions = dict(sorted(versions.items()))
        self.suspended = suspended

    def items(self) -> Iterable[tuple[str, VersionsFrom]]:
        """Modules of which the state says something, by name."""
        return self._versions.items()

    def in_force(self, module: str, height: int) -> VersionFrom | None:
        """Return the version in force at a height, or None."""
        reached = [version for version in self._versions.get(module, ()) if version.height <= height]
        return reached[-1] if reached else None

    def scheduled(self, module: str, height: int) -> VersionFrom | None:
        """The version that comes into force above a height; None for none."""
        ahead = [version for version in self._versions.get(module, ()) if version.height > height]
        return ahead[0] if ahead else None

    def arriving_at(self, height: int) -> list[tuple[str, VersionFrom]]:
        """List the versions that come into force at this height, by module."""
        return [
            (module, version)
            for module, versions in self._versions.items()
            for version in versions
            if version.height == height
        ]


def read_schedule(state: State) -> Schedule:
    """Read the schedule and the suspended modules from the state. Versions lie below ``MODULE_VERSIONS``."""
    versions: dict[str, VersionsFrom] = {}
    for key in state.walk(MODULE_VERSIONS):
        raw = state.get(key)
        assert raw is not None, "a key that is walked has a value"
        versions[key[len(MODULE_VERSIONS) :].decode()] = decode_versions(raw)
    return Schedule(versions, suspended_of(state.get(SUSPENDED_KEY)))


class Software:
    """The versions of modules that this software has."""

    __slots__ = ("_at_genesis", "_catalogues", "_known", "_names")

    def __init__(self, modules: Sequence[Module]) -> None:
        """``modules``: each name and version once; at genesis they write in this order."""
        self._known = {(module.name, module.version): module for module in modules}
        assert len(self._known) == len(modules), "a version of a module occurs once"
        self._names = tuple(dict.fromkeys(module.name for module in modules))
        self._at_genesis = tuple(dict.fromkeys(module.name for module in modules if module.at_genesis))
        late = {module.name for module in modules if not module.at_genesis}
        assert late.isdisjoint(self._at_genesis), "all versions of a module say the same of genesis"
        self._catalogues: dict[tuple[tuple[str, int], ...], Catalogue] = {}

    @property
    def at_genesis(self) -> Catalogue:
        """The modules with which a chain begins. Raises ``ModuleVersionMissing`` where one is gone."""
        edition = self.edition(Schedule({}), GENESIS_HEIGHT)
        edition.require()
        return edition.catalogue

    def edition(self, schedule: Schedule, height: int) -> Edition:
        """The modules of a height, as far as this software has them."""
        wanted: dict[str, tuple[int, int]] = dict.fromkeys(self._at_genesis, (AT_GENESIS, GENESIS_HEIGHT))
        for module, _ in schedule.items():
            version = schedule.in_force(module, height)
            if version is not None:
                wanted[module] = version.version, version.height
        here = [name for name in self._names if name in wanted and (name, wanted[name][0]) in self._known]
        catalogue = self._catalogue(tuple((name, wanted[name][0]) for name in here))
        return Edition(
            catalogue=catalogue,
            arriving=tuple(module for module in catalogue.modules if wanted[module.name][1] == height),
            missing=tuple(
                self._missing(name, version, since)
                for name, (version, since) in wanted.items()
                if (name, version) not in self._known
            ),
        )

    def missing(self, schedule: Schedule, height: int) -> tuple[Missing, ...]:
        """List the versions this software lacks from ``height`` on, the earliest first. Counted are those
        scheduled by now.
        """
        ahead = ((module, schedule.scheduled(module, height)) for module, _ in schedule.items())
        later = [
            self._missing(module, scheduled.version, scheduled.height)
            for module, scheduled in ahead
            if scheduled is not None and (module, scheduled.version) not in self._known
        ]
        missing = (*self.edition(schedule, height).missing, *later)
        return tuple(sorted(missing, key=lambda lack: (lack.height, lack.module)))

    def describe(self, schedule: Schedule, height: int) -> list[Json]:
        """For people, by module: ``in_force`` (null for none) at a height, ``since``, the ``digest`` that was
        agreed on (null for versions of genesis), ``scheduled``, ``scheduled_height`` and
        ``scheduled_digest``, whether it is ``suspended``, and ``software``, the versions that are here.
        """
        names = sorted({*self._names, *(module for module, _ in schedule.items())})
        return [self._describe(name, schedule, height) for name in names]

    def _describe(self, name: str, schedule: Schedule, height: int) -> Json:
        first = (AT_GENESIS, GENESIS_HEIGHT) if name in self._at_genesis else (None, None)
        in_force, since, digest = schedule.in_force(name, height) or (*first, None)
        scheduled, scheduled_height, ahead = schedule.scheduled(name, height) or (None, None, None)
        return {
            "module": name,
            "in_force": in_force,
            "since": since,
            "digest": None if digest is None else digest.hex(),
            "scheduled": scheduled,
            "scheduled_height": scheduled_height,
            "scheduled_digest": None if ahead is None else ahead.hex(),
            "suspended": name in schedule.suspended,
            "software": list(self._has(name)),
        }

    def _catalogue(self, wanted: tuple[tuple[str, int], ...]) -> Catalogue:
        """The same one for the same versions: a chain runs through few of them."""
        catalogue = self._catalogues.get(wanted)
        if catalogue is None:
            catalogue = self._catalogues[wanted] = Catalogue(
                [self._known[wanted_version] for wanted_version in wanted]
            )
        return catalogue

    def _missing(self, module: str, version: int, height: int) -> Missing:
        return Missing(module=module, version=version, height=height, has=self._has(module))

    def _has(self, name: str) -> tuple[int, ...]:
        return tuple(sorted(version for module, version in self._known if module == name))


class RunningModules:
    """Modules of a chain as it grows. ``schedule``: what the state says after a height; ``reading``: the
    modules that wrote it, and answer what is asked of it; ``edition``: those of the next block.
    """

    __slots__ = ("_height", "_software", "_state", "edition", "reading", "schedule")

    def __init__(self, software: Software, state: State, height: int) -> None:
        """After ``height``; ``state``: the committed one, as it changes."""
        self._software = software
        self._state = state
        self._height = height
        self.schedule = read_schedule(state)
        self.reading = software.edition(self.schedule, height).catalogue
        self.edition = software.edition(self.schedule, height + 1)

    def committed(self, height: int, changed: frozenset[bytes]) -> None:
        """Go on to the next height; ``changed``: which of the watched records its block changed."""
        if not changed.isdisjoint((MODULE_VERSIONS, SUSPENDED_KEY)):
            self.schedule = read_schedule(self._state)
        self._height = height
        self.reading = self.edition.catalogue
        self.edition = self._software.edition(self.schedule, height + 1)

    @property
    def missing(self) -> tuple[Missing, ...]:
        """List module versions that this software lacks from the next block on, the earliest first."""
        return self._software.missing(self.schedule, self._height + 1)

    @property
    def described(self) -> list[Json]:
        """For people: the version of each module in the next block, the scheduled one, and those here."""
        return self._software.describe(self.schedule, self._height + 1)
