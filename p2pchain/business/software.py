"""The modules that this software has."""

from __future__ import annotations

from p2pchain.business.certificate import module as certificate
from p2pchain.business.consent import module as consent
from p2pchain.business.encumbrance import module as encumbrance
from p2pchain.business.evidence import module as evidence
from p2pchain.business.listing import module as listing
from p2pchain.business.note import module as note
from p2pchain.business.private import module as private
from p2pchain.business.receivable import module as receivable
from p2pchain.business.registry import module as registry
from p2pchain.business.securitisation import module as securitisation
from p2pchain.business.title import module as title
from p2pchain.business.trace import module as trace
from p2pchain.ledger.consortium import membership, policy
from p2pchain.ledger.consortium.governance import module as governance
from p2pchain.ledger.module import Module

MODULES: tuple[Module, ...] = (
    membership.MODULE,
    note.MODULE,
    policy.MODULE,
    governance.MODULE,
    encumbrance.MODULE,
    registry.MODULE,
    receivable.MODULE,
    private.MODULE,
    trace.MODULE,
    title.MODULE,
    listing.MODULE,
    securitisation.MODULE,
    evidence.MODULE,
    certificate.MODULE,
    consent.MODULE,
)
"""The modules that every chain runs."""
