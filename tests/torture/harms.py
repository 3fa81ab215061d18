"""The faults, one function each. ``hold_s`` is how long a fault lasts; what must hold afterwards is in
``checks``, what must hold meanwhile is said here.
"""

from __future__ import annotations

import random
import shutil
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from p2pchain.node.run.exit_codes import EX_IOERR
from tests.torture.rig import SETTLE_S, Rig, Violation, faketime_library

Scenario = Callable[[Rig, random.Random, float], None]
HOUR_S: Final = 3600
OWN_CLOCK: Final = ("this node's clock", "this machine's clock")
BALLAST: Final = "ballast"
DISK_MB: Final = 16
LOSS_PERCENT: Final = 30
FILL_BYTES: Final = 65_536
SPARE_KB: Final = 24
"""What is left free on the small disk when it is filled: a few blocks."""
OUT_OF_THIN_AIR: Final = "DISK_FAILURE"


def partition_halves(rig: Rig, chance: random.Random, hold_s: float) -> None:
    """2-2: no block while it lasts; how long the first takes afterwards is measured."""
    names = shuffled(rig, chance)
    rig.hosts.part([names[:2], names[2:]])
    # A block whose votes were on their way may still be decided; once it is quiet, it stays so.
    rig.hold(1)
    before = max(rig.heights().values())
    rig.hold(hold_s)
    if (after := max(rig.heights().values())) != before:
        raise Violation(f"a half without a quorum went from {before} to {after}")
    rig.launcher.wait_until("both halves say stalled", lambda: _healths(rig) == {"stalled"}, SETTLE_S)
    rig.hosts.heal()
    rig.figure("first blocks after 2-2", rig.grows(*names, by=1))


def partition_one(rig: Rig, chance: random.Random, hold_s: float) -> None:
    """3-1: the three go on, the one does not, and comes back."""
    *three, one = shuffled(rig, chance)
    rig.hosts.part([three, [one]])
    rig.grows(*three)
    rig.hold(hold_s)
    rig.hosts.heal()
    rig.figure("back after 3-1", rig.grows(one, by=1))


def one_way(rig: Rig, chance: random.Random, hold_s: float) -> None:
    """What one node sends to two others is lost, what they send arrives."""
    one, first, second, _ = names = shuffled(rig, chance)
    rig.hosts.cut([(one, first), (one, second)])
    rig.grows(first, second)
    rig.hold(hold_s)
    rig.hosts.heal()
    rig.figure("all after one-way", rig.grows(*names, by=1))


def flapping(rig: Rig, chance: random.Random, hold_s: float) -> None:
    """Every second another partition, or none."""
    ends = time.monotonic() + hold_s
    while time.monotonic() < ends:
        names = shuffled(rig, chance)
        cut = chance.randrange(4)
        rig.hosts.part([names[:cut], names[cut:]])
        rig.hold(1)
    rig.hosts.heal()
    rig.figure("all after flapping", rig.grows(*rig.names, by=1))


def random_loss(rig: Rig, chance: random.Random, hold_s: float) -> None:
    """30 of 100 packets are lost everywhere: blocks go on, slowly."""
    rig.hosts.lose(LOSS_PERCENT)
    rig.figure("one block everywhere at 30 % loss", rig.grows(*rig.names, by=1, timeout_s=4 * SETTLE_S))
    rig.hold(hold_s)
    rig.hosts.heal()


def kills(rig: Rig, chance: random.Random, hold_s: float) -> None:
    """kill -9 of one node after the other, started again at once."""
    ends = time.monotonic() + hold_s
    while True:
        for name in shuffled(rig, chance):
            rig.launcher.kill(name)
            rig.start(name)
            rig.figure("back after kill -9", rig.grows(name, by=1))
        if time.monotonic() > ends:
            return


def kill_all(rig: Rig, chance: random.Random, hold_s: float) -> None:
    """kill -9 of all at once, as a power cut of everybody."""
    rig.launcher.kill(*rig.names)
    rig.start(*shuffled(rig, chance))
    rig.figure("blocks after kill -9 of all", rig.grows(*rig.names, by=1))


def stop_one(rig: Rig, chance: random.Random, hold_s: float) -> None:
    """SIGSTOP of one node: the others go on; SIGCONT, and it comes back."""
    *three, one = shuffled(rig, chance)

    def meanwhile() -> None:
        rig.grows(*three)
        rig.hold(hold_s)

    _stopped(rig, [one], meanwhile)
    rig.figure("back after SIGSTOP", rig.grows(one, by=1))


def stop_all(rig: Rig, chance: random.Random, hold_s: float) -> None:
    """SIGSTOP of all nodes, as a machine that sleeps."""
    _stopped(rig, list(rig.names), lambda: rig.hold(hold_s))
    rig.figure("blocks after SIGSTOP of all", rig.grows(*rig.names, by=1))


def full_disk(rig: Rig, chance: random.Random, hold_s: float) -> None:
    """One node's disk fills up: it ends with 74, again at a start while it is full; with room it is back."""
    *three, one = shuffled(rig, chance)
    rig.launcher.stop((one,))
    with rig.small_disk(one, DISK_MB) as data:
        rig.start(one)
        rig.grows(one, by=1)
        _fill(data, leave_kb=SPARE_KB)
        rig.ended_with(one, EX_IOERR, [OUT_OF_THIN_AIR, "No space left on device"])
        rig.grows(*three)
        (data / BALLAST).unlink()
        rig.start(one)
        rig.figure("back after a full disk", rig.grows(one, by=1))
        rig.launcher.kill(one)
        _fill(data, leave_kb=0)
        rig.start(one)
        rig.ended_with(one, EX_IOERR, ["disk"])  # The index may be the first that finds it full.
        (data / BALLAST).unlink()
    rig.start(one)
    rig.grows(one, by=1)


