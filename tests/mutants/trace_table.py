"""Mutants of the traced goods: custody, recalls, mass balance, whose events and names they are."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

CUSTODY: Final = "tests/unit/ledger/test_ledger_trace.py"
LOTS: Final = "tests/unit/ledger/test_ledger_trace_lots.py"
MACHINE: Final = "tests/properties/test_trace_machine.py"

_ROWS: Final = (
    (
        "shipped-though-recalled",
        "what is recalled ships",
        "Shipment._require",
        "if not (mark.returns and mark.org == self._to):",
        "if False:",
        (LOTS, MACHINE),
    ),
    (
        "recalled-by-its-own-lot-alone",
        "a recall does not reach what was made of the lot",
        "Shipment.require_not_recalled",
        "for source in (key, *lot.ancestors):",
        "for source in (key,):",
        (LOTS, MACHINE),
    ),
    (
        "recalled-within-unseen",
        "a recall does not reach what is packed in something",
        "inside_of",
        "    if thing.level:\n",
        "    if False:\n",
        (LOTS, MACHINE),
    ),
    (
        "returned-to-anybody",
        "recalled goods that their maker takes back go to others, too",
        "Shipment._require",
        "mark.returns and mark.org == self._to",
        "mark.returns",
        (LOTS,),
    ),
    (
        "grandparents-forgotten",
        "a lot knows the lots that it is made of, and none of theirs",
        "descend",
        "ancestors.update(dict.fromkeys((source.key, *source.ancestors)))",
        "ancestors.update(dict.fromkeys((source.key,)))",
        (LOTS,),
    ),
    (
        "more-out-than-in",
        "more comes out of a transformation than goes in",
        "require_balance",
        "if out > into or",
        "if",
        (LOTS, MACHINE),
    ),
    (
        "more-taken-than-there-is",
        "more goes in than there is of a thing",
        "require_balance",
        "if taken[thing.key] > thing.quantity:",
        "if False:",
        (LOTS,),
    ),
    (
        "certified-twice",
        "what is sold as certified need not have gone in so",
        "require_balance",
        "for certified in (False, True):",
        "for certified in (False,):",
        (LOTS, MACHINE),
    ),
    (
        "names-of-anybody",
        "who speaks for one prefix brings in things of another",
        "bring_in",
        "    if owner != org:\n",
        "    if owner is None:\n",
        (CUSTODY,),
    ),
    (
        "adopted-alone",
        "goods are adopted on the word of one",
        "adopt",
        "    require_authority(context, org)\n",
        "",
        (CUSTODY,),
    ),
    (
        "packed-shipped-alone",
        "what is packed ships without its container",
        "require_at_hand",
        "    if thing.parent is not None:\n",
        "    if False:\n",
        (CUSTODY, MACHINE),
    ),
    (
        "custody-left-behind",
        "what is unpacked is in the custody of whoever packed it",
        "unpack",
        "replace(thing, parent=None, custodian=org, time_ms=time_ms)",
        "replace(thing, parent=None, time_ms=time_ms)",
        (CUSTODY, MACHINE),
    ),
    (
        "shipped-twice",
        "what is on its way to one ships to another",
        "require_at_hand",
        "    if thing.to is not None:\n",
        "    if False:\n",
        (CUSTODY,),
    ),
    (
        "events-in-any-order",
        "an event may lie before the last one of its thing",
        "require_later",
        "    if time_ms < thing.time_ms:\n",
        "    if False:\n",
        (CUSTODY,),
    ),
    (
        "error-in-anything",
        "an error is declared in an event that was never captured",
        "declare_error",
        "        verify_inclusion(message.root, message.event, message.index, count, message.path)\n",
        "        pass\n",
        (LOTS,),
    ),
)
TRACING: Final = tuple(
    Mutant(name=name, fault=fault, function=function, old=old, new=new, catchers=catchers)
    for name, fault, function, old, new, catchers in _ROWS
)
