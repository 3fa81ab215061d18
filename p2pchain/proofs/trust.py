"""Trust of whoever verifies a proof: the genesis, or a block that was proven before; and the block at which a
proof begins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from p2pchain.codec.decimal_text import decimal
from p2pchain.codec.header import header_id
from p2pchain.model.block import Header
from p2pchain.model.errors import Refused
from p2pchain.model.genesis import Genesis
from p2pchain.model.ids import INTEGER_MAX, BlockId, Height

_FORM: Final = re.compile(r"([1-9][0-9]{0,18}):([0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedBlock:
    """A block by its height and id: ``str`` of it is ``HEIGHT:BLOCK_ID``."""

    height: Height
    block_id: BlockId

    def __str__(self) -> str:
        return f"{self.height}:{self.block_id.hex()}"


Trust = Genesis | TrustedBlock

Beginning = TrustedBlock | Header | None
"""Where a proof shall begin: at a block, by its name or by its header, for a node may have pruned the block;
None for genesis.
"""


def block_named(beginning: TrustedBlock | Header) -> TrustedBlock:
    """Name a block by its height and id."""
    if isinstance(beginning, TrustedBlock):
        return beginning
    return TrustedBlock(height=beginning.height, block_id=header_id(beginning))


def parse_trusted(text: str) -> TrustedBlock:
    """Parse ``HEIGHT:BLOCK_ID``; ``Refused("TRUSTED_INVALID")``."""
    match = _FORM.fullmatch(text)
    if match is None or decimal(match[1]) > INTEGER_MAX:
        hint = "write HEIGHT:BLOCK_ID, the id with 64 hexadecimal digits, as `proof verify` tells them"
        raise Refused("TRUSTED_INVALID", {"found": text[:128]}, hint)
    return TrustedBlock(height=Height(decimal(match[1])), block_id=BlockId(bytes.fromhex(match[2])))
