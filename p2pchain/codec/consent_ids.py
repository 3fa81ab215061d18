"""Ids of consents and accesses, commitments to patients, and the words that a patient's key signs.

An id is made of a nonce and of the organisation that uses it, so that nobody who sees a transaction in the
pool takes the id that is meant for it. A patient is a commitment: salt and identifier stay with whoever made
it. A patient's key signs a statement of possession (``codec.possession``) whose ``name`` says for which
consent, version and terms: an old signature serves no other.
"""

from __future__ import annotations

from typing import Final

from p2pchain.codec.cbor import pack
from p2pchain.crypto.hashing import sha256

CONSENT_ID_BYTES: Final = 16
CONSENT_NONCE_BYTES: Final = 16
PATIENT_SALT_BYTES: Final = 16
_CONSENT: Final = "p2pchain/consent/consent"
_ACCESS: Final = "p2pchain/consent/access"
_PATIENT: Final = "p2pchain/consent/patient"


def consent_id(org: str, nonce: bytes) -> bytes:
    """Make the id of a consent that ``org`` proposes with a nonce that it has drawn."""
    return sha256(pack((_CONSENT, 1, org, nonce)))[:CONSENT_ID_BYTES]


def access_id(org: str, nonce: bytes) -> bytes:
    """Make the id of an access that ``org`` asks for with a nonce that it has drawn."""
    return sha256(pack((_ACCESS, 1, org, nonce)))[:CONSENT_ID_BYTES]


def patient_commitment(salt: bytes, identifier: str) -> bytes:
    """Commit to a patient: without the salt nobody finds out who it is, not even by trying identifiers."""
    return sha256(pack((_PATIENT, 1, salt, identifier)))


def activation_name(consent: bytes, version: int, terms: bytes) -> str:
    """Name in the statement by which a patient's key puts a version of a consent in force."""
    return f"{consent.hex()}/{version}/{terms.hex()}"


def revocation_name(consent: bytes) -> str:
    """Name in the statement by which a patient's key revokes a consent."""
    return consent.hex()
