"""Mutants of the gateway: who signs a request, and what an account reads."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

SIGNED: Final = ("tests/integration/test_gateway.py",)
READ: Final = ("tests/integration/test_gateway_readers.py",)
_ROWS: Final = (
    (
        "request-replayed",
        "a request that was signed once is accepted again",
        "RequestSignatures.account_of",
        "    self._nonces.claim(signature.account, signature.nonce, signature.expires, now)\n",
        "",
        SIGNED,
    ),
    (
        "request-body-open",
        "a signed request may be given another body",
        "verify_request",
        'if message.body and "content-digest" not in covered:',
        "if False:",
        ("tests/unit/proofs/test_proofs_http_request.py",),
    ),
    (
        "rivals-by-a-record",
        "rivals read each other's deeds through a record that names both",
        "ReadingRights._is_in_record",
        "if not record.is_shared:",
        "if False:",
        READ,
    ),
    (
        "filters-as-an-oracle",
        "a list that is narrowed to somebody else answers by its pages",
        "_require_own_filter",
        "if not any(args.get(name) == reader.org for name in filters):",
        "if False:",
        READ,
    ),
    (
        "facts-of-others",
        "a refusal tells facts of a record of others",
        "query",
        "if not port.rights.may_know_why(reader, module, name):",
        "if False:",
        READ,
    ),
    (
        "cursor-opens-a-list",
        "the id of one's own record as a cursor shows everybody's rows",
        "ReadingRights._is_theirs",
        "if isinstance(field.kind, Id)]",
        "if isinstance(_inner(field.kind), Id)]",
        READ,
    ),
)

GATEWAY: Final = tuple(
    Mutant(name=name, fault=fault, function=function, old=old, new=new, catchers=catchers)
    for name, fault, function, old, new, catchers in _ROWS
)
