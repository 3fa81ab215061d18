"""Types of arguments and options that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from p2pchain.model.errors import Refused
from p2pchain.model.ids import HASH_BYTES, TxId
from p2pchain.proofs.trust import TrustedBlock, parse_trusted

FILE: Final = click.Path(path_type=Path, dir_okay=False)
"""A file, there or to be written."""
EXISTING_FILE: Final = click.Path(path_type=Path, dir_okay=False, exists=True)
"""A file, or a usage error where there is none."""


class TxIdType(click.ParamType[TxId]):
    """64 hexadecimal digits."""

    name = "tx_id"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> TxId:
        """The id, or a usage error."""
        try:
            octets = bytes.fromhex(str(value))
        except ValueError:
            octets = b""
        if len(octets) != HASH_BYTES:
            self.fail(
                f"{value} is no transaction id: expected {2 * HASH_BYTES} hexadecimal digits", param, ctx
            )
        return TxId(octets)


class TrustedType(click.ParamType[TrustedBlock]):
    """``HEIGHT:BLOCK_ID``."""

    name = "trusted"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> TrustedBlock:
        """The block, or a usage error."""
        try:
            return parse_trusted(str(value))
        except Refused as fault:
            self.fail(f"{value} is no block: {fault.hint}", param, ctx)
