"""The bytes that a key signs to prove that whoever names it holds it."""

from __future__ import annotations

from typing import Final

from p2pchain.codec.cbor import pack
from p2pchain.model.ids import ChainId
from p2pchain.model.possession import Possession

POSSESSION_DOMAIN: Final = "p2pchain/possession"
POSSESSION_VERSION: Final = 1


def possession_sign_bytes(chain_id: ChainId, statement: Possession) -> bytes:
    """Encode ``["p2pchain/possession", 1, chain_id, kind, org, name, key]``."""
    stated = (statement.kind, statement.org, statement.name, statement.key)
    return pack((POSSESSION_DOMAIN, POSSESSION_VERSION, chain_id, *stated))
