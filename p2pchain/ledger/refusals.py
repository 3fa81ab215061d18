"""Refusals of the kernel, which rules of any module raise, too: who may sign, and what a parameter may be."""

from __future__ import annotations

from typing import Final

from p2pchain.model.refusal import Guilt, Refusal


class AccountUnknown(Refusal):
    """No member has an account with this key."""

    code = "ACCOUNT_UNKNOWN"
    words = "no member has this account"
    next_step = "see: p2pchain membership show"
    guilt = Guilt.UNKNOWN


class ControllerMissing(Refusal):
    """Another organisation than those of the signers decides on this."""

    code = "AUTH_CONTROLLER"
    fact_names = ("needed", "org")
    words = "another organisation has to sign this"
    next_step = "have the organisation sign that decides on it"
    guilt = Guilt.RIGHTS


class AccountFrozen(Refusal):
    """The account, or its organisation, signs nothing for now."""

    code = "AUTH_FROZEN"
    fact_names = ("account", "org")
    words = "the account, or its organisation, is frozen"
    next_step = "whoever froze it: p2pchain membership unfreeze"
    guilt = Guilt.RIGHTS


class ModuleSuspended(Refusal):
    """The module is suspended by a decision of the members."""

    code = "MODULE_SUSPENDED"
    fact_names = ("module",)
    words = "the members have suspended this module"
    next_step = "wait until they resume it: p2pchain governance modules"
    guilt = Guilt.STATE


class RoleMissing(Refusal):
    """No signer has the role that the action needs."""

    code = "AUTH_ROLE"
    words = "the account lacks the role that this needs"
    next_step = "sign with one that has it"
    guilt = Guilt.RIGHTS


class ParameterInvalid(Refusal):
    """The parameter is unknown, out of bounds, or contradicts another."""

    code = "GOV_PARAMETER"
    fact_names = ("parameter", "value", "low", "high", "lesser", "greater")
    words = "no such parameter, or no such value of it"
    next_step = "see docs/formats.md for their bounds"
    guilt = Guilt.INPUT


REFUSALS: Final[tuple[type[Refusal], ...]] = (
    AccountUnknown,
    ControllerMissing,
    AccountFrozen,
    ModuleSuspended,
    RoleMissing,
)
"""Those that no module declares."""
