"""Whose turn it is to propose: the validators in order of their keys, and those that failed sit out for a while.

Without sitting out, the proposer of (height, round) is number ``(height + round) mod n``. A proposer whose round failed
gets a strike, and sits out the next ``sit_out_heights * 2**(strikes - 1)`` heights, so that one dead node of four
costs a timeout now and then, and not in every fourth block. Who failed is read from committed blocks alone: block
``h`` carries a certificate of ``h - 1`` that names the round in which that height was decided, hence the rounds before
it failed. (One's own certificate may name another round; it is never used.) At most a third minus one sit at once, and
those who sit come last in the order rather than never, so everybody has a turn within ``n`` rounds.

The rotation is a record of the ledger's state, so it is part of every state root and survives snapshots.
"""

from __future__ import annotations

from dataclasses import dataclass

from p2pchain.codec.cbor import decode, encode
from p2pchain.model.ids import Height, PublicKey, Round
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Value
from p2pchain.model.validators import VALIDATORS_MAX, ValidatorSet
from p2pchain.model.voting import CommitCertificate

ROTATION_BYTES_MAX = 2 * VALIDATORS_MAX * 64 + 64
STRIKES_MAX = 32
"""Strikes are not counted further: the time to sit out has reached its bound long before."""
_VERSION = 1

Entry = tuple[PublicKey, int, Height]
"""(validator, strikes, last height to sit out)."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """Who has strikes, for the next height; ``last`` was in force one height before. Entries ascend by key."""

    entries: tuple[Entry, ...]
    last: tuple[Entry, ...]

    def proposer_index(self, validators: ValidatorSet, height: Height, round_: Round) -> int:
        """Index of the validator that proposes in a round of ``height``, the next height."""
        return _order(self.entries, validators, height)[round_ % len(validators)]

    def after(
        self,
        *,
        height: Height,
        proposer: PublicKey,
        last_certificate: CommitCertificate | None,
        validators: ValidatorSet,
        parameters: Parameters,
    ) -> Rotation:
        """The rotation once block ``height`` is final; ``proposer`` made it, ``last_certificate`` is the one it carries."""
        strikes = {key: (count, until) for key, count, until in self.entries}
        for key in self._failed(height, last_certificate, validators):
            count = min(strikes.get(key, (0, Height(0)))[0] + 1, STRIKES_MAX)
            sits = min(parameters.sit_out_heights << (count - 1), parameters.sit_out_heights_max)
            strikes[key] = (count, Height(height + sits))
        strikes.pop(proposer, None)
        members = {member.public_key for member in validators.members}
        entries = tuple((key, *strikes[key]) for key in sorted(strikes) if key in members)
        return Rotation(entries, self.entries)

    def _failed(
        self, height: Height, last_certificate: CommitCertificate | None, validators: ValidatorSet
    ) -> list[PublicKey]:
        """Proposers of the rounds of ``height - 1`` before the one that decided."""
        if last_certificate is None or last_certificate.round == 0:
            return []
        order = _order(self.last, validators, Height(height - 1))
        decider = order[last_certificate.round % len(order)]
        failed = order[: last_certificate.round]
        return [validators[index].public_key for index in failed if index != decider]


EMPTY = Rotation((), ())
"""Nobody has failed."""


def encode_rotation(rotation: Rotation) -> bytes:
    """``[1, [[key, strikes, until], ...], [[key, strikes, until], ...]]``: in force, and before."""
    return encode((_VERSION, tuple(rotation.entries), tuple(rotation.last)))


def decode_rotation(data: bytes) -> Rotation:
    """The inverse; the record was written by this ledger, so anything else is a bug of ours."""
    value = decode(data, bytes_max=ROTATION_BYTES_MAX)
    assert isinstance(value, tuple) and len(value) == 3 and value[0] == _VERSION, "a rotation record"
    return Rotation(_entries(value[1]), _entries(value[2]))


def _entries(value: Value) -> tuple[Entry, ...]:
    assert isinstance(value, tuple), "a list of entries"
    entries: list[Entry] = []
    for entry in value:
        assert isinstance(entry, tuple) and len(entry) == 3, "an entry"
        key, strikes, until = entry
        assert isinstance(key, bytes) and isinstance(strikes, int) and isinstance(until, int), "an entry"
        entries.append((PublicKey(key), strikes, Height(until)))
    return tuple(entries)


def _order(entries: tuple[Entry, ...], validators: ValidatorSet, height: Height) -> list[int]:
    """Indexes in the order of their turns at ``height``: rotated by height, then those who sit out, newest failure first."""
    count = len(validators)
    newest = sorted(
        (entry for entry in entries if entry[2] >= height), key=lambda entry: (-entry[2], entry[0])
    )
    found = (validators.index_of(key) for key, _, _ in newest)
    sitting = [index for index in found if index is not None][: (count - 1) // 3]
    eligible = [index for index in range(count) if index not in sitting]
    turn = height % len(eligible)
    return eligible[turn:] + eligible[:turn] + sitting
