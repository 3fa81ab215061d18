"""Validator sets by the height from which on they hold.

A change that block ``H`` makes holds from ``H + 2`` on. So the set of a height is known before its parent is
decided, header ``H`` can name its own set and the next, and every certificate is checked against a set that
an earlier header committed to. The sets are records of the state, proven by every state root:
``system/validators/<height>`` holds exactly the bytes that ``validators_hash`` hashes. What no evidence can
name any more is dropped when a new set is written; who needs an older one finds it in the blocks.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from p2pchain.codec.cbor import encode
from p2pchain.ledger.record import Record, read_record
from p2pchain.ledger.system import EVIDENCE_AGE_MAX, VALIDATORS
from p2pchain.model.chain import StateChange
from p2pchain.model.errors import Refused
from p2pchain.model.ids import FIRST_HEIGHT, Height, OrgId, PublicKey
from p2pchain.model.validators import Validator, ValidatorSet

CHANGE_DELAY: Final = 2
"""A change that block ``H`` makes holds from ``H + CHANGE_DELAY`` on."""
HEIGHT_BYTES: Final = 8


class ValidatorHistory:
    """The sets in force, as the state holds them after some block."""

    __slots__ = ("_heights", "_sets")

    def __init__(self, sets: Sequence[tuple[Height, ValidatorSet]]) -> None:
        """``sets``: ascending by the height from which on each holds; at least one."""
        assert sets, "somebody always validates"
        self._heights = [height for height, _ in sets]
        self._sets = [validators for _, validators in sets]
        assert self._heights == sorted(set(self._heights)), "each height once, ascending"

    @property
    def newest(self) -> ValidatorSet:
        """Return the newest set, which holds until a block changes it."""
        return self._sets[-1]

    @property
    def sets(self) -> tuple[ValidatorSet, ...]:
        """All sets, ascending by the height from which on each holds."""
        return tuple(self._sets)

    @property
    def lowest(self) -> Height:
        """The lowest height whose set is known."""
        return self._heights[0]

    def at(self, height: int) -> ValidatorSet:
        """The set of a height; ``Refused("VALIDATORS_UNKNOWN")`` below ``lowest``. Whether a height is too
        high to be known, the ledger knows.
        """
        place = bisect_right(self._heights, height) - 1
        if place < 0:
            facts = {"height": height, "lowest": self.lowest}
            raise Refused("VALIDATORS_UNKNOWN", facts, "the set of an older height stands in no state now")
        return self._sets[place]

    def after(self, changes: Iterable[StateChange]) -> ValidatorHistory:
        """The history once a block has made these changes of the state."""
        sets = dict(zip(self._heights, self._sets, strict=True))
        for key, raw in changes:
            if key.startswith(VALIDATORS):
                if raw is None:
                    del sets[_height_of(key)]
                else:
                    sets[_height_of(key)] = decode_validators(raw)
        return ValidatorHistory(sorted(sets.items()))

    def changes(self, height: int, left: ValidatorSet) -> tuple[StateChange, ...]:
        """Return the state changes by which block ``height`` records these validators: nothing where they
        stay the same.
        """
        if left == self.newest:
            return ()
        begins = height + CHANGE_DELAY
        followers = (*self._heights[1:], begins)
        dropped = [
            own for own, follower in zip(self._heights, followers, strict=True) if follower <= oldest(height)
        ]
        gone: list[StateChange] = [(validators_key(own), None) for own in dropped]
        return (*gone, (validators_key(begins), encode_validators(left)))


def oldest(height: int) -> int:
    """Return the lowest height whose validators evidence after ``height`` may need."""
    return height + 1 - EVIDENCE_AGE_MAX


def first_validators(validators: ValidatorSet) -> tuple[bytes, bytes]:
    """The record that genesis writes: these validate from height 1 on."""
    return validators_key(FIRST_HEIGHT), encode_validators(validators)


def read_history(records: Iterable[tuple[bytes, bytes]]) -> ValidatorHistory:
    """The history out of all records under ``system/validators/``, ascending by key."""
    return ValidatorHistory([(_height_of(key), decode_validators(raw)) for key, raw in records])


def sets_in(values: Mapping[bytes, bytes]) -> tuple[ValidatorSet, ...]:
    """Read a state's validator sets, ascending by their first height."""
    records = sorted((key, raw) for key, raw in values.items() if key.startswith(VALIDATORS))
    return read_history(records).sets


def validators_key(height: int) -> bytes:
    """Return the state key of the set that holds from ``height`` on."""
    return VALIDATORS + height.to_bytes(HEIGHT_BYTES, "big")


def encode_validators(validators: ValidatorSet) -> bytes:
    """``[[public key, power, organisation], ...]``, ascending by key; its SHA-256 is ``validators_hash``."""
    return encode(tuple((member.public_key, member.power, member.org) for member in validators.members))


def decode_validators(raw: bytes) -> ValidatorSet:
    """The inverse; the record was written by this ledger, so anything else is a bug of ours."""
    return ValidatorSet(tuple(_validator(item) for item in read_record(raw)))


def _height_of(key: bytes) -> Height:
    return Height(int.from_bytes(key[len(VALIDATORS) :], "big"))


def _validator(item: object) -> Validator:
    assert isinstance(item, tuple), f"a validator, not {item!r}"
    fields: Record = item
    key, power, org = fields
    assert isinstance(key, bytes), f"validator {item!r}"
    assert isinstance(power, int), f"validator {item!r}"
    assert isinstance(org, str), f"validator {item!r}"
    return Validator(public_key=PublicKey(key), power=power, org=OrgId(org))
