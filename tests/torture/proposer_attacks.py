"""What a hostile proposer does to the others: the last of four real nodes runs with one lie, and its clients
go on handing it transactions, which nobody else has.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from tests.torture.harms import Scenario
from tests.torture.hostile_proposer import LIED, LIES
from tests.torture.rig import SETTLE_S, Rig, Violation

BLOCKS: Final = 6
LIES_WAITED_S: Final = 4 * SETTLE_S
"""Whoever failed sits out some heights, so the second lie takes a while."""
STOP_S: Final = 10
RESTARTS: Final = 5


def lying_proposer(lie: str, rig: Rig, chance: random.Random, hold_s: float) -> None:
    """A proposer lies at its turns: the three go on, before and after it was heard."""
    *three, one = rig.names
    rig.launcher.stop((one,))
    with _liar(rig, one, lie) as words:
        rig.launcher.wait_until(
            f"{one} lies", lambda: LIED in words.read_text(errors="replace"), LIES_WAITED_S
        )
        rig.figure(f"six blocks past {lie}", rig.grows(*three, by=BLOCKS))
        rig.hold(hold_s)
        rig.grows(*three)
    words.unlink()


def restart_storm(rig: Rig, chance: random.Random, hold_s: float) -> None:
    """A node is killed and started again a second after it was started, over and over: the three go on."""
    *three, one = rig.names
    before = max(rig.heights().values())
    for _ in range(RESTARTS):
        rig.launcher.kill(one)
        rig.start(one)
        rig.hold(1)
    if max(rig.heights().values()) <= before:
        rig.figure("a block in a storm of restarts", rig.grows(*three, by=1))
    rig.grows(*three)


PROPOSER_ATTACKS: Final[Mapping[str, Scenario]] = {
    **{f"proposer-{lie}": partial(lying_proposer, lie) for lie in LIES},
    "restart-storm": restart_storm,
}


# leaves


@contextmanager
def _liar(rig: Rig, name: str, lie: str) -> Iterator[Path]:
    """While it lasts, a node's home is run by a daemon that lies; its log."""
    words = rig.launcher.places.run / f"{name}.liar.log"
    command = [*rig.hosts.inside(name), sys.executable, "-m", "tests.torture.hostile_proposer"]
    with words.open("wb") as output:
        process = subprocess.Popen(
            [*command, str(rig.launcher.home(name)), lie],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    try:
        yield words
        if process.poll() is not None:
            raise Violation(f"the liar ended by itself: {words.read_text(errors='replace')[-2000:]}")
    finally:
        process.kill()
        process.wait(STOP_S)
