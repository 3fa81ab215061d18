"""Shape of a load: who signs the transaction of a number, and what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.transaction import Operation
from p2pchain.testnet.plan import NetworkMember

TEXT_CHARS: Final = 107
"""Length of a note's text that makes a transaction of about 250 bytes."""
WAVE: Final = 2_048
"""Things that are taken a step further together: a step comes so many transactions after the one before it,
more than are in flight at once, so that it finds that one final.
"""
DAY_S: Final = 86_400

Mix = Callable[[int], tuple[tuple[SigningKey, ...], tuple[Operation, ...]]]
"""By its number: who signs a transaction, and what it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchMix:
    """One mix. ``make``: of the keys of all members, and of bytes that tell one run from others; ``cast``:
    the members of its network, none where any will do.
    """

    make: Callable[[Mapping[str, SigningKey], bytes], Mix]
    cast: Sequence[NetworkMember] = ()
