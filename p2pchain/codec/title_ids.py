"""Names that titles and listings make of other things: none is chosen, so nobody takes the one of another.

The owner of a share is a person, and no person stands on the chain: an owner is a commitment, the hash of a
salt and of what names the person. Whoever holds the salt shows whose it is; nobody else finds out, not even
by trying all names. A unit is a thing of the index of encumbrances under the hash of its code.
"""

from __future__ import annotations

from typing import Final

from p2pchain.codec.cbor import pack
from p2pchain.crypto.hashing import sha256

LISTING_ID_BYTES: Final = 16
LISTING_NONCE_BYTES: Final = 16
OWNER_SALT_BYTES: Final = 16
_OWNER: Final = "p2pchain/title/owner"
_LISTING: Final = "p2pchain/listing/id"


def owner_commitment(salt: bytes, name: str, identity: str) -> bytes:
    """Make the commitment to a person: 32 bytes of the name, an identity number, and a salt."""
    return sha256(pack((_OWNER, 1, salt, name, identity)))


def unit_id(unit: str) -> bytes:
    """Make the 32 bytes under which other modules know a unit: SHA-256 of its code in ASCII."""
    return sha256(unit.encode())


def listing_id(org: str, nonce: bytes) -> bytes:
    """Make the id of a listing that ``org`` opens with a nonce that it has drawn."""
    return sha256(pack((_LISTING, 1, org, nonce)))[:LISTING_ID_BYTES]
