"""A flat's sale on four real nodes, as ``scripts/demo title`` tells it: a seizure suspends the listing in its
block, one sale is signed, a validator dies on the way. Afterwards the chains agree, and no seizure is proven.
"""

from __future__ import annotations

from pathlib import Path

from p2pchain.testnet.launcher import READY_HEIGHT, Launcher
from p2pchain.testnet.stories.story import Story
from p2pchain.testnet.stories.title import CAST, UNIT, tell
from tests.integration.testnet_driving import command


def test_the_story_of_a_title(tmp_path: Path) -> None:
    launcher = Launcher.make(tmp_path / "net", seed="titles", cast=CAST)
    said: list[str] = []
    try:
        launcher.start()
        launcher.wait_for_height(READY_HEIGHT)
        story = Story(launcher, said.append)
        tell(story)
        launcher.wait_for_height(launcher.height("bureau"))
        listed = command(launcher, "agent-b", "listing", "list", "--json").told["listings"]
        assert {row["state"] for row in listed} == {"closed", "suspended"}
        shown = command(launcher, "agent-b", "title", "show", UNIT, "--json").told
        assert [row["owner"] for row in shown["shares"]] == [story.names["person"]]
    finally:
        launcher.stop()
    homes = [str(launcher.home(name)) for name in ("agent-a", "agent-b")]
    verified = command(launcher, "bureau", "verify", "--deep", "--with", homes[0], "--with", homes[1])
    assert verified.code == 0, verified.out + verified.err
    genesis = story.names["genesis"]
    checked = command(launcher, "bureau", "proof", "verify", story.names["free"], "--genesis", genesis)
    assert checked.code == 0, checked.err
    for kind in ("seizure", "mortgage"):
        assert f"{UNIT}: no {kind} is recorded" in checked.out
    assert f"{UNIT}: registered, revision 5" in checked.out
