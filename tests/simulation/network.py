"""The simulated network: who can reach whom, and what happens to a message on its way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Set
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


def connected(nodes: Set[int], links: Set[frozenset[int]]) -> bool:
    """Whether each of the nodes reaches each other one over these links and nodes alone."""
    reached = {min(nodes)}
    while more := {node for link in links if link & reached and link <= nodes for node in link} - reached:
        reached |= more
    return reached == nodes


@dataclass(slots=True)
class Network:
    """Links between nodes by number. A partition cuts both ways, a one-way cut only one; ``slow`` links take
    so many milliseconds more.
    """

    random: Random
    weather: Weather = CALM
    groups: list[set[int]] = field(default_factory=list)
    one_way: set[tuple[int, int]] = field(default_factory=set)
    missing: set[frozenset[int]] = field(default_factory=set)
    """Pairs of nodes that are never linked, for as long as the world lasts."""
    slow: dict[tuple[int, int], int] = field(default_factory=dict)
    tally: Counter[str] = field(default_factory=Counter)

    def cut_links(self, nodes: int) -> None:
        """Let links be missing for good, in an order that chance decides, as long as all stay connected."""
        pairs = [frozenset((one, other)) for one in range(nodes) for other in range(one)]
        self.random.shuffle(pairs)
        for pair in pairs[: self.random.randint(1, len(pairs))]:
            if connected(set(range(nodes)), set(pairs) - self.missing - {pair}):
                self.missing.add(pair)

    def reaches(self, source: int, target: int) -> bool:
        """Whether anything from ``source`` arrives at ``target`` now."""
        if (source, target) in self.one_way:
            return False
        return not self.groups or any(source in group and target in group for group in self.groups)

    def delays(self, source: int, target: int) -> tuple[int, ...]:
        """When the copies of one message arrive, in ms from now; empty where it is lost."""
        weather = self.weather
        if (self.groups or self.one_way) and not self.reaches(source, target):
            self.tally["messages cut off"] += 1
            return ()
        if weather.loss and self.random.random() * 1000 < weather.loss:
            self.tally["messages lost"] += 1
            return ()
        more_ms = self.slow.get((source, target), 0) if self.slow else 0
        if weather.repeat and self.random.random() * 1000 < weather.repeat:
            self.tally["messages repeated"] += 1
            return self._delay() + more_ms, self._delay() + more_ms
        return (self._delay() + more_ms,)

    def heal(self) -> None:
        """No cuts, calm weather."""
        self.groups = []
        self.one_way = set()
        self.slow = {}
        self.weather = CALM

    def _delay(self) -> int:
        weather, chance = self.weather, self.random.random
        low, high = weather.delay_min_ms, weather.delay_max_ms
        if weather.spike and chance() * 1000 < weather.spike:
            self.tally["messages late"] += 1
            low, high = weather.delay_max_ms, weather.spike_max_ms
        return low + int(chance() * (high - low + 1))
