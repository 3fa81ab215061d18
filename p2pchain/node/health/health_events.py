"""Changes of health as events of the log: what an operator finds in the journal the morning after.

Reasons count seconds and heights, which is no change: they are compared without their numbers.
"""

from __future__ import annotations

import re
from typing import Final

import structlog

from p2pchain.node.health.status_word import Health

_NUMBER: Final = re.compile(r"\d+(\.\d+)?")
_Shape = tuple[str, frozenset[str]]
UNKNOWN: Final[_Shape] = ("unknown", frozenset())
"""Health of a node that has just started."""


class HealthEvents:
    """Logs ``health.changed`` and ``warning.changed`` where word, reasons or warnings are other ones."""

    def __init__(self, log: structlog.typing.FilteringBoundLogger) -> None:
        """Begin with a node of which nothing is known."""
        self._log = log
        self._health = UNKNOWN
        self._warned: frozenset[str] = frozenset()

    def observe(self, health: Health, *, starting: bool = False) -> None:
        """Log what changed since the last call: ``error`` for stalled, ``warning`` for degraded, ``info``.
        ``starting``: links are still made, so a node that was not well yet is no event.
        """
        was, now = self._health, (health.word, _shapes(health.reasons))
        if starting and was == UNKNOWN and health.word != "healthy":
            return
        if now != was:
            self._health = now
            facts = {
                "word": health.word,
                "was": was[0],
                "tolerates": max(health.faults_tolerated, 0),
                "reasons": list(health.reasons),
            }
            match health.word:
                case "stalled":
                    self._log.error("health.changed", **facts)
                case "degraded":
                    self._log.warning("health.changed", **facts)
                case _:
                    self._log.info("health.changed", **facts)
        warned = _shapes(health.warnings)
        if warned != self._warned:
            self._warned = warned
            level = self._log.warning if health.warnings else self._log.info
            level("warning.changed", warnings=list(health.warnings))


def _shapes(lines: tuple[str, ...]) -> frozenset[str]:
    return frozenset(_NUMBER.sub("#", line) for line in lines)
