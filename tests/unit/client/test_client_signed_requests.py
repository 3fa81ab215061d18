"""A request signed for a gateway, byte for byte, as the page shows it."""

from __future__ import annotations

import base64
import re
from pathlib import Path

from p2pchain.client.signed_requests import sign_request
from p2pchain.codec.http_signature import HttpMessage, read_signature, signature_base
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.proofs.http_request import verify_request

PAGE = Path(__file__).parents[3] / "docs" / "gateway.md"
KEY = SigningKey(b"\x07" * 32)
TARGET = "/v1/tx?wait=1"
BODY = b'{"hello": "world"}\n'
FIELDS = sign_request(
    KEY,
    method="POST",
    host="node.bank-a.example:8443",
    target=TARGET,
    body=BODY,
    content_type="application/cbor",
    now_s=1_767_225_600,
    nonce=bytes(range(16)),
)


def test_the_page_shows_the_base_and_the_signature() -> None:
    message = HttpMessage(
        method="POST", host="node.bank-a.example:8443", target=TARGET, fields=FIELDS, body=BODY
    )
    signature = read_signature(message)
    assert signature is not None
    verify_request(message, signature)
    page = PAGE.read_text("utf-8")
    base = signature_base(message, signature.covered)
    (shown,) = re.findall(r'^"@method": POST$.*?^"@signature-params".*?$', page, re.MULTILINE | re.DOTALL)
    assert shown.encode() == base
    assert base64.b64encode(KEY.sign(base)).decode() in page
    assert KEY.public_key.hex() in page
