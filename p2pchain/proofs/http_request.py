"""The signer of an HTTP request (RFC 9421): the account whose signature covers all that matters of it."""

from __future__ import annotations

from typing import Final

from p2pchain.codec.http_signature import HttpMessage, RequestSignature, digest_of, signature_base
from p2pchain.crypto import ed25519
from p2pchain.crypto.hashing import sha256
from p2pchain.model.errors import Fact, Invalid

TARGET: Final = ({"@target-uri"}, {"@authority", "@path", "@query"})
"""Either of these covers host, path and query."""


def verify_request(message: HttpMessage, signature: RequestSignature) -> None:
    """Accept a request of which method, host, path, query and body are signed by ``signature.account``.

    Raises ``Invalid``: ``SIGNATURE_COVERAGE`` where something is not covered, ``DIGEST_MISMATCH``,
    ``SIGNATURE_MALFORMED``, ``SIGNATURE_INVALID``. Time and nonce are the caller's matter.
    """
    covered = set(signature.covered.items)
    if "@method" not in covered:
        raise _uncovered("@method")
    if not any(parts <= covered for parts in TARGET):
        raise _uncovered("@target-uri")
    if message.body and "content-digest" not in covered:
        raise _uncovered("content-digest")
    if "content-digest" in covered and digest_of(message) != sha256(message.body):
        facts: dict[str, Fact] = {"bytes": len(message.body), "sha256": sha256(message.body).hex()}
        raise Invalid("DIGEST_MISMATCH", facts, "state content-digest: sha-256=:...: of the bytes sent")
    try:
        ed25519.verify(signature.account, signature.signature, signature_base(message, signature.covered))
    except Invalid as fault:
        if fault.code != "SIG_INVALID":
            raise
        hint = "sign the base that docs/gateway.md shows, with the key that keyid names"
        raise Invalid("SIGNATURE_INVALID", {"account": signature.account.hex()}, hint) from fault


def _uncovered(component: str) -> Invalid:
    hint = "cover @method, @target-uri, and content-digest where there is a body"
    return Invalid("SIGNATURE_COVERAGE", {"component": component}, hint)
