"""Fixed bytes: the names of invoices as an implementation made from the page alone has them."""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from p2pchain.client.private_documents import facts_of
from p2pchain.documents import name_invoice, read_invoice, scheme_tag
from p2pchain.documents.names import KEY_BYTES_MIN
from p2pchain.model.errors import Refused

TESTS = Path(__file__).parents[2]
FILE = TESTS / "vectors" / "documents.json"
VECTORS: list[dict[str, Any]] = json.loads(FILE.read_text("utf-8"))["vectors"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_vectors(vector: dict[str, Any]) -> None:
    key, facts = bytes.fromhex(vector["key"]), facts_of(vector["facts"])
    if vector["sample"] is not None:
        assert read_invoice((TESTS / "samples" / vector["sample"]).read_bytes()) == facts
    named = name_invoice(facts, key)
    assert [(name.scheme, name.strong, name.apart, name.digest.hex()) for name in named.names] == [
        (name["scheme"], name["strong"], name["apart"], name["digest"]) for name in vector["names"]
    ]
    assert named.content.hex() == vector["content"]
    assert named.document.hex() == vector["document"]
    assert [digest.hex() for digest in named.corrects] == vector["corrects"]
    assert {scheme: scheme_tag(key, scheme).hex() for scheme in vector["scheme_tags"]} == vector[
        "scheme_tags"
    ]
    messages = [(name["message"], name["digest"]) for name in vector["names"]]
    for message, digest in (*messages, (vector["content_message"], vector["content"])):
        assert hmac.new(key, bytes.fromhex(message), hashlib.sha256).hexdigest() == digest


def test_the_script_makes_the_file_and_imports_nothing_of_the_package() -> None:
    script = Path(__file__).with_name("make_document_vectors.py")
    assert "import p2pchain" not in script.read_text("utf-8")
    assert "from p2pchain" not in script.read_text("utf-8")
    made = subprocess.run([sys.executable, script], check=True, capture_output=True, encoding="utf-8")
    assert made.stdout == FILE.read_text("utf-8")


def test_the_key_decides_and_must_be_long_enough() -> None:
    facts = facts_of(VECTORS[0]["facts"])
    one, other = name_invoice(facts, bytes(32)), name_invoice(facts, bytes(range(32)))
    assert {name.digest for name in one.names}.isdisjoint(name.digest for name in other.names)
    assert one.content != other.content
    assert name_invoice(facts, bytes(100)).names
    with pytest.raises(Refused) as caught:
        name_invoice(facts, bytes(KEY_BYTES_MIN - 1))
    assert caught.value.code == "DOC_KEY_TOO_SHORT"
