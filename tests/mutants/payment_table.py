"""Mutants of payments, pledges, payloads and proposals: who may bind or hinder whom."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

_ROWS: Final = (
    (
        "reference-as-spelled",
        "a payment reference is guarded as it is spelled",
        "payment_key",
        "sha256(fold_reference(reference).encode())",
        "sha256(reference.encode())",
        ("tests/unit/ledger/test_ledger_payment_reference.py",),
    ),
    (
        "payment-confirmed-twice",
        "one payment settles two receivables of the one who gets it",
        "confirm",
        "    context.put(require_unused(context, item, item.reference), (item.key,))\n",
        "    context.put(payment_key(item.collector, item.reference), (item.key,))\n",
        ("tests/unit/ledger/test_ledger_payment_reference.py",),
    ),
    (
        "payment-of-anybody",
        "a reference that friends confirm among themselves is used for everybody",
        "payment_key",
        "PAYMENT + _index(collector, ",
        'PAYMENT + _index(OrgId(""), ',
        ("tests/unit/ledger/test_ledger_payment_reference.py",),
    ),
    (
        "attestation-reserves",
        "a reference that a stranger attests keeps back the payment that bears it",
        "attest_payment",
        "    require_unused(context, item, message.reference)\n",
        "    context.put(require_unused(context, item, message.reference), (item.key,))\n",
        ("tests/unit/ledger/test_ledger_payment_reference.py",),
    ),
    (
        "pledged-unasked",
        "a pledge makes somebody a claimant who did not sign it",
        "pledge",
        '    require_party(context, item, to, "pledgee")\n',
        "",
        ("tests/unit/ledger/test_ledger_receivable_documents.py",),
    ),
    (
        "references-without-separators",
        "two payments whose references differ in their separators alone are one",
        "fold_reference",
        '        folded = "-".join(word for word in spaced.split(" ") if word)\n',
        "        folded = compact\n",
        ("tests/unit/ledger/test_ledger_payment_reference.py",),
    ),
    (
        "roots-of-anybody",
        "who sees the tree of a payload in the pool takes its place",
        "put",
        "payload_root(owner, message.tree)",
        'payload_root("", message.tree)',
        ("tests/unit/ledger/test_ledger_private.py",),
    ),
    (
        "proposed-in-vain",
        "what could never be carried out is proposed all the same",
        "propose",
        "        context.check_proposed(operation)\n",
        "        pass\n",
        ("tests/unit/ledger/test_ledger_governance.py",),
    ),
)
PAYING: Final = tuple(
    Mutant(name=name, fault=fault, function=function, old=old, new=new, catchers=catchers)
    for name, fault, function, old, new, catchers in _ROWS
)
