"""What a hostile member or a bad machine does to the others, one function each, on four real nodes.

The attacker is the last of the four: its node is stopped, and a process with its keys (``hostile_member``)
takes its place, on a core of its own where there are two. What must hold meanwhile is said here.
"""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final

from tests.patience import patient
from tests.torture.harms import Scenario, clock_settings, shuffled
from tests.torture.hostile_member import FRAME_FLOODS
from tests.torture.hostile_wire import WIRE_FLOODS
from tests.torture.rig import SETTLE_S, Rig, Violation

NAMED: Final = ("summaries", "pings")
"""Floods after which the flooder must stand by name in the status of somebody."""
FLOOD_BLOCKS: Final = 3
FLOOD_CORE: Final = 1
EIGHT_HOURS_S: Final = 8 * 3600
CLOCKS_WRONG_S: Final = 14
COMMAND_TIMEOUT_S: Final = patient(60)
STOP_S: Final = patient(10)


def flood(kind: str, rig: Rig, chance: random.Random, hold_s: float) -> None:
    """One member writes frames of one kind as fast as it can: the three go on, and say who floods."""
    *three, one = rig.names
    rig.launcher.stop((one,))
    rig.figure("three blocks without a flood", rig.grows(*three, by=FLOOD_BLOCKS))
    with hostile(rig, one, kind):
        rig.figure(f"three blocks under {kind}", rig.grows(*three, by=FLOOD_BLOCKS))
        if kind in NAMED:
            rig.launcher.wait_until(
                f"somebody names {one}", lambda: any(_names_flood(rig, name) for name in three), SETTLE_S
            )
        rig.hold(hold_s)
        rig.figure(f"three blocks under {kind}, later", rig.grows(*three, by=FLOOD_BLOCKS))


def withheld(rig: Rig, chance: random.Random, hold_s: float) -> None:
    """A member claims every height and gives no block: a node that was away catches up all the same."""
    *three, one = rig.names
    rig.launcher.stop((one,))
    away = max(three, key=lambda name: str(rig.status(name)["peer_id"]))
    with hostile(rig, one, "claims"):
        rig.grows(*three)
        rig.launcher.kill(away)
        rig.hold(hold_s)
        rig.start(away)
        rig.figure("caught up past a member that withholds", rig.grows(*three, by=1))


def missing_links(rig: Rig, chance: random.Random, hold_s: float) -> None:
    """A graph of links, one node dead, another restarted: while three are connected, blocks go on."""
    graph, dead, restarted = chance.choice(list(_cases(rig.names)))
    lost = [pair for pair in itertools.permutations(rig.names, 2) if frozenset(pair) not in graph]
    rig.hosts.cut(lost)
    rig.hold(1)
    rig.launcher.kill(dead)
    rig.launcher.kill(restarted)
    rig.start(restarted)
    alive = [name for name in rig.names if name != dead]
    rig.figure("blocks over missing links", rig.grows(*alive))
    rig.hold(hold_s)
    rig.hosts.heal()
    rig.start(dead)
    rig.grows(dead, by=1)


def clocks_ahead(rig: Rig, chance: random.Random, hold_s: float) -> None:
    """All clocks jump 8 hours ahead for 14 s, then are right again: blocks go on within a settling time."""
    files = {name: rig.launcher.places.run / f"{name}.clock" for name in rig.names}
    for name, path in files.items():
        path.write_text("+0\n")
        settings = {"FAKETIME_TIMESTAMP_FILE": str(path), "FAKETIME_CACHE_DURATION": "1"}
        rig.restart(name, environment=clock_settings(settings))
    rig.grows(*rig.names)
    for offset_s in (EIGHT_HOURS_S, 0):
        for path in files.values():
            path.write_text(f"{offset_s:+d}\n")
        rig.hold(CLOCKS_WRONG_S)
        rig.figure(f"blocks with clocks at {offset_s:+d} s", rig.grows(*rig.names))
    for name in shuffled(rig, chance):
        rig.restart(name)
    rig.figure("blocks once all clocks are right", rig.grows(*rig.names))


