"""Manifest of a state snapshot, and the links that prove its height from genesis on."""

from __future__ import annotations

from dataclasses import dataclass

from p2pchain.model.chain import FinalHeader
from p2pchain.model.ids import Height
from p2pchain.model.validators import ValidatorSet


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotHead:
    """The state after the block of ``final``, whose header holds the root that it must have.

    ``digests``: SHA-256 of each chunk, in order.
    """

    final: FinalHeader
    digests: tuple[bytes, ...]

    @property
    def height(self) -> Height:
        """Height of the block."""
        return self.final.header.height


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidatorLink:
    """A final header after which other validators hold: ``following`` validate from the next height on, as
    its ``next_validators_hash`` says.
    """

    final: FinalHeader
    following: ValidatorSet
