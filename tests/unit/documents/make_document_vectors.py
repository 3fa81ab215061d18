"""Make ``tests/vectors/documents.json`` from ``docs/documents.md`` alone: nothing of the package is imported.

Folded texts and identities are written here by hand after the rules of the page; messages are encoded by the
few lines of CBOR below. Run ``python tests/unit/documents/make_document_vectors.py``; it prints the file.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

KEY = bytes(range(32))
NORDWIND: dict[str, Any] = {
    "name": "Nordwind Werkzeugbau GmbH",
    "trading_names": ["Nordwind Tools"],
    "vat_id": "DE999000117",
    "legal_id": {"scheme": "", "text": "HRB 990117"},
    "ids": [],
    "tax_ids": ["58/123/00117"],
    "endpoint": {"scheme": "EM", "text": "rechnung@nordwind-werkzeugbau.example"},
    "country": "DE",
}
"""The seller of the sample; its VAT identifier has a wrong check digit."""
NORDWIND_IDENTITIES = [
    ("vat", "de999000117", "main"),
    ("reg", "hrb990117", "apart main"),
    ("reg-name", " hrb990117 nordwindwerkzeugbaugmbh", "strong"),
    ("name", "nordwindwerkzeugbaugmbh", "main"),
    ("vat-number", "999000117", ""),
    ("tax", "de5812300117", ""),
    ("name", "nordwindtools", ""),
]
MULLER: dict[str, Any] = {
    "name": "Müller Söhne",
    "trading_names": [],
    "vat_id": "NO 917 000 115 MVA",
    "legal_id": {"scheme": "0192", "text": "917000115"},
    "ids": [{"scheme": "0088", "text": "4059001100017"}, {"scheme": "", "text": "K-4711"}],
    "tax_ids": [],
    "endpoint": None,
    "country": "NO",
}
MULLER_IDENTITIES = [
    ("vat", "no917000115", "strong apart main"),
    ("icd:0192", "917000115", "strong apart"),
    ("reg", "917000115", "apart main"),
    ("name", "mullersohne", "main"),
    ("name", "muellersoehne", "main"),
    ("icd:0088", "4059001100017", "strong apart"),
    ("id", "k4711", ""),
    ("vat-number", "917000115", ""),
]
BUYER: dict[str, Any] = {
    **dict.fromkeys(("name", "legal_id", "endpoint", "country")),
    **{name: [] for name in ("trading_names", "ids", "tax_ids")},
    "vat_id": "GR997000115",
}
PAIRS = [
    ("self:vat:vat", "no917000115\nel997000115", "strong apart"),
    ("self:vat:vat-number", "no917000115\n997000115", ""),
    ("self:icd:0192:vat", "917000115\nel997000115", "strong apart"),
    ("self:icd:0192:vat-number", "917000115\n997000115", ""),
    ("self:reg:vat", "917000115\nel997000115", "apart"),
    ("self:reg:vat-number", "917000115\n997000115", ""),
]
ORDERS = {"PO-88213": "po88213"}
"""Numbers of orders, and how they are folded."""
SAMPLE: dict[str, Any] = {
    "number": "NW-2026-0117",
    "issue_date": "2026-03-13",
    "type_code": "380",
    "currency": "EUR",
    "seller": NORDWIND,
    "buyer": None,
    "payee": None,
    "preceding": [],
    "orders": ["PO-88213"],
    "bills": [],
    "kind": "invoice",
    "total_minor": 1_207_874,
    "payable_minor": 1_207_874,
}
OTHER = {
    **SAMPLE,
    "orders": [],
    "seller": MULLER,
    "number": "INV\u200b-007/1",
    "total_minor": 119_000,
    "payable_minor": 50_000,
}


def item(value: object) -> bytes:
    """Deterministic CBOR of texts, integers, byte strings and arrays."""
    match value:
        case int():
            return head(0, value)
        case bytes():
            return head(2, len(value)) + value
        case str():
            return head(3, len(value.encode())) + value.encode()
        case list():
            return head(4, len(value)) + b"".join(map(item, value))
    raise AssertionError(value)


def head(major: int, value: int) -> bytes:
    """A head of CBOR in its shortest form."""
    for code, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if value < 24:
            return bytes([major << 5 | value])
        if value < 1 << 8 * size:
            return bytes([major << 5 | code]) + value.to_bytes(size, "big")
    raise AssertionError(value)


def keyed(*message: object) -> tuple[str, bytes]:
    """The message in hexadecimal, and its HMAC."""
    data = item(list(message))
    return data.hex(), hmac.new(KEY, data, hashlib.sha256).digest()


def names_of(identities: list[tuple[str, str, str]], number: str, loose: str) -> list[dict[str, Any]]:
    """The names of an invoice, in their order."""
    rows = [(scheme, text, number, marks) for scheme, text, marks in identities]
    loosely = [(scheme, text, loose, "") for scheme, text, marks in identities if "main" in marks]
    names: dict[bytes, dict[str, Any]] = {}
    for scheme, text, written, marks in (*rows[:7], *loosely, *rows[7:]):
        message, digest = keyed("p2pchain/registry/name", 2, scheme, text, written)
        name = {
            "scheme": scheme,
            "strong": "strong" in marks,
            "apart": "apart" in marks,
            "message": message,
            "digest": digest.hex(),
        }
        names.setdefault(digest, name)
    return list(names.values())[:16]


def vector(
    name: str,
    facts: dict[str, Any],
    identities: list[tuple[str, str, str]],
    number: str,
    loose: str,
    sample: str | None = None,
    corrects: tuple[str, ...] = (),
) -> dict[str, Any]:
    """One vector."""
    names = names_of(identities, number, loose)
    fields = [facts[field] for field in ("issue_date", "currency", "total_minor")]
    message, content = keyed("p2pchain/registry/content", 2, *fields)
    held = [row for row in names if row["strong"] or row["apart"]]
    if not any(row["strong"] for row in names):
        held = names
    digests = sorted(bytes.fromhex(row["digest"]) for row in held)
    document = hashlib.sha256(item(["p2pchain/registry/document", 2, content, digests])).hexdigest()
    corrected = [
        keyed("p2pchain/registry/name", 2, scheme, text, other)[1].hex()
        for scheme, text, _ in identities
        for other in corrects
    ]
    first_name = next(text for scheme, text, _ in identities if scheme == "name")
    refers = [
        keyed("p2pchain/registry/name", 2, "order", first_name, folded)[1].hex()
        for folded in [ORDERS[order] for order in facts["orders"]]
    ]
    return {
        "name": name,
        "sample": sample,
        "key": KEY.hex(),
        "facts": facts,
        "names": names,
        "content_message": message,
        "content": content.hex(),
        "document": document,
        "corrects": [*refers, *corrected][:16],
        "scheme_tags": {
            scheme: keyed("p2pchain/registry/scheme", 2, scheme)[1][:8].hex()
            for scheme in dict.fromkeys(scheme for scheme, _, _ in identities)
        },
    }


VECTORS = [
    vector("ubl sample", SAMPLE, NORDWIND_IDENTITIES, "nw2026-117", "nw20260117", "invoice-ubl.xml"),
    vector("cii sample", SAMPLE, NORDWIND_IDENTITIES, "nw2026-117", "nw20260117", "invoice-cii.xml"),
    vector(
        "changed total",
        {**SAMPLE, "total_minor": 1_654_124, "payable_minor": 1_654_124},
        NORDWIND_IDENTITIES,
        "nw2026-117",
        "nw20260117",
        "invoice-changed-total.xml",
    ),
    vector("many identities", OTHER, MULLER_IDENTITIES, "inv7-1", "1nv71"),
    vector(
        "self-billed",
        {**OTHER, "type_code": "389", "buyer": BUYER},
        [*PAIRS, *((scheme, text, marks and marks[-4:]) for scheme, text, marks in MULLER_IDENTITIES)],
        "inv7-1",
        "1nv71",
    ),
    vector(
        "correction",
        {**OTHER, "type_code": "384", "number": "８", "preceding": ["7", "INV-007/1", "8"]},
        MULLER_IDENTITIES,
        "8",
        "8",
        corrects=("7", "inv7-1"),
    ),
    vector(
        "a name alone, of another script",
        {
            **SAMPLE,
            "number": "輸出 2026/000431",
            "currency": "JPY",
            "seller": {**BUYER, "vat_id": "DE000000000", "name": "長岡精密工業株式会社"},
        },
        [("name", "長岡精密工業株式会社", "main")],
        "輸出2026-431",
        "輸出2026000431",
    ),
]

if __name__ == "__main__":
    source = (
        "p2pchain, docs/documents.md: names of invoices. Made by "
        "tests/unit/documents/make_document_vectors.py, "
        "which imports nothing of p2pchain: folded texts and identities were written by hand from the rules."
    )
    print(json.dumps({"source": source, "vectors": VECTORS}, indent=2, ensure_ascii=False))
