"""Evidence on four real nodes, as ``scripts/demo evidence`` tells it: every command, every refusal, and a
validator that dies on the way and comes back. Afterwards the chains agree, and each replays to its roots.
"""

from __future__ import annotations

from pathlib import Path

from p2pchain.testnet.launcher import READY_HEIGHT, Launcher
from p2pchain.testnet.stories.evidence import CAST, tell
from p2pchain.testnet.stories.story import Story
from tests.integration.testnet_driving import command


def test_the_story_of_evidence(tmp_path: Path) -> None:
    launcher = Launcher.make(tmp_path / "net", seed="evidence", cast=CAST)
    said: list[str] = []
    try:
        launcher.start()
        launcher.wait_for_height(READY_HEIGHT)
        story = Story(launcher, said.append)
        tell(story)
        launcher.wait_for_height(launcher.height("bureau"))
        found = command(launcher, "hospital", "evidence", "find", story.names["decision"], "--json").told
        assert [row["org"] for row in found["depositors"]] == ["bureau", "archive"]
        shown = command(launcher, "court", "evidence", "show", story.names["files"], "--json").told
        assert (shown["custodian"], shown["count"], shown["held"]) == ("archive", 12, False)
        key = ("proof", "get", "--hex", (b"evidence/deposit/" + bytes.fromhex(story.names["one"])).hex())
        file = str(tmp_path / "one.proof")
        assert command(launcher, "court", *key, "--out", file).code == 0
        checked = command(launcher, "court", "proof", "verify", file, "--genesis", story.names["genesis"])
        assert (checked.code, "bureau deposited" in checked.out) == (0, True)
    finally:
        launcher.stop()
    homes = [str(launcher.home(name)) for name in ("archive", "hospital")]
    verified = command(launcher, "bureau", "verify", "--deep", "--with", homes[0], "--with", homes[1])
    assert verified.code == 0, verified.out + verified.err
    assert any("is file 4 of 12, deposited as case-03.txt by bureau" in line for line in said)
    assert any("was not deposited by anybody as of block" in line for line in said)
