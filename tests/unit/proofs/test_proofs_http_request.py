"""What a signature of a request has to cover, and the digest of its body."""

from __future__ import annotations

import pytest

from p2pchain.codec.http_signature import HttpMessage, RequestSignature, content_digest, signature_base
from p2pchain.codec.structured_fields import InnerList
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.errors import Invalid
from p2pchain.proofs.http_request import verify_request

KEY = SigningKey(b"k" * 32)
BODY = b"body"
WHOLE = ("@method", "@target-uri", "content-digest")


def code_of(items: tuple[str, ...], body: bytes = BODY, digest_of: bytes = BODY) -> str:
    """Code with which a request is refused that covers these components; empty where it is accepted."""
    fields = (("content-digest", content_digest(digest_of)),)
    message = HttpMessage(method="POST", host="n", target="/v1/tx?wait=1", fields=fields, body=body)
    covered = InnerList(items=items, parameters=())
    signature = RequestSignature(
        covered=covered,
        signature=KEY.sign(signature_base(message, covered)),
        account=KEY.public_key,
        created=0,
        expires=1,
        nonce="n" * 16,
    )
    try:
        verify_request(message, signature)
    except Invalid as fault:
        return fault.code
    return ""


@pytest.mark.parametrize(
    ("items", "body", "code"),
    [
        (WHOLE, BODY, ""),
        (("@method", "@authority", "@path", "@query", "content-digest"), BODY, ""),
        (("@method", "@target-uri"), b"", ""),
        (("@method", "@target-uri"), BODY, "SIGNATURE_COVERAGE"),
        (("@target-uri", "content-digest"), BODY, "SIGNATURE_COVERAGE"),
        (("@method", "@authority", "@path", "content-digest"), BODY, "SIGNATURE_COVERAGE"),
        ((), b"", "SIGNATURE_COVERAGE"),
    ],
)
def test_all_that_matters_is_covered(items: tuple[str, ...], body: bytes, code: str) -> None:
    assert code_of(items, body, digest_of=body) == code


def test_a_digest_is_of_the_body_that_came() -> None:
    assert code_of(WHOLE, digest_of=b"other") == "DIGEST_MISMATCH"
