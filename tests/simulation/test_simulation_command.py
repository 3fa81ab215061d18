"""``scripts/simulate`` as its user sees it: a summary, exit 1 where a promise broke, and what replays it."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from click.testing import CliRunner

from p2pchain.model.messages import LinkMessage, VoteMessage
from tests.simulation.__main__ import simulate
from tests.simulation.behaviour import Behaviour, Host
from tests.simulation.checkers import Violation
from tests.simulation.profiles import PROFILES, Profile

HOPELESS = "hopeless"
BROKEN = "node 3 broke its word"


class Breaker(Behaviour):
    """A world with it breaks a promise at its first vote."""

    def outgoing(self, node: Host, target: int, message: LinkMessage) -> Sequence[LinkMessage]:
        if isinstance(message, VoteMessage):
            raise Violation(BROKEN)
        return (message,)


@pytest.fixture
def _hopeless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROFILES, HOPELESS, Profile(attack=lambda _random: Breaker()))
    option = next(each for each in simulate.params if each.name == "profile")
    monkeypatch.setattr(option.type, "choices", [*PROFILES])


def test_a_sound_run_tells_its_figures() -> None:
    ran = CliRunner().invoke(simulate, ["--seeds", "0..1", "--heights", "2", "--jobs", "1", "--json"])
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)
    assert (told["seeds"], told["violations"], told["complete"]) == (2, 0, True)
    assert told["heights"] >= 4
    assert told["heights_per_s"] > 0


@pytest.mark.usefixtures("_hopeless")
def test_a_broken_promise_is_told_with_the_command_that_replays_it() -> None:
    arguments = ["--seeds", "7", "--heights", "6", "--jobs", "1", "--profile", HOPELESS]
    ran = CliRunner().invoke(simulate, arguments)
    assert ran.exit_code == 1, ran.output
    assert "VIOLATION  seed 7" in ran.stdout
    assert f"Violation: {BROKEN}" in ran.stdout
    assert f"scripts/simulate --seeds 7 --nodes 4 --heights 6 --profile {HOPELESS} --trace" in ran.stdout


@pytest.mark.usefixtures("_hopeless")
def test_a_trace_ends_with_the_violation() -> None:
    ran = CliRunner().invoke(simulate, ["--seeds", "7", "--heights", "6", "--profile", HOPELESS, "--trace"])
    assert ran.exit_code == 1
    assert ran.stdout.splitlines()[-1] == f"Violation: {BROKEN}"


@pytest.mark.parametrize("given", ["5..", "a", "1..b", "-3"])
def test_seeds_that_are_none_are_refused(given: str) -> None:
    ran = CliRunner().invoke(simulate, [f"--seeds={given}"])
    assert ran.exit_code == 2
    assert "0..99" in ran.output
