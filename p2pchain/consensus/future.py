"""How much of later rounds is kept of one sender, so that nobody fills our memory with rounds that never come."""

from __future__ import annotations

from p2pchain.model.ids import Round


class FutureRounds:
    """Admits each sender to its ``rounds_max`` highest later rounds.

    The highest, not the nearest: honest validators vote in rising rounds, so their highest are where they are now, and
    a node far behind finds them there and skips (line 55). Whatever a sender does costs only its own places.
    """

    def __init__(self, *, rounds_max: int) -> None:
        """``rounds_max``: later rounds kept per sender, at least 1."""
        assert rounds_max >= 1, f"{rounds_max} rounds"
        self._rounds_max = rounds_max
        self._held: dict[int, tuple[Round, ...]] = {}

    def admit(self, sender: int, round_: Round, current: Round) -> tuple[bool, Round | None]:
        """Whether what ``sender`` says in ``round_`` is kept, and the round of its that must be forgotten for it."""
        if round_ <= current:
            return True, None
        held = tuple(each for each in self._held.get(sender, ()) if each > current)
        if round_ in held:
            return True, None
        if len(held) < self._rounds_max:
            self._held[sender] = tuple(sorted((*held, round_)))
            return True, None
        if round_ < held[0]:
            return False, None
        self._held[sender] = tuple(sorted((*held[1:], round_)))
        return True, held[0]
