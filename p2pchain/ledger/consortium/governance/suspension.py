"""Governance: a module that does harm is suspended, from the next block on, until it is resumed.

No action of it is carried out meanwhile, by nobody; its records stay, proofs and questions are answered, and
what other modules ask of it they still get. What the kernel itself stands on is not suspended.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from p2pchain.ledger.consortium.governance.refusals import (
    ModuleNeeded,
    ModuleNotInForce,
    NotSuspended,
    SuspendedAlready,
)
from p2pchain.ledger.consortium.governance.versions import MODULE_NAME
from p2pchain.ledger.context import Context
from p2pchain.ledger.fields import Entry

NEEDED: Final = ("governance", "membership", "policy")
"""Modules without which nobody could resume anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspendModule:
    """A module of which no action shall be carried out."""

    module: Annotated[str, MODULE_NAME, Entry(is_argument=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeModule:
    """A suspended module that shall go on."""

    module: Annotated[str, MODULE_NAME, Entry(is_argument=True)]


def suspend_module(context: Context, message: SuspendModule) -> None:
    """Suspend a module from the next block on. ``MEMBERSHIP_NO_QUORUM``, ``GOV_MODULE_NEEDED``,
    ``GOV_MODULE_UNKNOWN``, ``GOV_MODULE_SUSPENDED``.
    """
    context.call("membership", "require_quorum")
    if message.module in NEEDED:
        raise ModuleNeeded({"module": message.module})
    if message.module not in context.setting.versions:
        raise ModuleNotInForce({"module": message.module})
    suspended = context.suspended_modules()
    if message.module in suspended:
        raise SuspendedAlready({"module": message.module})
    context.set_suspended_modules(tuple(sorted((*suspended, message.module))))
    context.emit("module_suspended", (message.module,))


def resume_module(context: Context, message: ResumeModule) -> None:
    """Resume a suspended module from the next block on. ``MEMBERSHIP_NO_QUORUM``,
    ``GOV_MODULE_NOT_SUSPENDED``.
    """
    context.call("membership", "require_quorum")
    suspended = context.suspended_modules()
    if message.module not in suspended:
        raise NotSuspended({"module": message.module})
    context.set_suspended_modules(tuple(name for name in suspended if name != message.module))
    context.emit("module_resumed", (message.module,))
