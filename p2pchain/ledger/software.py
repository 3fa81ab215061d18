"""The modules that this software has."""

from __future__ import annotations

from p2pchain.ledger.module import Module
from p2pchain.ledger.modules import (
    encumbrance,
    governance,
    membership,
    note,
    policy,
    private,
    receivable,
    registry,
)

MODULES: tuple[Module, ...] = (
    membership.MODULE,
    note.MODULE,
    policy.MODULE,
    governance.MODULE,
    encumbrance.MODULE,
    registry.MODULE,
    receivable.MODULE,
    private.MODULE,
)
"""The modules that every chain runs."""
