"""The power of an hour on four real nodes, as ``scripts/demo certificate`` tells it: two bodies ask for one
hour, a validator dies on the way, and a cancellation is proven offline. Afterwards the chains agree.
"""

from __future__ import annotations

from pathlib import Path

from p2pchain.testnet.launcher import READY_HEIGHT, Launcher
from p2pchain.testnet.stories.certificate import CAST, tell
from p2pchain.testnet.stories.story import Story
from tests.integration.testnet_driving import command


def test_the_story_of_a_certificate(tmp_path: Path) -> None:
    launcher = Launcher.make(tmp_path / "net", seed="certificates", cast=CAST)
    said: list[str] = []
    try:
        launcher.start()
        launcher.wait_for_height(READY_HEIGHT)
        story = Story(launcher, said.append)
        tell(story)
        launcher.wait_for_height(launcher.height("body-a"))
        listed = command(launcher, "body-b", "certificate", "list", "--json").told["certificates"]
        assert {row["state"] for row in listed} == {"held", "split", "claimed", "cancelled"}
        made = command(launcher, "office", "certificate", "show-issue", story.names["made"], "--json").told
        assert (made["issued_wh"], made["retired_wh"], made["held_wh"]) == (2_400_000, 2_400_000, 0)
    finally:
        launcher.stop()
    homes = [str(launcher.home(name)) for name in ("office", "wind")]
    verified = command(launcher, "body-a", "verify", "--deep", "--with", homes[0], "--with", homes[1])
    assert verified.code == 0, verified.out + verified.err
    proof, genesis = story.names["proof"], story.names["genesis"]
    checked = command(launcher, "body-a", "proof", "verify", proof, "--genesis", genesis)
    assert checked.code == 0, checked.err
    assert "1400000 Wh of production" in checked.out
    assert "cancelled, of wind" in checked.out
