"""Mutants of the consents: what is given, what is revoked, who activates, who judges."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

CONSENT: Final = ("tests/unit/ledger/test_ledger_consent.py",)
PAYLOADS: Final = ("tests/unit/ledger/test_ledger_consent_payloads.py",)
_ROWS: Final = (
    (
        "permit-beats-deny",
        "a denial counts only where nothing permits",
        "require_granted",
        "        if provision[1] == DENY:\n",
        "        if False:\n",
        CONSENT,
    ),
    (
        "permit-as-wide-as-said",
        "a permission that others stand in is as wide as without them",
        "_is_met",
        "    return not within or any(inner in matching for inner in within)",
        "    return True",
        CONSENT,
    ),
    (
        "one-category-of-several",
        "an access of several categories is permitted where one of them is",
        "require_granted",
        "    for category in asked.categories:\n        if not _is_permitted",
        "    for category in asked.categories[:1]:\n        if not _is_permitted",
        CONSENT,
    ),
    (
        "provisions-as-deep-as-written",
        "a third level is taken, and never looked at",
        "require_depth",
        "        if level > min(LEVELS_MAX, above + 1):\n",
        "        if level > above + 1:\n",
        CONSENT,
    ),
    (
        "given-after-revocation",
        "a revoked consent gives what it gave",
        "require_active",
        "    if item.state == REVOKED:\n",
        "    if False:\n",
        CONSENT,
    ),
    (
        "activated-by-anybody",
        "whoever sends it activates a consent",
        "_require_patient",
        '        context.call("membership", "require_held", *statement)\n',
        "",
        CONSENT,
    ),
    (
        "old-signature-serves-again",
        "a patient's signature puts terms in force that were narrowed since",
        "activate",
        "    version = item.version + 1\n",
        "    version = 1\n",
        CONSENT,
    ),
    (
        "delivered-whatever-became-of-it",
        "a payload is delivered though its consent was revoked or narrowed",
        "deliver",
        "    require_deliverable(context, granted)\n",
        "",
        PAYLOADS,
    ),
    (
        "payload-of-another",
        "a controller puts another's payload under its consent",
        "link",
        '    context.call("private", "require_owned", message.root, controller)\n',
        "",
        PAYLOADS,
    ),
    (
        "glass-without-review",
        "who was not reviewed in time breaks the glass again",
        "require_reviewed",
        "        if view.time_ms > deadline_ms:\n",
        "        if False:\n",
        PAYLOADS,
    ),
    (
        "judge-of-oneself",
        "an organisation reviews its own break-glass",
        "review",
        "if account.org != access.org]",
        "]",
        PAYLOADS,
    ),
)
CONSENTING: Final = tuple(
    Mutant(name=name, fault=fault, function=function, old=old, new=new, catchers=catchers)
    for name, fault, function, old, new, catchers in _ROWS
)
