"""Rotation of proposers, in the order of their keys. Validators that failed sit out for a while.

Without sitting out, the proposer of (height, round) is number ``(height + round) mod n``. A proposer whose
round failed gets a strike, and sits out the next ``sit_out_heights * 2**(strikes - 1)`` heights, and then on
until a certificate shows that it votes again, ``sit_out_heights_max`` heights in all at most: so one dead
node of four costs a timeout once, and not in every fourth block. Who failed and who votes is read from
committed blocks alone: block ``h`` carries a certificate of ``h - 1`` that names the round in which that
height was decided, hence the rounds before it failed, and who precommitted. (One's own certificate may name
another round and others; it is never used.) At most a third minus one sit at once, and those who sit come
last in the order rather than never, so everybody has a turn within ``n`` rounds.

Validators come and go: each height has its own order, over its own set. Strikes belong to a key; who leaves
the set loses its entry, and who comes has none.

The rotation is a record of the ledger's state, so it is part of every state root and survives snapshots.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from p2pchain.codec.cbor import decode, encode
from p2pchain.model.ids import Height, PublicKey, Round
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Value
from p2pchain.model.validators import VALIDATORS_MAX, ValidatorSet
from p2pchain.model.voting import CommitCertificate

ROTATION_BYTES_MAX = 2 * VALIDATORS_MAX * 64 + 64
STRIKES_MAX = 32
"""Strikes are not counted further: the time to sit out has reached its bound long before."""
ROTATIONS_KEPT = 16
"""Decoded records that are remembered: that in force is asked for several times a height."""
_VERSION = 1

Entry = tuple[PublicKey, int, Height]
"""(validator, strikes, last height to sit out unless it is seen to vote before)."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """Validators with strikes, for the next height, newest failure first; ``last`` was in force one height
    before.
    """

    entries: tuple[Entry, ...]
    last: tuple[Entry, ...]

    def proposer_index(self, validators: ValidatorSet, height: Height, round_: Round) -> int:
        """R s/Return index/Return the index/"""
        return _order(self.entries, validators, height)[round_ % len(validators)]

    def after(
        self,
        *,
        height: Height,
        proposer: PublicKey,
        last_certificate: CommitCertificate | None,
        previous: ValidatorSet,
        following: ValidatorSet,
        parameters: Parameters,
    ) -> Rotation:
        """R s/the rotation once block/the rotation once block/"""
        failed = self._failed(height, last_certificate, previous)
        strikes = {key: count for key, count, _ in self.entries}
        struck: list[Entry] = []
        for key in failed:
            count = min(strikes.get(key, 0) + 1, STRIKES_MAX)
            sits = parameters.sit_out_heights_max if parameters.sit_out_heights else 0
            struck.append((key, count, Height(height + sits)))
        awake = _signers(last_certificate, previous)
        older = [
            _released(entry, height, parameters) if entry[0] in awake else entry
            for entry in self.entries
            if entry[0] not in failed
        ]
        members = {member.public_key for member in following.members} - {proposer}
        return Rotation(tuple(entry for entry in (*struck, *older) if entry[0] in members), self.entries)

    def _failed(
        self, height: Height, last_certificate: CommitCertificate | None, validators: ValidatorSet
    ) -> list[PublicKey]:
        """Return the proposers, of ``validators`` of ``height - 1``, of its rounds before the one that
        decided, the latest round first.

        Whoever proposed in the round that decided has not failed, even if an earlier round was its, too.
        """
        if last_certificate is None or last_certificate.round == 0:
            return []
        order = _order(self.last, validators, Height(height - 1))
        decided = last_certificate.round
        rounds = range(decided - 1, max(decided - len(order), -1), -1)
        return [validators[order[round_ % len(order)]].public_key for round_ in rounds]


EMPTY = Rotation((), ())
"""Nobody has failed."""


def encode_rotation(rotation: Rotation) -> bytes:
    """Encode ``[1, [[key, strikes, until], ...], [[key, strikes, until], ...]]``: in force, and before."""
    return encode((_VERSION, tuple(rotation.entries), tuple(rotation.last)))


@lru_cache(maxsize=ROTATIONS_KEPT)
def decode_rotation(data: bytes) -> Rotation:
    """Decode ``encode_rotation``; this ledger wrote the record, so anything else is a bug of ours."""
    value = decode(data, bytes_max=ROTATION_BYTES_MAX)
    assert isinstance(value, tuple), "a rotation record"
    assert len(value) == 3, "a rotation record"
    assert value[0] == _VERSION, "a rotation record"
    return Rotation(_entries(value[1]), _entries(value[2]))


def _entries(value: Value) -> tuple[Entry, ...]:
    assert isinstance(value, tuple), "a list of entries"
    entries: list[Entry] = []
    for entry in value:
        assert isinstance(entry, tuple), "an entry"
        key, strikes, until = entry
        assert isinstance(key, bytes), "a validator"
        assert isinstance(strikes, int), "a count"
        assert isinstance(until, int), "a height"
        entries.append((PublicKey(key), strikes, Height(until)))
    return tuple(entries)


def _signers(certificate: CommitCertificate | None, validators: ValidatorSet) -> set[PublicKey]:
    """Return the validators that precommitted, as a certificate over ``validators`` says."""
    if certificate is None:
        return set()
    return {validators[index].public_key for index, _ in certificate.signatures}


def _released(entry: Entry, height: Height, parameters: Parameters) -> Entry:
    """Return the entry of a validator that voted in block ``height``: it sits no longer, if the time of its
    strikes is over.
    """
    key, strikes, until = entry
    shortest = min(parameters.sit_out_heights << (strikes - 1), parameters.sit_out_heights_max)
    struck_at = until - parameters.sit_out_heights_max
    return (key, strikes, height) if struck_at + shortest <= height < until else entry


def _order(entries: tuple[Entry, ...], validators: ValidatorSet, height: Height) -> list[int]:
    """Return the indexes in the order of their turns at ``height``: rotated by height, then those that sit
    out.

    The seats go to the newest failures, however long the others had still to sit: who failed long ago may
    well be back, and must not keep the seat from one that is down now.
    """
    count = len(validators)
    absent = (validators.index_of(key) for key, _, until in entries if until >= height)
    sitting = [index for index in absent if index is not None][: (count - 1) // 3]
    eligible = [index for index in range(count) if index not in sitting]
    turn = height % len(eligible)
    return eligible[turn:] + eligible[:turn] + sitting
