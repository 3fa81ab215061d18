"""Tokens of time-stamping authorities (RFC 3161, RFC 5816): what time they give, and to which bytes.

Signature and certificates are verified by ``rfc3161-client`` (Trail of Bits), for the time that the token
gives. A certificate that has expired since is refused as well where the token is first shown: whoever got
hold of its key could have made the token yesterday. Where a token has stood on a chain since the certificate
was valid, the chain says so, and ``shown_ms`` is the time of that block.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import (
    Certificate,
    load_der_x509_certificate,
    load_pem_x509_certificates,
)
from rfc3161_client import TimeStampResponse, VerificationError, VerifierBuilder, decode_timestamp_response

from p2pchain.crypto.hashing import sha256
from p2pchain.documents.refusals import quoted
from p2pchain.model.errors import Refused

TOKEN_BYTES_MAX: Final = 65_536
"""Largest token that is read."""
AUTHORITY_BYTES_MAX: Final = 1_048_576
"""Largest file of certificates that is read."""
_REASONS: Final = (
    ("certificate has expired", "the certificate of the authority had expired before the token was made"),
    ("signature failure", "forged: the signature is not over this token"),
    ("certificate verify error", "another authority signed it, for which these certificates do not vouch"),
)
"""What stands in the library's words, and what it means."""
_PEM: Final = b"-----BEGIN"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimestampToken:
    """A verified token. ``token`` and ``certificate``: SHA-256 of the token's bytes, and of the certificate
    that signed it; ``authority``: the name in that certificate.
    """

    token: bytes
    time_ms: int
    certificate: bytes
    authority: str


class TimestampInvalid(Refused):
    """The token is none, is not signed by this authority, or is over other bytes."""

    def __init__(self, *, reason: str) -> None:
        """``reason``: what is wrong with it."""
        hint = "ask the authority for a token over exactly this deposit, and give its certificates"
        super().__init__("EVD_TIMESTAMP_INVALID", {"reason": quoted(reason)}, hint)


def read_token(
    data: bytes, certificates: bytes, imprints: Sequence[bytes], *, shown_ms: int
) -> TimestampToken:
    """Verify a token (``TimeStampResp``, as an authority answers it) over one of these digests.

    ``certificates``: of the authority, up to its root, in PEM or a single one in DER; ``shown_ms``: when the
    token is shown, which its certificate has to last for. ``TimestampInvalid``.
    """
    known = _certificates(certificates)
    if len(data) > TOKEN_BYTES_MAX:
        raise TimestampInvalid(reason="larger than any token")
    try:
        response = decode_timestamp_response(data)
        signed_by = _signer(response, known)
        _verify(response, known, signed_by, imprints)
    except (ValueError, VerificationError) as fault:
        raise TimestampInvalid(reason=_reason(str(fault))) from fault
    if not _ms(signed_by.not_valid_before_utc) <= shown_ms <= _ms(signed_by.not_valid_after_utc):
        raise TimestampInvalid(reason="the certificate of the authority has expired")
    return TimestampToken(
        token=sha256(data),
        time_ms=_ms(response.tst_info.gen_time),
        certificate=sha256(signed_by.public_bytes(Encoding.DER)),
        authority=signed_by.subject.rfc4514_string(),
    )


def _verify(
    response: TimeStampResponse,
    known: Sequence[Certificate],
    signed_by: Certificate,
    imprints: Sequence[bytes],
) -> None:
    stamped = response.tst_info.message_imprint.message
    if stamped not in imprints:
        raise TimestampInvalid(reason="it is over other bytes")
    further = [one for one in known if one.issuer != one.subject and one != signed_by]
    builder = VerifierBuilder(
        roots=[one for one in known if one.issuer == one.subject],
        intermediates=further,
        tsa_certificate=signed_by
        if signed_by in known
        else None,  # One that the token brings proves nothing.
    )
    builder.build().verify(response, stamped)


def _reason(words: str) -> str:
    """Say in plain words what the library, and OpenSSL within it, found wrong."""
    for part, reason in _REASONS:
        if part in words:
            return reason
    return words.partition(":")[0]


def _signer(response: TimeStampResponse, known: Sequence[Certificate]) -> Certificate:
    """The certificate that the signature names, out of the token or of those that are known."""
    signers = list(response.signed_data.signer_infos)
    if len(signers) != 1:
        raise TimestampInvalid(reason="not exactly one signer")
    within = [load_der_x509_certificate(data) for data in response.signed_data.certificates]
    named = (signers[0].issuer, signers[0].serial_number)
    for certificate in (*known, *within):
        if (certificate.issuer, certificate.serial_number) == named:
            return certificate
    raise TimestampInvalid(reason="the certificate that signed it is missing")


def _certificates(data: bytes) -> list[Certificate]:
    try:
        if _PEM in data:
            return load_pem_x509_certificates(data)
        return [load_der_x509_certificate(data)]
    except ValueError as fault:
        raise TimestampInvalid(reason="the authority's certificates cannot be read") from fault


def _ms(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return (moment - _EPOCH) // _MILLISECOND
