"""Tokens of time-stamping authorities: the true ones of several, and every sort of false one is refused.

The samples are ours: an authority's chain (``evidence-authority.pem``), made with OpenSSL, and tokens over
``evidence-decision.txt``. Where the folder of foreign inputs lies beside the repository, tokens of others.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from p2pchain.documents.timestamp_token import TOKEN_BYTES_MAX, TimestampInvalid, TimestampToken, read_token

SAMPLES = Path(__file__).parents[2] / "samples"
OTHERS = Path(__file__).parents[4] / "shared" / "data" / "rfc3161"
AUTHORITY = (SAMPLES / "evidence-authority.pem").read_bytes()
DECISION = (SAMPLES / "evidence-decision.txt").read_bytes()
STAMPED_MS = 1_768_478_400_000
"""15 January 2026, noon."""
NOW_MS = STAMPED_MS + 86_400_000


def sample(name: str) -> bytes:
    """A token of ours."""
    return (SAMPLES / f"evidence-{name}.tsr").read_bytes()


def read(
    data: bytes,
    of: bytes = DECISION,
    *,
    hashed: str = "sha256",
    authority: bytes = AUTHORITY,
    at: int = NOW_MS,
) -> TimestampToken:
    """Verify a token over the hash of these bytes."""
    return read_token(data, authority, [hashlib.new(hashed, of).digest()], shown_ms=at)


def reason(data: bytes, of: bytes = DECISION, authority: bytes = AUTHORITY, at: int = NOW_MS) -> str:
    """Why it is refused."""
    with pytest.raises(TimestampInvalid) as caught:
        read(data, of, authority=authority, at=at)
    assert caught.value.code == "EVD_TIMESTAMP_INVALID"
    return str(caught.value.facts["reason"])


def test_a_token_gives_its_time_and_who_signed_it() -> None:
    for name, hashed, after_ms in (("token", "sha256", 1_000), ("token-sha512", "sha512", 0)):
        token = read(sample(name), hashed=hashed)
        assert token.time_ms == STAMPED_MS + after_ms
        assert token.authority == "CN=Sample Time-Stamping Authority"
        assert token.token == hashlib.sha256(sample(name)).digest()


def test_a_token_is_over_these_bytes_alone() -> None:
    assert reason(sample("token"), DECISION + b" ") == "it is over other bytes"
    assert reason(sample("token-sha512")) == "it is over other bytes"


def test_one_of_another_authority() -> None:
    assert reason(sample("token-foreign")).startswith("another authority signed it")


def test_one_that_brings_its_own_certificate() -> None:
    """Signed by whoever calls himself the authority: nobody trusted vouches for him."""
    assert reason(sample("token-self")).startswith("another authority signed it")


def test_one_that_was_made_when_the_certificate_had_expired() -> None:
    assert reason(sample("token-expired")).startswith("the certificate of the authority had expired")


def test_one_whose_certificate_has_expired_since() -> None:
    late = int(datetime(2150, 1, 1, tzinfo=UTC).timestamp()) * 1_000
    assert reason(sample("token"), at=late) == "the certificate of the authority has expired"


@pytest.mark.parametrize("place", range(60, 960, 60))
def test_one_of_which_a_byte_is_changed(place: int) -> None:
    data = bytearray(sample("token"))
    data[place] ^= 1
    try:
        token = read(bytes(data))
    except TimestampInvalid:
        return
    assert token.time_ms == STAMPED_MS + 1_000, "a byte that no signature covers changes nothing that is said"
    assert token.authority == "CN=Sample Time-Stamping Authority"


def test_what_is_no_token() -> None:
    for data in (b"", b"no token", bytes(TOKEN_BYTES_MAX + 1), AUTHORITY):
        assert reason(data)
    for authority in (
        b"",
        b"no certificate",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ):
        assert reason(sample("token"), authority=authority) == "the authority's certificates cannot be read"


FOREIGN = [
    ("sigstage", "response-sha256", "sha256", (2025, 2026)),
    ("sigstage", "response-sha384", "sha384", (2025, 2026)),
    ("sigstage", "response-sha512", "sha512", (2025, 2026)),
    ("sigstage", "response-no-embedded-cert", "sha256", (2025, 2026)),
    ("sigstage", "response-invalid-signature", "sha512", ()),
    ("test_tsa", "response", "sha512", (2025, 2026)),
    ("test_tsa", "other_response", "sha512", ()),
    ("test_tsa", "response-injected-certs", "sha512", (2025, 2026)),
    ("sigstore.mock", "response-expired", "sha256", (2023,)),
    ("identrust", "issue-104", "sha512", (2025,)),
]
"""Folder, token, its hash, and at the ends of which years it may be shown."""

if OTHERS.is_dir():

    @pytest.mark.parametrize("year", [2023, 2025, 2026])
    @pytest.mark.parametrize(("folder", "name", "hashed", "true"), FOREIGN)
    def test_tokens_of_others(folder: str, name: str, hashed: str, true: tuple[int, ...], year: int) -> None:
        shown = int(datetime(year, 12, 1, tzinfo=UTC).timestamp()) * 1_000
        payload = OTHERS / folder / "payload"
        of = payload.read_bytes() if payload.is_file() else b"hello"
        authority = (OTHERS / folder / "ts_chain.pem").read_bytes()
        data = (OTHERS / folder / f"{name}.tsr").read_bytes()
        if year in true:
            assert read(data, of, hashed=hashed, authority=authority, at=shown).time_ms < shown
        else:
            with pytest.raises(TimestampInvalid):
                read(data, of, hashed=hashed, authority=authority, at=shown)
        with pytest.raises(TimestampInvalid):
            read(data, of, hashed=hashed, at=shown)
