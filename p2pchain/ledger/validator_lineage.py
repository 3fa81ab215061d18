"""The headers after which other validators hold: what proves the set of a height from genesis on.

A snapshot carries them, for the blocks that they stand in may be pruned. Between two of them the set stays
the same, so no header in between is needed: whoever trusts a set believes a header that names it as its own
and has its certificate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from p2pchain.codec.roots import validators_hash
from p2pchain.ledger.system import VALIDATORS
from p2pchain.ledger.validators import decode_validators
from p2pchain.model.block import Header
from p2pchain.model.chain import FinalHeader, StateChange
from p2pchain.model.snapshot import ValidatorLink
from p2pchain.model.validators import ValidatorSet
from p2pchain.model.voting import CommitCertificate

SETS_KEPT: Final = 4
"""Newest sets that are remembered by their hash: one that a block writes begins two heights later."""


class Lineage:
    """The links up to some block; fed with every block after it, in order."""

    def __init__(self, links: Iterable[ValidatorLink], sets: Iterable[ValidatorSet]) -> None:
        """``sets``: those that the state holds after that block, ascending by the height of each."""
        self._links = list(links)
        self._sets: dict[bytes, ValidatorSet] = {}
        for validators in sets:
            self._remember(validators)

    @property
    def links(self) -> tuple[ValidatorLink, ...]:
        """All links so far, ascending by height."""
        return tuple(self._links)

    def follow(
        self, header: Header, changes: Iterable[StateChange], certificate: Callable[[], CommitCertificate]
    ) -> None:
        """Take the next block; its ``certificate`` is asked for only where it is a link."""
        for key, raw in changes:
            if key.startswith(VALIDATORS) and raw is not None:
                self._remember(decode_validators(raw))
        if header.next_validators_hash != header.validators_hash:
            following = self._sets[header.next_validators_hash]
            final = FinalHeader(header=header, certificate=certificate())
            self._links.append(ValidatorLink(final=final, following=following))

    def _remember(self, validators: ValidatorSet) -> None:
        name = validators_hash(validators)
        self._sets.pop(name, None)
        self._sets[name] = validators
        if len(self._sets) > SETS_KEPT:
            del self._sets[next(iter(self._sets))]
