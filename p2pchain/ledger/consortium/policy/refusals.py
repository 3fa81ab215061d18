"""Refusals of policies."""

from __future__ import annotations

from typing import Final

from p2pchain.model.refusal import Guilt, Refusal


class ModuleExempt(Refusal):
    """A policy is to be set for a module that takes none."""

    code = "POL_EXEMPT"
    fact_names = ("module", "action")
    words = "no policy can be set for this module"
    next_step = "its own rules say who signs"
    guilt = Guilt.STATE


class ActionUnknown(Refusal):
    """No such action exists to set a policy for."""

    code = "POL_UNKNOWN_ACTION"
    fact_names = ("module", "action")
    words = "there is no such action"
    next_step = "compare module and action with docs/ledger.md"
    guilt = Guilt.UNKNOWN


class AdminsTooFew(Refusal):
    """An organisation asks more admins of itself than it has."""

    code = "POL_OWN_ADMINS"
    fact_names = ("org", "needed", "admins")
    words = "it has fewer admins"
    next_step = "add admins first"
    guilt = Guilt.STATE


class PolicyRole(Refusal):
    """A policy asks for a role that there is not."""

    code = "POL_ROLE"
    fact_names = ("role", "roles")
    words = "there is no such role"
    next_step = "take one of those that the chain has"
    guilt = Guilt.INPUT


class PolicyUnsatisfied(Refusal):
    """The signers do not satisfy the policy of what they sign."""

    code = "POL_UNSATISFIED"
    fact_names = ("needed", "parts", "signed")
    words = "a policy wants more signers"
    next_step = "hand it round with --cosigner ORG --out FILE"
    guilt = Guilt.RIGHTS


REFUSALS: Final = (ModuleExempt, ActionUnknown, AdminsTooFew, PolicyRole, PolicyUnsatisfied)
"""All that the rules of the module raise."""
