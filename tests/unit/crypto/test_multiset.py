"""The sum over a multiset: what went in and out, in any order, and nothing else."""

from __future__ import annotations

import hashlib

from p2pchain.crypto.hashing import sha256
from p2pchain.crypto.multiset import EMPTY_SUM, SUM_BYTES, sum_digest, sum_with, sum_without

ONE, OTHER, THIRD = (sha256(text) for text in (b"one", b"other", b"third"))


def test_one_element_is_shake256_of_it() -> None:
    """FIPS 202: the sum over one element is its hash of 512 bytes."""
    assert sum_with(EMPTY_SUM, (ONE,)) == hashlib.shake_256(ONE).digest(SUM_BYTES)


def test_the_order_does_not_matter_and_the_number_does() -> None:
    total = sum_with(EMPTY_SUM, (ONE, OTHER, THIRD))
    assert sum_with(sum_with(EMPTY_SUM, (THIRD,)), (OTHER, ONE)) == total
    assert sum_with(EMPTY_SUM, (ONE, OTHER)) != total
    assert sum_with(total, (ONE,)) != total


def test_what_goes_out_was_never_in() -> None:
    total = sum_with(EMPTY_SUM, (ONE, OTHER))
    assert sum_without(sum_with(total, (THIRD,)), (THIRD,)) == total
    assert sum_without(total, (OTHER, ONE)) == EMPTY_SUM
    assert sum_with(sum_without(EMPTY_SUM, (ONE,)), (ONE,)) == EMPTY_SUM, "it goes around below nothing"
    assert sum_digest(EMPTY_SUM) == sha256(bytes(SUM_BYTES))
