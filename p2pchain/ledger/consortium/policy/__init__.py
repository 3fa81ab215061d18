"""Policies: who has to sign an action, beyond what its module asks for itself."""

from p2pchain.ledger.consortium.policy.module import MODULE
from p2pchain.ledger.consortium.policy.rules import rule_key
from p2pchain.ledger.consortium.policy.signers import (
    PolicyKind,
    in_words,
    matching_work,
    require_roles,
    require_satisfied,
)

__all__ = [
    "MODULE",
    "PolicyKind",
    "in_words",
    "matching_work",
    "require_roles",
    "require_satisfied",
    "rule_key",
]
