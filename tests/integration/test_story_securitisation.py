"""A deal on four real nodes, as ``scripts/demo securitisation`` tells it: every command, every refusal, and a
validator that dies on the way and comes back. Afterwards the proof says what the statement says.
"""

from __future__ import annotations

from pathlib import Path

from p2pchain.testnet.launcher import READY_HEIGHT, Launcher
from p2pchain.testnet.stories.securitisation import CAST, tell
from p2pchain.testnet.stories.story import Story
from tests.integration.testnet_driving import command


def test_the_story_of_a_deal(tmp_path: Path) -> None:
    launcher = Launcher.make(tmp_path / "net", seed="securitisation", cast=CAST)
    said: list[str] = []
    try:
        launcher.start()
        launcher.wait_for_height(READY_HEIGHT)
        story = Story(launcher, said.append)
        tell(story)
        pool = story.names["pool"]
        shown = command(launcher, "bank-b", "securitisation", "show", pool, "--json").told
        assert (shown["count"], shown["period"], shown["collected_minor"]) == (28, 1, 1_850_000)
        assert shown["paid_minor"] + shown["reserve_minor"] == shown["collected_minor"]
        assert shown["cash_minor"] == 1_886_301
    finally:
        launcher.stop()
    genesis, proof = story.names["genesis"], story.names["proof"]
    checked = command(launcher, "bank-a", "proof", "verify", proof, "--genesis", genesis)
    assert checked.code == 0, checked.out + checked.err
    assert "collected 18,500.00 EUR" in checked.out, checked.out
    assert any("2" in line and "31" in line and "encumbered" in line for line in said)
