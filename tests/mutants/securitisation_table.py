"""Mutants of the pools and of the waterfall that pays them."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

POOLS: Final = ("tests/unit/ledger/test_ledger_securitisation.py",)
DEALS: Final = ("tests/unit/ledger/test_ledger_securitisation_deal.py",)
WATERFALL: Final = ("tests/unit/business/test_business_securitisation_waterfall.py",)
_ROWS: Final = (
    (
        "pooled-twice",
        "a loan that is in a pool is taken once more",
        "_require_untaken",
        "    if held:\n",
        "    if False:\n",
        POOLS,
    ),
    (
        "out-at-another-balance",
        "an asset leaves its pool at another balance than it went in",
        "asset_id",
        "asset_leaf(pool, asset)",
        "asset_leaf(pool, asset[:5])",
        POOLS,
    ),
    (
        "part-taken-from-a-member",
        "a majority takes a part in a pool from one that is a member still",
        "replace_party",
        '    if context.call("membership", "is_member", before):\n',
        "    if False:\n",
        DEALS,
    ),
    (
        "renamed-to-others",
        "loans of others are encumbered as further names of one that is pooled",
        "_is_renamed",
        " and len(later) <= most * len(earlier)",
        "",
        POOLS,
    ),
    (
        "pooled-and-struck",
        "a receivable whose invoice's claim was struck never leaves its pool",
        "_financed_again",
        "        case (module, basis, _, _) if (module, basis) == (context.module, item.root):\n",
        "        case _:\n",
        POOLS,
    ),
    (
        "pooled-and-transferred",
        "a receivable that is in a pool changes hands",
        "require_unpooled",
        "if view.get(POOLED_AT + item.key) is not None:",
        "if False:",
        POOLS,
    ),
    (
        "pooled-for-ever",
        "a pool that no trustee accepts keeps its assets from others for ever",
        "drop",
        "if pool.state != CLOSED and not is_lapsed(context, pool):",
        "if pool.state != CLOSED:",
        POOLS,
    ),
    (
        "closed-for-ever",
        "the assets of a pool that is closed are its originator's to free alone",
        "drop",
        "if pool.state != CLOSED and not is_lapsed(context, pool):",
        "if not is_lapsed(context, pool):",
        DEALS,
    ),
    (
        "sealed-another-file",
        "a pool is sealed with other assets than are encumbered for it",
        "_require_same",
        "    if message.digest != digest:",
        "    if False:",
        POOLS,
    ),
    (
        "report-exchanged",
        "a servicer exchanges its report before the trustee has verified it",
        "report",
        "    require_no_report(context, pool)",
        "    report_of(context, pool)",
        DEALS,
    ),
    (
        "remainder-lost",
        "the remainder of a pro rata payment is nobody's",
        "shares_of",
        "_in_order(rest, ",
        "_in_order(0, ",
        WATERFALL,
    ),
    (
        "distributed-unverified",
        "a report is paid out that no trustee has verified",
        "distribute",
        "if stated is None or not stated.is_verified:",
        "if stated is None:",
        DEALS,
    ),
    (
        "money-from-nowhere",
        "a report may say any closing balance",
        "report",
        "if expected != stated.closing_minor:",
        "if not expected:",
        DEALS,
    ),
    (
        "paid-with-new-loans",
        "what comes in by a substitution keeps the noteholders from their principal",
        "substitute",
        "account.beyond_minor + in_minor - out_minor",
        "account.beyond_minor",
        DEALS,
    ),
)
POOLING: Final = tuple(
    Mutant(name=name, fault=fault, function=function, old=old, new=new, catchers=catchers)
    for name, fault, function, old, new, catchers in _ROWS
)
