"""Goods traced on four real nodes, as ``scripts/demo trace`` tells it: every command, every refusal, and a
validator that dies on the way and comes back. Afterwards the chains agree, and each replays to its roots.
"""

from __future__ import annotations

from pathlib import Path

from p2pchain.testnet.launcher import READY_HEIGHT, Launcher
from p2pchain.testnet.stories.story import Story
from p2pchain.testnet.stories.trace import CAST, FLOUR, tell
from tests.integration.testnet_driving import command


def test_the_story_of_traced_goods(tmp_path: Path) -> None:
    launcher = Launcher.make(tmp_path / "net", seed="trace", cast=CAST)
    said: list[str] = []
    try:
        launcher.start()
        launcher.wait_for_height(READY_HEIGHT)
        story = Story(launcher, said.append)
        tell(story)
        launcher.wait_for_height(launcher.height("farm"))
        shown = command(launcher, "mill", "trace", "where", FLOUR, "--json").told
        assert (shown["custodian"], shown["to"], shown["quantity"]) == ("shop", "mill", 900_000)
        listed = command(launcher, "mill", "trace", "list", "--lot", FLOUR, "--json").told
        assert [each["claim"] for each in listed["things"]] == ["agency"]
    finally:
        launcher.stop()
    homes = [str(launcher.home(name)) for name in ("mill", "shop")]
    verified = command(launcher, "farm", "verify", "--deep", "--with", homes[0], "--with", homes[1])
    assert verified.code == 0, verified.out + verified.err
    assert any("in the custody of shop" in line and "certified by agency" in line for line in said)
    assert any("is recalled by farm since height" in line and "ergot" in line for line in said)
