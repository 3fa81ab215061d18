"""Files of assets: what a loan tape says of each asset, whatever its format.

An asset is known by *identities*, texts that are folded before they are hashed (``folding``): those of its
contract and those of what secures it. Two formats are read: SEC EX-102 XML of commercial mortgages
(``tape_ex102``), and CSV with columns of the ESMA templates (``tape_csv``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from p2pchain.codec.cbor import encode
from p2pchain.crypto.hashing import hmac_sha256
from p2pchain.documents.folding import fold_name
from p2pchain.documents.names import KEY_BYTES_MIN
from p2pchain.documents.refusals import FingerprintKeyTooShort

TAPE_BYTES_MAX: Final = 10_000_000
"""Largest file that is read, in bytes."""
TAPE_ROWS_MAX: Final = 100_000
"""Most assets of one file."""
CONTRACT: Final = "contract"
COLLATERAL: Final = "collateral"
_DOMAIN: Final = "p2pchain/securitisation/asset-name"
_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TapeAsset:
    """One asset of a file. ``number``: its place, from 1; ``contracts``, ``collateral``: identities, each of
    one or several folded parts; ``documents``: ids of registered invoices, 32 bytes; days count from
    1970-01-01. Amounts are minor units of ``currency``.
    """

    number: int
    contracts: tuple[tuple[str, ...], ...]
    collateral: tuple[tuple[str, ...], ...]
    documents: tuple[bytes, ...]
    currency: str
    original_minor: int
    balance_minor: int
    maturity_day: int
    arrears_days: int


def asset_digest(key: bytes, class_: str, identity: tuple[str, ...]) -> bytes:
    """Compute the keyed hash of an identity in a class, 32 bytes. Raises ``FingerprintKeyTooShort``."""
    if len(key) < KEY_BYTES_MIN:
        raise FingerprintKeyTooShort(key_bytes=len(key), key_bytes_min=KEY_BYTES_MIN)
    return hmac_sha256(key, encode((_DOMAIN, _VERSION, class_, identity)))


def identity_of(*parts: str | None) -> tuple[str, ...]:
    """Fold the parts of an identity; empty where nothing of it is left."""
    folded = tuple(fold_name(part or "") for part in parts)
    return folded if any(folded) else ()
