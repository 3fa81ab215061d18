"""Mutants of the naming of invoices: what makes two documents of one invoice, or one of two."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

PAGE: Final = ("tests/unit/documents/test_documents_page.py",)
NAMES: Final = ("tests/unit/documents/test_documents_names.py",)
_ROWS: Final = (
    (
        "group-is-one",
        "companies of one VAT group have one document",
        "match_of",
        "if strong and one.content == other.content and not _told_apart(one.names, other.names):",
        "if strong and one.content == other.content:",
        (*NAMES, *PAGE),
    ),
    (
        "placeholder-is-somebody",
        "a VAT number of zeros or nines is somebody's",
        "read_vat_id",
        "    if not digits or is_placeholder(digits):",
        "    if not digits:",
        PAGE,
    ),
    (
        "check-digits-ignored",
        "a VAT number with a wrong check digit is strong",
        "read_vat_id",
        " and rule.check(number)",
        "",
        PAGE,
    ),
    (
        "court-forgotten",
        "one register number at two courts is one company",
        "_at_court",
        'register=f"court:{court}" if court else "",',
        'register="court:" if court else "",',
        PAGE,
    ),
    (
        "buyers-series-is-the-sellers",
        "self-billed invoices of two buyers are one",
        "naming_identities",
        "    if facts.type_code not in SELF_BILLED_CODES:",
        "    if True:",
        PAGE,
    ),
    (
        "invisible-is-seen",
        "an invisible character makes another invoice",
        "_folded",
        '    return {**dict.fromkeys(_of_class("S"), SEPARATOR), **_ignored(), **dict(_runs(FOLDS))}',
        '    return {**dict.fromkeys(_of_class("S"), SEPARATOR), **dict(_runs(FOLDS))}',
        PAGE,
    ),
    (
        "digits-flow-together",
        "the separator between two digits is dropped",
        "fold_number",
        '            kept.append("-")\n',
        "            pass\n",
        PAGE,
    ),
    (
        "paid-is-due",
        "what is paid already can be financed",
        "_payable_minor",
        "    left = total_minor - (paid or 0) + (rounding or 0)",
        "    left = total_minor + (rounding or 0)",
        PAGE,
    ),
    (
        "factored-is-the-sellers",
        "a factored invoice is the seller's to sell",
        "check_unassigned",
        "    if facts.type_code in ASSIGNED_CODES:",
        "    if False:",
        PAGE,
    ),
    (
        "corrections-forgotten",
        "an invoice and the one that corrects it are strangers",
        "_corrected",
        "dict.fromkeys((*refers, *digests))",
        "dict.fromkeys(refers)",
        PAGE,
    ),
)
NAMING: Final = tuple(
    Mutant(name=name, fault=fault, function=function, old=old, new=new, catchers=catchers)
    for name, fault, function, old, new, catchers in _ROWS
)
