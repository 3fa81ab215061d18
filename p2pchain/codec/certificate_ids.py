"""Ids of energy attribute certificates: made, never chosen.

A metering point has one id whichever registry names it: the hash of its code, folded. A certificate that is
issued has an id made of the organisation that issues, a nonce that it has drawn, and its place among the
periods of that issue; a part's follows from its parent, that of an imported one from the ledger that it comes
from. Each sort is hashed in a domain of its own.
"""

from __future__ import annotations

from typing import Final

from p2pchain.codec.cbor import pack
from p2pchain.crypto.hashing import sha256

ISSUE_NONCE_BYTES: Final = 16
_FOLDED: Final = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", " -./:")
_GSRN_DIGITS: Final = 18
_DIGITS: Final = "0123456789"
_LETTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DEVICE: Final = "p2pchain/certificate/device"
_ISSUED: Final = "p2pchain/certificate/issued"
_PART: Final = "p2pchain/certificate/part"
_IMPORTED: Final = "p2pchain/certificate/imported"


def folded_code(code: str) -> str | None:
    """Fold the code of a metering point: capitals and digits alone; None where it has other characters."""
    folded = code.translate(_FOLDED)
    return folded if folded and all(character in _LETTERS for character in folded) else None


def is_metering_code(folded: str) -> bool:
    """Decide whether a folded code may name a metering point: 18 digits are a GSRN, whose check digit has to
    be right (GS1 General Specifications §7.9).
    """
    if len(folded) != _GSRN_DIGITS or not all(character in _DIGITS for character in folded):
        return True
    return sum(_DIGITS.index(digit) * (3 - 2 * (place % 2)) for place, digit in enumerate(folded)) % 10 == 0


def device_id(folded: str) -> bytes:
    """Make the id of a metering point of its folded code."""
    return sha256(pack((_DEVICE, 1, folded)))


def issued_certificate_id(org: str, nonce: bytes, number: int) -> bytes:
    """Make the id of what ``org`` issues for period ``number``, from 0, with a nonce that it has drawn."""
    return sha256(pack((_ISSUED, 1, org, nonce, number)))


def certificate_part_id(parent: bytes, number: int) -> bytes:
    """Make the id of a part, numbered from 0."""
    return sha256(pack((_PART, 1, parent, number)))


def imported_certificate_id(ledger: str, certificate: bytes) -> bytes:
    """Make the id that a certificate of another ledger has here, once."""
    return sha256(pack((_IMPORTED, 1, ledger, certificate)))
