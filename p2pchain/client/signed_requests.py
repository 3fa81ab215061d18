"""Requests to a gateway, signed by an account (RFC 9421)."""

from __future__ import annotations

from typing import Final

from p2pchain.codec.http_signature import HttpMessage, content_digest, covered_parts, signature_base
from p2pchain.codec.structured_fields import write_inner_list, write_octets
from p2pchain.crypto.ed25519 import SigningKey

LABEL: Final = "sig1"
LIFETIME_S: Final = 60
"""For how long a request is signed."""


def sign_request(
    key: SigningKey,
    *,
    method: str,
    host: str,
    target: str,
    body: bytes,
    content_type: str,
    now_s: int,
    nonce: bytes,
) -> tuple[tuple[str, str], ...]:
    """Return the fields that make a request an account's own, its type and digest among them.

    ``host``: the field ``Host``; ``target``: path and query, as they are sent; ``now_s``: seconds since 1970;
    ``nonce``: 16 fresh bytes of chance.
    """
    fields: tuple[tuple[str, str], ...] = ()
    if body:
        fields = ("content-type", content_type), ("content-digest", content_digest(body))
    message = HttpMessage(method=method, host=host.lower(), target=target, fields=fields, body=body)
    covered = covered_parts(bool(body), key.public_key, now_s, now_s + LIFETIME_S, nonce.hex())
    signature = key.sign(signature_base(message, covered))
    signed = f"{LABEL}={write_inner_list(covered)}"
    return (*fields, ("signature-input", signed), ("signature", write_octets({LABEL: signature})))
