"""Mutants of the guards of evidence."""

from __future__ import annotations

from typing import Final

_DEPOSITS: Final = (
    "tests/unit/ledger/test_ledger_evidence.py",
    "tests/properties/test_evidence_machine.py",
)
_HOLDS: Final = ("tests/unit/ledger/test_ledger_evidence_holds.py",)
EVIDENCE: Final = (
    (
        "deposit-of-anybody",
        "who sees a digest in the pool takes the id of another's deposit",
        "deposit_id",
        "pack((_DOMAIN, 1, org, digest))",
        'pack((_DOMAIN, 1, "", digest))',
        _DEPOSITS,
    ),
    (
        "another-is-first",
        "the last who deposits a digest counts as the first",
        "enter",
        "case (int(place), *first):\n            pass",
        "case (int(place), *_):\n            first = own",
        _DEPOSITS,
    ),
    (
        "token-of-tomorrow",
        "a token may be later than the deposit",
        "add_timestamp",
        "if message.token_ms > item.time_ms:",
        "if False:",
        _DEPOSITS,
    ),
    (
        "erased-under-hold",
        "what a court holds is said to be erased",
        "erase",
        '    context.call("evidence", "require_payload_free", message.root, org)\n',
        "",
        _HOLDS,
    ),
    (
        "purged-under-hold",
        "a node unlinks what a court holds",
        "Payloads.purge",
        "if is_payload_held(lambda key: self._ledger.get(state_key(key)) is not None, root, self._org):",
        "if False:",
        ("tests/unit/node/test_node_payloads.py",),
    ),
    (
        "first-lift-frees",
        "the first court that lets go frees what another holds",
        "lift",
        "    if left:\n",
        "    if False:\n",
        _HOLDS,
    ),
)