def unwritable_log(rig: Rig, chance: random.Random, hold_s: float) -> None:
    """The disk of one node's log is full: the node goes on, and says so."""
    one = chance.choice(rig.names)
    rig.restart(one, prefix=("sh", "-c", 'exec "$0" "$@" 2>/dev/full'))
    rig.grows(*rig.names)
    rig.launcher.wait_until(
        f"{one} says that its log is lost",
        lambda: any("log cannot be written" in reason for reason in rig.status(one)["reasons"]),
        SETTLE_S,
    )
    rig.hold(hold_s)
    rig.restart(one)
    rig.grows(one, by=1)


def wrong_registry_key(rig: Rig, chance: random.Random, hold_s: float) -> None:
    """One digit of a bank's shared key is wrong: it registers nothing, and is told why."""
    path = rig.launcher.home("bank-b") / "keys" / "registry.key"
    right = path.read_text()
    text = right.strip()
    invoice = rig.launcher.places.root / "invoice.xml"
    sample = (os.path.dirname(__file__), "..", "samples", "invoice-ubl.xml")
    with open(os.path.join(*sample), encoding="utf-8") as file:
        invoice.write_text(file.read().replace("NW-2026-0117", f"T-{chance.randrange(10**9)}"))
    _does(rig, "bank-a", ("registry", "register", str(invoice), "--as", "bank-a"), 0, "registered")
    try:
        path.write_text(text[:-1] + ("1" if text[-1] == "0" else "0") + "\n")
        _does(rig, "bank-b", ("registry", "register", str(invoice), "--as", "bank-b"), 1, "REG_WRONG_KEY")
    finally:
        path.write_text(right)


@contextmanager
def hostile(rig: Rig, name: str, kind: str) -> Iterator[None]:
    """While it lasts, a hostile process has a node's keys and its host."""
    pinned: Sequence[str] = ()
    if (os.cpu_count() or 1) > FLOOD_CORE:
        pinned = ("taskset", "-c", str(FLOOD_CORE))
    command = [*rig.hosts.inside(name), *pinned, sys.executable, "-m", "tests.torture.hostile_member"]
    process = subprocess.Popen(
        [*command, str(rig.launcher.home(name)), kind, "--seconds", "600"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        yield
        if process.poll() is not None:
            raise Violation(f"the attacker ended by itself: {process.communicate()[1][-2000:]!r}")
    finally:
        process.kill()
        process.communicate(timeout=STOP_S)  # Which closes its pipe, too.


ATTACKS: Final[Mapping[str, Scenario]] = {
    **{f"flood-{kind}": partial(flood, kind) for kind in FRAME_FLOODS},
    "withheld": withheld,
    "missing-links": missing_links,
    "clocks-ahead": clocks_ahead,
    "unwritable-log": unwritable_log,
    "wrong-registry-key": wrong_registry_key,
}
WIRE_ATTACKS: Final[Mapping[str, Scenario]] = {f"flood-{kind}": partial(flood, kind) for kind in WIRE_FLOODS}
"""Floods below the frames of a link; the short form leaves them out, for each takes a while."""


# leaves


def _names_flood(rig: Rig, name: str) -> bool:
    return any("PEER_FLOODS" in str(reason) for reason in rig.status(name)["reasons"])


def _cases(names: Sequence[str]) -> Iterator[tuple[frozenset[frozenset[str]], str, str]]:
    """Every graph of links, node that dies and node that restarts, where the living three stay connected."""
    links = [frozenset(pair) for pair in itertools.combinations(names, 2)]
    for size in range(2, len(links) + 1):
        for chosen in itertools.combinations(links, size):
            graph = frozenset(chosen)
            for dead, restarted in itertools.permutations(names, 2):
                alive = [name for name in names if name != dead]
                if _connected(graph, alive):
                    yield graph, dead, restarted


def _connected(graph: frozenset[frozenset[str]], names: Sequence[str]) -> bool:
    reached, waiting = {names[0]}, [names[0]]
    while waiting:
        here = waiting.pop()
        for there in names:
            if there not in reached and frozenset((here, there)) in graph:
                reached.add(there)
                waiting.append(there)
    return len(reached) == len(names)


def _does(rig: Rig, name: str, words: Sequence[str], code: int, says: str) -> None:
    """A command at a node must end with this code and say this."""
    done = subprocess.run(
        rig.launcher.command(name, *words),
        capture_output=True,
        text=True,
        timeout=COMMAND_TIMEOUT_S,
        check=False,
    )
    if done.returncode != code or says not in done.stdout + done.stderr:
        raise Violation(f"{' '.join(words)}: exit {done.returncode}: {done.stdout} {done.stderr}")