def failed_fsync(rig: Rig, chance: random.Random, hold_s: float) -> None:
    """The Nth fdatasync of one node fails: it ends with 74 at once, and is back after a start."""
    *three, one = shuffled(rig, chance)
    when = chance.randint(3, 20)
    inject = f"inject=fdatasync:error=EIO:when={when}"
    trace = ("strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e", inject)
    rig.restart(one, prefix=trace)
    rig.ended_with(one, EX_IOERR, [OUT_OF_THIN_AIR, "Input/output error", "fdatasync"], 2 * SETTLE_S)
    rig.grows(*three)
    rig.start(one)
    rig.figure("back after a failed fsync", rig.grows(one, by=1))


def clock_ahead(rig: Rig, chance: random.Random, hold_s: float) -> None:
    """One node's wall clock is an hour ahead: the chain goes on, and the node says what is wrong."""
    _with_clock(rig, chance, hold_s, HOUR_S)


def clock_behind(rig: Rig, chance: random.Random, hold_s: float) -> None:
    """One node's wall clock is an hour behind."""
    _with_clock(rig, chance, hold_s, -HOUR_S)


def clock_steps(rig: Rig, chance: random.Random, hold_s: float) -> None:
    """One node's wall clock jumps while it runs: an hour ahead, two hours back, and right again."""
    *three, one = shuffled(rig, chance)
    steps = rig.launcher.places.run / f"{one}.clock"
    steps.write_text("+0\n")
    rig.restart(
        one,
        environment=clock_settings({"FAKETIME_TIMESTAMP_FILE": str(steps), "FAKETIME_CACHE_DURATION": "1"}),
    )
    rig.grows(one, by=1)
    for offset_s in (HOUR_S, -HOUR_S):
        steps.write_text(f"{offset_s:+d}\n")
        rig.launcher.wait_until(
            f"{one} sees a clock {offset_s:+d} s off", lambda: _doubts_clock(rig, one), SETTLE_S
        )
        rig.grows(*rig.names)
        rig.hold(hold_s / 2)
    steps.write_text("+0\n")
    rig.launcher.wait_until(f"{one} trusts its clock again", lambda: not _doubts_clock(rig, one), SETTLE_S)
    rig.grows(*three)
    rig.restart(one)


def _with_clock(rig: Rig, chance: random.Random, hold_s: float, offset_s: int) -> None:
    one = chance.choice(rig.names)
    rig.restart(one, environment=clock_settings({"FAKETIME": f"{offset_s:+d}"}))
    rig.grows(*rig.names, by=4)
    rig.launcher.wait_until(f"{one} says that its clock is off", lambda: _doubts_clock(rig, one), SETTLE_S)
    others = [name for name in rig.names if name != one and _doubts_clock(rig, name)]
    if others:
        raise Violation(f"{', '.join(others)} doubt their own clock, which is right")
    rig.hold(hold_s)
    rig.restart(one)
    rig.grows(one, by=1)


def _doubts_clock(rig: Rig, name: str) -> bool:
    return any(reason.startswith(OWN_CLOCK) for reason in rig.status(name)["reasons"])


def clock_settings(settings: Mapping[str, str]) -> dict[str, str]:
    """Environment in which only the wall clock is another. Without the second setting the library takes
    waits by the monotonic clock, which the interpreter's lock is made of, for waits by the wall clock, and
    the node crawls.
    """
    kept = {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_FORCE_MONOTONIC_FIX": "0"}
    return {"LD_PRELOAD": str(faketime_library()), **kept, **settings}


def _stopped(rig: Rig, names: list[str], meanwhile: Callable[[], object]) -> None:
    for name in names:
        rig.launcher.process(name).send(signal.SIGSTOP)
    try:
        meanwhile()
    finally:
        for name in names:
            rig.launcher.process(name).send(signal.SIGCONT)


def _fill(directory: Path, *, leave_kb: int) -> None:
    """Write until the disk has no more than so many kilobytes left; others write there meanwhile."""
    with (directory / BALLAST).open("wb", buffering=0) as file, suppress(OSError):
        while (free := shutil.disk_usage(directory).free - leave_kb * 1024) > 0:
            file.write(b"\0" * min(free, FILL_BYTES))


def _healths(rig: Rig) -> set[str]:
    return {str(rig.status(name)["health"]) for name in rig.names}


def shuffled(rig: Rig, chance: random.Random) -> list[str]:
    """Names of the nodes in an order of chance."""
    return chance.sample(rig.names, len(rig.names))


HARMS: Final[Mapping[str, Scenario]] = {
    "partition-2-2": partition_halves,
    "partition-3-1": partition_one,
    "one-way": one_way,
    "flapping": flapping,
    "loss": random_loss,
    "kill": kills,
    "kill-all": kill_all,
    "stop-one": stop_one,
    "stop-all": stop_all,
    "full-disk": full_disk,
    "fsync": failed_fsync,
    "clock-ahead": clock_ahead,
    "clock-behind": clock_behind,
    "clock-steps": clock_steps,
}
