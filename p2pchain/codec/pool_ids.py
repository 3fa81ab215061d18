"""Ids of pools of assets, and of each asset within one: made, never chosen.

A pool's id follows from its originator and a nonce that this one has drawn, as that of a receivable does. The
id of an asset is a commitment to all that was said of it when it was added: whoever frees or replaces it has
to say the same, and the index of encumbrances holds it as the basis.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from p2pchain.codec.cbor import encode
from p2pchain.crypto.hashing import sha256
from p2pchain.crypto.multiset import EMPTY_SUM, sum_digest, sum_with
from p2pchain.model.transaction import Value

POOL_ID_BYTES: Final = 16
POOL_NONCE_BYTES: Final = 16
_POOL: Final = "p2pchain/securitisation/pool"
_ASSET: Final = "p2pchain/securitisation/asset"


def pool_id(originator: str, nonce: bytes) -> bytes:
    """Make the id of a pool that ``originator`` creates with a nonce that it has drawn."""
    return sha256(encode((_POOL, 1, originator, nonce)))[:POOL_ID_BYTES]


def asset_leaf(pool: bytes, asset: Value) -> bytes:
    """Make the leaf of an asset in the tree over a pool (RFC 6962)."""
    return encode((_ASSET, 1, pool, asset))


def asset_id(pool: bytes, asset: Value) -> bytes:
    """Make the id of an asset within a pool: 32 bytes."""
    return sha256(asset_leaf(pool, asset))


def assets_digest(pool: bytes, assets: Iterable[Value]) -> bytes:
    """Make the digest of the assets of a pool, in whatever order: 32 bytes."""
    return sum_digest(sum_with(EMPTY_SUM, (asset_id(pool, asset) for asset in assets)))
