"""The simulated network: who can reach whom, and what happens to a message on its way."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """How bad the network is. Probabilities in per mille; delays in milliseconds."""

    loss: int = 0
    repeat: int = 0
    delay_min_ms: int = 1
    delay_max_ms: int = 20
    spike: int = 0
    """Per mille of messages that take up to ``spike_max_ms``, so that later ones overtake them."""
    spike_max_ms: int = 2_000


CALM = Weather()


@dataclass(slots=True)
class Network:
    """Links between nodes by number. A partition cuts both ways; a one-way cut only one."""

    random: Random
    weather: Weather = CALM
    groups: list[set[int]] = field(default_factory=list)
    one_way: set[tuple[int, int]] = field(default_factory=set)

    def reaches(self, source: int, target: int) -> bool:
        """Whether anything from ``source`` arrives at ``target`` now."""
        if (source, target) in self.one_way:
            return False
        return not self.groups or any(source in group and target in group for group in self.groups)

    def delays(self, source: int, target: int) -> list[int]:
        """When the copies of one message arrive, in ms from now; empty where it is lost."""
        weather, random = self.weather, self.random
        if not self.reaches(source, target) or random.randrange(1000) < weather.loss:
            return []
        copies = 2 if random.randrange(1000) < weather.repeat else 1
        return [self._delay() for _ in range(copies)]

    def heal(self) -> None:
        """No cuts and calm weather."""
        self.groups = []
        self.one_way = set()
        self.weather = CALM

    def _delay(self) -> int:
        weather = self.weather
        if self.random.randrange(1000) < weather.spike:
            return self.random.randint(weather.delay_max_ms, weather.spike_max_ms)
        return self.random.randint(weather.delay_min_ms, weather.delay_max_ms)
