"""Mutants of the titles and of the listings that follow them."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

TITLES: Final = ("tests/unit/ledger/test_ledger_title.py",)
LISTINGS: Final = ("tests/unit/ledger/test_ledger_listing.py",)
MACHINE: Final = ("tests/properties/test_title_machine.py",)
_ROWS: Final = (
    (
        "shares-beyond-one",
        "the shares of a home may sum to more than one",
        "stated_shares",
        "if sum(numerators) != denominator:",
        "if sum(numerators) < denominator:",
        TITLES,
    ),
    (
        "co-owners-pay",
        "a transfer of one share changes the others",
        "divided",
        "numerator * divisor for owner",
        "numerator for owner",
        (*TITLES, *MACHINE),
    ),
    (
        "offered-under-another-title",
        "a listing stays on offer when its title changes",
        "follow",
        'context.call("listing", "follow_title", *values)',
        "assert values",
        (*LISTINGS, *MACHINE),
    ),
    (
        "sold-twice",
        "a home has two signed sales",
        "require_sellable",
        "require_unsold(view, unit, ())",
        "assert unit",
        (*LISTINGS, *MACHINE),
    ),
    (
        "seized-and-sold",
        "a seized home is transferred without the court",
        "require_unseized",
        "if not signs(view, SEIZURE, right):",
        "if False:",
        (*TITLES, *LISTINGS),
    ),
    (
        "absence-not-provable",
        "the key of a kind of rights stays when the last of them is discharged",
        "put_rights",
        "if rights:",
        "if True:",
        (*TITLES, *MACHINE),
    ),
    (
        "mandate-outlives-its-owner",
        "an agent of the owners before offers the home of the new ones",
        "mandates_of",
        "known.ownership == ownership and",
        "",
        LISTINGS,
    ),
)
TITLE: Final = tuple(
    Mutant(name=name, fault=fault, function=function, old=old, new=new, catchers=catchers)
    for name, fault, function, old, new, catchers in _ROWS
)
