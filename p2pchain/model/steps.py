"""Long work cut into steps, so that whoever runs it can do something else in between.

A piece of work is a generator: it yields how many units it has done since the last yield, and returns its
result. A unit is that of the ledger's meter, about what 100 ns of one core do; the same work always counts
the same units, so tests can bound them without a clock.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")

Steps = Generator[int, None, T]
"""Work that yields units done since the last yield, and returns its result."""


def finish(steps: Steps[T]) -> T:
    """Run all steps at once and return the result. Raises as the work does."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result
