"""What can happen in a world, by name: each profile is a mixture of faults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.simulation.behaviour import Behaviour
from tests.simulation.byzantine.attacks import ATTACKS, any_attack, mixture
from tests.simulation.network import CALM, Weather

RAIN = Weather(loss=50, repeat=20, delay_max_ms=60)
STORM = Weather(loss=200, repeat=100, delay_max_ms=150, spike=30)
SLOW = Weather(delay_min_ms=100, delay_max_ms=400)

Attack = Callable[[Random], Behaviour]
"""Makes one hostile node's behaviour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A mixture. Each ``*_every_ms`` is the mean time between two such faults, in milliseconds; 0: never."""

    weather: Weather = CALM
    burst_every_ms: int = 0
    """For a while the weather is a storm."""
    slow_every_ms: int = 0
    """Some links become slower by up to 1.5 s."""
    split_every_ms: int = 0
    """Two groups, neither hears the other."""
    one_way_every_ms: int = 0
    """Nobody hears one node, or it hears nobody."""
    links_missing: bool = False
    """Some pairs of nodes are never linked; over the others all are connected."""
    flap_every_ms: int = 0
    """A split that comes and goes several times a second."""
    crash_every_ms: int = 0
    """Process or power ends between two inputs."""
    boundary_every_ms: int = 0
    """Power ends at a write, sync, message or effect."""
    outage_every_ms: int = 0
    """More than a third ends at once, for up to a minute."""
    pause_every_ms: int = 0
    """A process stands still for up to 20 s."""
    clock_every_ms: int = 0
    """Clocks of at most f nodes jump by up to an hour."""
    all_clocks_every_ms: int = 0
    """The clocks of all nodes, or of some, jump together by hours, forth or back, and are right again within
    two minutes.
    """
    sync_failure_every_ms: int = 0
    full_every_ms: int = 0
    """A disk takes nothing more for a while."""
    flip_every_ms: int = 0
    """A bit of an old segment flips."""
    down_max_ms: int = 5_000
    down_all: bool = False
    """Whether more than f nodes may crash together."""
    submit_every_ms: int = 300
    skew_max_ms: int = 100
    attack: Attack | None = None
    """f nodes behave like this."""
    spare: int = 0
    """Members whose nodes do not validate at genesis: they come one by one, and go again."""
    twins: int = 0
    """So many validators run twice, with one key."""


FAULTS: dict[str, Profile] = {
    "calm": Profile(),
    "rain": Profile(weather=RAIN),
    "storm": Profile(weather=STORM),
    "slow": Profile(weather=SLOW, slow_every_ms=4_000),
    "bursts": Profile(weather=RAIN, burst_every_ms=5_000),
    "splits": Profile(weather=RAIN, split_every_ms=4_000),
    "one-way": Profile(weather=RAIN, one_way_every_ms=3_000),
    "flapping": Profile(flap_every_ms=4_000),
    "links": Profile(links_missing=True, crash_every_ms=6_000),
    "crashes": Profile(weather=RAIN, crash_every_ms=3_000, down_all=True),
    "boundaries": Profile(boundary_every_ms=1_000, down_all=True),
    "outages": Profile(weather=RAIN, outage_every_ms=8_000),
    "pauses": Profile(weather=RAIN, pause_every_ms=4_000),
    "clocks": Profile(weather=RAIN, clock_every_ms=4_000),
    "all-clocks": Profile(weather=RAIN, all_clocks_every_ms=20_000, crash_every_ms=10_000),
    "disks": Profile(sync_failure_every_ms=3_000, full_every_ms=6_000, boundary_every_ms=3_000),
    "flips": Profile(flip_every_ms=3_000, crash_every_ms=4_000),
    "everything": Profile(
        weather=RAIN,
        burst_every_ms=15_000,
        slow_every_ms=15_000,
        split_every_ms=10_000,
        one_way_every_ms=15_000,
        flap_every_ms=15_000,
        boundary_every_ms=5_000,
        outage_every_ms=40_000,
        pause_every_ms=15_000,
        clock_every_ms=20_000,
        sync_failure_every_ms=15_000,
        full_every_ms=20_000,
        flip_every_ms=15_000,
        down_all=True,
    ),
}


def _always(attack: Callable[[], Behaviour]) -> Attack:
    return lambda _random: attack()


HOSTILE: dict[str, Profile] = {
    **{
        f"byzantine-{name}": Profile(weather=RAIN, attack=_always(attack)) for name, attack in ATTACKS.items()
    },
    "byzantine-splits": Profile(weather=RAIN, attack=any_attack, split_every_ms=4_000),
    "byzantine-crashes": Profile(attack=any_attack, boundary_every_ms=3_000),
    "byzantine-storm": Profile(weather=STORM, attack=any_attack),
    "byzantine-everything": Profile(
        weather=RAIN,
        attack=mixture,
        burst_every_ms=15_000,
        split_every_ms=10_000,
        flap_every_ms=15_000,
        boundary_every_ms=6_000,
        pause_every_ms=15_000,
        sync_failure_every_ms=20_000,
    ),
}
"""The last f nodes are hostile."""
TWINS: dict[str, Profile] = {
    "twins": Profile(weather=RAIN, twins=1, split_every_ms=2_000),
    "twins-flapping": Profile(twins=1, flap_every_ms=3_000, one_way_every_ms=5_000),
}
"""One validator runs twice."""

CHANGES: dict[str, Profile] = {
    "changing-validators": Profile(weather=RAIN, spare=3),
    "changing-crashes": Profile(weather=RAIN, spare=3, boundary_every_ms=2_000, crash_every_ms=5_000),
    "changing-splits": Profile(weather=RAIN, spare=3, split_every_ms=4_000, one_way_every_ms=6_000),
    "changing-byzantine": Profile(weather=RAIN, spare=3, attack=any_attack),
}
"""The set grows by three, and shrinks back."""

PROFILES: dict[str, Profile] = {**FAULTS, **HOSTILE, **TWINS, **CHANGES}
