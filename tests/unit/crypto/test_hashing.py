"""The two hashes against published vectors."""

from __future__ import annotations

import json
from pathlib import Path

from p2pchain.crypto.hashing import hmac_sha256, sha256

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "crypto_hashes.json").read_text())


def test_sha256_of_the_standard() -> None:
    for vector in VECTORS["sha256"]:
        assert sha256(bytes.fromhex(vector["data"])).hex() == vector["hash"]


def test_hmac_of_the_rfc() -> None:
    for vector in VECTORS["hmac_sha256"]:
        key, data = bytes.fromhex(vector["key"]), bytes.fromhex(vector["data"])
        assert hmac_sha256(key, data).hex() == vector["hash"]
