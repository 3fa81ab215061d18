"""The faults of a world: each kind comes again and again, at moments that chance chooses, until ``end``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Protocol

from tests.simulation.checkers import Checkers
from tests.simulation.network import Network
from tests.simulation.node import SimulatedNode
from tests.simulation.profiles import STORM, Profile

BOUNDARIES_AHEAD_MAX = 400
"""A loss of power at a boundary comes within so many of them: about two heights."""
SYNCS_AHEAD_MAX = 20
FLAPS = 8
HOUR_MS = 3_600_000


class Afflicted(Protocol):
    """What faults need of their world."""

    random: Random
    network: Network
    tally: Counter[str]
    checkers: Checkers
    nodes: list[SimulatedNode]
    faulty_max: int

    def after(self, delay_ms: int, action: Callable[..., None], *arguments: object) -> None: ...


class Faults:
    """All that goes wrong in a world by chance."""

    def __init__(self, world: Afflicted, profile: Profile) -> None:
        """Nothing happens before ``begin``."""
        self._world = world
        self._profile = profile
        self._random = world.random
        self._over = False
        self._jumped: dict[int, int] = {}
        self._damaged: dict[int, Path] = {}

    def begin(self) -> None:
        """From now on things go wrong."""
        profile = self._profile
        for every_ms, happen in (
            (profile.burst_every_ms, self._burst),
            (profile.slow_every_ms, self._slow),
            (profile.split_every_ms, self._split),
            (profile.one_way_every_ms, self._one_way),
            (profile.flap_every_ms, self._flap),
            (profile.crash_every_ms, self._crash),
            (profile.boundary_every_ms, self._boundary),
            (profile.outage_every_ms, self._outage),
            (profile.pause_every_ms, self._pause),
            (profile.clock_every_ms, self._clock),
            (profile.all_clocks_every_ms, self._all_clocks),
            (profile.sync_failure_every_ms, self._sync_failure),
            (profile.full_every_ms, self._full),
            (profile.flip_every_ms, self._flip),
        ):
            if every_ms:
                self._again(every_ms, happen)

    def end(self) -> None:
        """All is mended: the network, disks and clocks; who is down or stands still goes on."""
        self._over = True
        self._world.network.heal()
        for node in self._world.nodes:
            node.machine.mend()
            if node.number in self._jumped:
                node.machine.skew_ms = self._jumped[node.number]
            node.resume()
            node.start()

    # kinds

    def _burst(self) -> None:
        self._tally("bursts")
        network = self._world.network
        network.weather = STORM
        self._later(3_000, self._weather_back)

    def _slow(self) -> None:
        self._tally("slow links")
        numbers = [node.number for node in self._world.nodes]
        self._world.network.slow = {
            (self._random.choice(numbers), self._random.choice(numbers)): self._random.randint(100, 1_500)
            for _ in range(self._random.randint(1, 4))
        }

    def _split(self) -> None:
        numbers = self._shuffled()
        self._tally("splits")
        cut = self._random.randint(1, len(numbers) - 1)
        self._world.network.groups = [set(numbers[:cut]), set(numbers[cut:])]
        self._later(2 * self._profile.split_every_ms, self._join)

    def _one_way(self) -> None:
        one, *others = self._shuffled()
        self._tally("one-way cuts")
        pairs = {(one, other) for other in others}
        mute = self._random.random() < 0.5
        self._world.network.one_way = pairs if mute else {(other, one) for one, other in pairs}
        self._later(2 * self._profile.one_way_every_ms, self._join)

    def _flap(self) -> None:
        self._tally("flapping splits")
        numbers = self._shuffled()
        cut = self._random.randint(1, len(numbers) - 1)
        groups = [set(numbers[:cut]), set(numbers[cut:])]
        at_ms = 0
        for _ in range(FLAPS):
            self._later_at(at_ms, self._set_groups, groups)
            at_ms += self._random.randint(50, 500)
            self._later_at(at_ms, self._join)
            at_ms += self._random.randint(50, 300)

    def _crash(self) -> None:
        for node in self._victims():
            if node.up:
                power = self._random.random() < 0.5
                self._tally("power lost" if power else "processes ended")
                node.crash(power=power)
                self._start_again(node)

    def _boundary(self) -> None:
        for node in self._victims():
            if node.machine.power_until is None:
                node.machine.power_until = node.machine.boundaries + self._random.randint(
                    1, BOUNDARIES_AHEAD_MAX
                )

    def _outage(self) -> None:
        nodes = self._world.nodes
        count = self._random.randint(self._world.faulty_max + 1, len(nodes))
        self._tally("outages")
        for node in self._random.sample(nodes, count):
            node.crash(power=self._random.random() < 0.5)
            self._world.after(self._random.randint(1, 60_000), node.start)

    def _pause(self) -> None:
        node = self._random.choice(self._world.nodes)
        self._tally("pauses")
        node.pause()
        self._world.after(self._random.randint(100, 20_000), node.resume)

    def _clock(self) -> None:
        nodes = self._world.nodes
        back = len(self._jumped) >= self._world.faulty_max
        node = nodes[self._random.choice(sorted(self._jumped))] if back and self._jumped else None
        if node is not None:
            node.machine.skew_ms = self._jumped.pop(node.number)
        elif not back:
            node = self._random.choice(nodes)
            self._tally("clock jumps")
            self._jumped.setdefault(node.number, node.machine.skew_ms)
            node.machine.skew_ms = self._random.randint(-HOUR_MS, HOUR_MS)

    def _all_clocks(self) -> None:
        """One wrong time server of many nodes."""
        if self._jumped:
            return
        nodes = self._world.nodes
        self._tally("jumps of many clocks together")
        jump_ms = self._random.choice((-1, 1)) * self._random.randint(HOUR_MS, 10 * HOUR_MS)
        for node in self._random.sample(nodes, self._random.choice((len(nodes), len(nodes) // 2))):
            self._jumped[node.number] = node.machine.skew_ms
            node.machine.skew_ms += jump_ms
        self._later(120_000, self._clocks_right)

    def _clocks_right(self) -> None:
        for number, skew_ms in self._jumped.items():
            self._world.nodes[number].machine.skew_ms = skew_ms
        self._jumped.clear()

    def _sync_failure(self) -> None:
        node = self._random.choice(self._world.nodes)
        node.machine.syncs_until_failure = self._random.randint(0, SYNCS_AHEAD_MAX)

    def _full(self) -> None:
        node = self._random.choice(self._world.nodes)
        self._tally("disks full")
        node.machine.full = True
        self._world.after(self._random.randint(500, 10_000), self._room, node)

    def _flip(self) -> None:
        """Never the copies of more than f nodes at once: what nobody holds any more, nobody can fetch."""
        self._damaged = {
            number: path
            for number, path in self._damaged.items()
            if not self._is_whole_again(self._world.nodes[number], path)
        }
        node = self._random.choice(self._world.nodes)
        if len({*self._damaged, node.number}) <= self._world.faulty_max:
            if node.machine.flip(node.home.chain_path):
                self._damaged[node.number] = node.home.chain_path

    # leaves

    def _again(self, every_ms: int, happen: Callable[[], None]) -> None:
        self._later(2 * every_ms, self._happen, every_ms, happen)

    def _happen(self, every_ms: int, happen: Callable[[], None]) -> None:
        happen()
        self._again(every_ms, happen)

    def _later(self, most_ms: int, action: Callable[..., None], *arguments: object) -> None:
        self._later_at(self._random.randint(1, most_ms), action, *arguments)

    def _later_at(self, delay_ms: int, action: Callable[..., None], *arguments: object) -> None:
        self._world.after(delay_ms, self._unless_over, action, arguments)

    def _unless_over(self, action: Callable[..., None], arguments: tuple[object, ...]) -> None:
        if not self._over:
            action(*arguments)

    def _victims(self) -> Sequence[SimulatedNode]:
        nodes = self._world.nodes
        most = len(nodes) if self._profile.down_all else max(1, self._world.faulty_max)
        return self._random.sample(nodes, self._random.randint(1, most))

    def _start_again(self, node: SimulatedNode) -> None:
        """At once, or late."""
        delay_ms = 1 if self._random.random() < 0.3 else self._random.randint(1, self._profile.down_max_ms)
        self._world.after(delay_ms, node.start)

    def _shuffled(self) -> list[int]:
        numbers = [node.number for node in self._world.nodes]
        self._random.shuffle(numbers)
        return numbers

    def _set_groups(self, groups: list[set[int]]) -> None:
        self._world.network.groups = groups

    def _join(self) -> None:
        self._world.network.groups = []
        self._world.network.one_way = set()

    def _weather_back(self) -> None:
        self._world.network.weather = self._profile.weather

    def _room(self, node: SimulatedNode) -> None:
        node.machine.full = False

    def _is_whole_again(self, node: SimulatedNode, damaged: Path) -> bool:
        """Whether the damaged log was set aside, and the chain fetched again."""
        return node.up and node.home.chain_path != damaged and node.height >= self._world.checkers.highest

    def _tally(self, what: str) -> None:
        self._world.tally[what] += 1
