"""Members: organisations, their accounts, their nodes, and who validates; and how the members change that."""

from p2pchain.ledger.consortium.membership.module import MODULE
from p2pchain.ledger.consortium.membership.records import (
    ACCOUNT,
    ADDRESS,
    NAME,
    NODE,
    ORGANISATION,
    VALIDATOR,
    account_of,
    check_genesis,
    members_of,
    validators_of,
)

__all__ = [
    "ACCOUNT",
    "ADDRESS",
    "MODULE",
    "NAME",
    "NODE",
    "ORGANISATION",
    "VALIDATOR",
    "account_of",
    "check_genesis",
    "members_of",
    "validators_of",
]
