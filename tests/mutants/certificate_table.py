"""Mutants of the certificates: what would be issued, moved or used up twice."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

RULES: Final = (
    "tests/unit/ledger/test_ledger_certificate.py",
    "tests/properties/test_certificate_machine.py",
)
PASSAGE: Final = ("tests/unit/ledger/test_ledger_certificate_passage.py",)
_ROWS: Final = (
    (
        "hour-issued-twice",
        "two registries issue for one metered hour",
        "take_hours",
        "            if taken & slots and (ledger is None or by != ledger):\n",
        "            if taken & slots and ledger is not None and by != ledger:\n",
        RULES,
    ),
    (
        "hour-of-two-ledgers",
        "an hour that was issued here comes in from another ledger, too",
        "take_hours",
        "            if taken & slots and (ledger is None or by != ledger):\n",
        "            if taken & slots and ledger is None:\n",
        PASSAGE,
    ),
    (
        "capacity-unasked",
        "more is issued than a device can yield",
        "_require_capacity",
        "    if wh > wh_max:\n",
        "    if False:\n",
        RULES,
    ),
    (
        "facts-by-one-body",
        "one issuing body changes what a meter counts, and where",
        "amend_device",
        "        if amended != replace(device, owner=owner, capacity_w=message.capacity_w):\n",
        "        if False:\n",
        ("tests/unit/ledger/test_ledger_certificate_devices.py",),
    ),
    (
        "metered-remainder-lost",
        "what is no whole unit is lost",
        "_metered",
        "remainder_wh=held.remainder_wh + metered_wh - issued_wh,",
        "remainder_wh=held.remainder_wh,",
        RULES,
    ),
    (
        "ranges-of-any-sum",
        "parts have more watt-hours than the certificate",
        "split",
        "    if asked_wh != item.wh or any(wh % item.unit_wh for wh in message.parts_wh):\n",
        "    if any(wh % item.unit_wh for wh in message.parts_wh):\n",
        RULES,
    ),
    (
        "ranges-overlap",
        "all parts begin with the same watt-hour",
        "split",
        "        first_wh += wh\n",
        "",
        RULES,
    ),
    (
        "claimed-once-more",
        "production is used up with two consumptions",
        "claim",
        "    require_free(context, production)\n",
        "",
        RULES,
    ),
    (
        "claim-of-any-hour",
        "solar power of noon is claimed for the night",
        "_require_match",
        "    if (production.start_ms, production.end_ms) != (consumption.start_ms, consumption.end_ms):\n",
        "    if False:\n",
        RULES,
    ),
    (
        "claim-half-freed",
        "the other half of a claim that falls is not freed",
        "withdraw",
        '        account(context, mate, "retired_wh", -mate.wh)\n',
        "",
        RULES,
    ),
    (
        "lock-unasked",
        "what is locked for one goes to another",
        "offer",
        "    if message.to != item.locked_for:\n        require_unlocked(context, item)\n",
        "",
        RULES,
    ),
    (
        "expired-used",
        "what has expired is used up",
        "require_counting",
        "    if item.expires_ms is not None and view.time_ms >= item.expires_ms:\n",
        "    if False:\n",
        RULES,
    ),
    (
        "imported-twice",
        "one export comes in as often as somebody brings its proof",
        "import_certificate",
        "    if context.get(IMPORT + key) is not None:\n",
        "    if False:\n",
        PASSAGE,
    ),
    (
        "import-for-anybody",
        "whoever sees a proof file takes the certificate",
        "import_certificate",
        '    org = require_signer(context, passport.to_org, dict(facts), "importer").org\n',
        "    org = context.accounts[0].org\n",
        PASSAGE,
    ),
    (
        "import-from-elsewhere",
        "what was exported to another ledger comes in here, too",
        "import_certificate",
        "    if passport.to_ledger != own_ledger:\n",
        "    if False:\n",
        PASSAGE,
    ),
    (
        "home-without-end",
        "more comes home than has left",
        "_require_away",
        "    if made is None or away_wh < item.wh:\n",
        "    if made is None:\n",
        PASSAGE,
    ),
)
CERTIFYING: Final = tuple(
    Mutant(name=name, fault=fault, function=function, old=old, new=new, catchers=catchers)
    for name, fault, function, old, new, catchers in _ROWS
)
