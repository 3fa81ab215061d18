"""Governance: from which height on a module runs in its next version.

A module has at most one version scheduled, the one after the one in force; a module that does not run yet
begins with version 1. Until it comes into force the change may be put on another height, or taken back. The
digest of its code is part of what is decided. Where too few say that they have it (``software.py``), it is
put off by the rule itself: no rule asks what the software of a node has, for the answer would differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from p2pchain.ledger.consortium.governance.refusals import (
    VersionNotNext,
    VersionNotScheduled,
    VersionTooSoon,
)
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Bounds, Hash, Height, Integer, Kind
from p2pchain.ledger.system import VersionFrom, VersionsFrom
from p2pchain.model.errors import Fact
from p2pchain.model.messages import MODULE_NAME_CHARS_MAX, MODULE_VERSION_MAX
from p2pchain.model.transaction import Value

NOTICE_HEIGHTS_MIN: Final = 100
"""Fewest heights between the block that schedules a version and the first with it in force."""
RESERVED: Final = ("system",)
"""Where the kernel keeps its own records, which is no module's namespace."""
LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz")
FURTHER: Final = frozenset("0123456789_-")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleNameKind(Kind):
    """Allowed name of a module."""

    @property
    def bounds(self) -> Bounds:
        """Its kind and length: a-z, then a-z, 0-9, _ and -."""
        return {"kind": "module", "bytes_max": MODULE_NAME_CHARS_MAX}

    def accepts(self, value: Value) -> bool:
        """Test the form of a module's name. No software can tell for all members whether such a module
        exists.
        """
        if not isinstance(value, str) or not 0 < len(value) <= MODULE_NAME_CHARS_MAX or value in RESERVED:
            return False
        return value[0] in LETTERS and all(char in LETTERS or char in FURTHER for char in value)


MODULE_NAME: Final = ModuleNameKind(help="name of the module")
VERSION: Final = Integer(low=1, high=MODULE_VERSION_MAX, help="its version")
FROM_HEIGHT: Final = Height(low=1, help="first block that runs it")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetModuleVersion:
    """A module's next version, and the height from which on it counts."""

    module: Annotated[str, MODULE_NAME, Entry(is_argument=True)]
    version: Annotated[int, VERSION, Entry(is_argument=True)]
    height: Annotated[int, FROM_HEIGHT]
    digest: Annotated[
        bytes,
        Hash(label="digest of its code", help="see: p2pchain module digest"),
        Entry(is_made=True),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawModuleVersion:
    """A scheduled version that shall not come into force."""

    module: Annotated[str, MODULE_NAME, Entry(is_argument=True)]
    version: Annotated[int, VERSION, Entry(is_argument=True)]


def set_module_version(context: Context, message: SetModuleVersion) -> None:
    """Schedule a module's next version, or put it on another height. ``MEMBERSHIP_NO_QUORUM``,
    ``GOV_VERSION_NOT_NEXT``, ``GOV_VERSION_HEIGHT``.
    """
    context.call("membership", "require_quorum")
    if message.version > _in_force(context, message) + 1:
        raise _not_next(context, message)
    require_ahead(context, message)
    standing, scheduled = _parts(context, message.module)
    version = VersionFrom(message.version, message.height, message.digest)
    context.set_module_versions(message.module, (*standing, version))
    before = scheduled[0].height if scheduled else None
    context.emit(
        "module_version_set", (message.module, message.version, message.height, before, message.digest)
    )


def require_ahead(view: View, message: SetModuleVersion) -> None:
    """Require a later version, at a height that leaves members time. Versions and heights only grow.
    ``GOV_VERSION_NOT_NEXT``, ``GOV_VERSION_HEIGHT``.
    """
    if message.version <= _in_force(view, message):
        raise _not_next(view, message)
    earliest = view.height + NOTICE_HEIGHTS_MIN
    if message.height < earliest:
        facts: dict[str, Fact] = {"module": message.module, "version": message.version}
        facts |= {"height": message.height, "earliest": earliest}
        raise VersionTooSoon(facts)


def withdraw_module_version(context: Context, message: WithdrawModuleVersion) -> None:
    """Take back a version that has not come into force. ``MEMBERSHIP_NO_QUORUM``,
    ``GOV_VERSION_NOT_SCHEDULED``.
    """
    context.call("membership", "require_quorum")
    standing, scheduled = _parts(context, message.module)
    if message.version not in [version for version, _, _ in scheduled]:
        facts: dict[str, Fact] = {
            "module": message.module,
            "version": message.version,
            "in_force": context.setting.versions.get(message.module, 0),
            "scheduled": scheduled[0][0] if scheduled else None,
        }
        raise VersionNotScheduled(facts)
    context.set_module_versions(message.module, standing)
    context.emit("module_version_withdrawn", (message.module, message.version, scheduled[0][1]))


def _in_force(view: View, message: SetModuleVersion) -> int:
    return view.setting.versions.get(message.module, 0)


def _not_next(view: View, message: SetModuleVersion) -> VersionNotNext:
    in_force = _in_force(view, message)
    facts: dict[str, Fact] = {"module": message.module, "version": message.version}
    facts |= {"in_force": in_force, "next": in_force + 1}
    return VersionNotNext(facts)


def _parts(context: Context, module: str) -> tuple[VersionsFrom, VersionsFrom]:
    """Return a module's version in force and its scheduled one; each may be absent."""
    known = context.module_versions(module)
    reached = tuple(since for since in known if since[1] <= context.height)
    return reached[-1:], known[len(reached) :]
