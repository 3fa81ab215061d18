"""Validators and their power; an integer quorum, never a fraction."""

from __future__ import annotations

from dataclasses import dataclass, field

from p2pchain.model.ids import OrgId, PublicKey

VALIDATORS_MAX = 100
POWER_MAX = 2**40


@dataclass(frozen=True, slots=True, kw_only=True)
class Validator:
    """A consensus key with its power (1 to ``POWER_MAX``) and the organisation that runs it."""

    public_key: PublicKey
    power: int
    org: OrgId


@dataclass(frozen=True, slots=True)
class ValidatorSet:
    """1 to 100 validators, ordered by public key; a validator's index is its place in this order."""

    members: tuple[Validator, ...]
    total_power: int = field(init=False, repr=False, compare=False)
    """Sum of all powers."""
    _indexes: dict[PublicKey, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Assert the order: sets come from the ledger, which keeps it."""
        keys = [member.public_key for member in self.members]
        assert 1 <= len(keys) <= VALIDATORS_MAX, f"{len(keys)} validators"
        assert keys == sorted(set(keys)), "validators must be unique and ordered by key"
        object.__setattr__(self, "total_power", sum(member.power for member in self.members))
        object.__setattr__(self, "_indexes", {key: index for index, key in enumerate(keys)})

    def __len__(self) -> int:
        return len(self.members)

    def __getitem__(self, index: int) -> Validator:
        return self.members[index]

    def index_of(self, public_key: PublicKey) -> int | None:
        """Return the index of a key, or None where it is no validator."""
        return self._indexes.get(public_key)

    def is_quorum(self, power: int) -> bool:
        """Return whether ``power`` is more than 2/3 of the total (2f+1)."""
        return 3 * power > 2 * self.total_power

    def is_honest_bound(self, power: int) -> bool:
        """Return whether ``power`` is more than 1/3 of the total, so at least one honest voice (f+1)."""
        return 3 * power > self.total_power
