"""The life of a consent on four real nodes, as ``scripts/demo consent`` tells it.

Afterwards nobody else holds a byte of the report, the AuditEvent names who asked, and the chains replay.
"""

from __future__ import annotations

import json
from pathlib import Path

from p2pchain.testnet.launcher import READY_HEIGHT, START_TIMEOUT_S, Launcher
from p2pchain.testnet.stories.consent import CAST, tell
from p2pchain.testnet.stories.story import Story
from tests.integration.testnet_driving import command
from tests.patience import patient


def test_the_story_of_a_consent(tmp_path: Path) -> None:
    launcher = Launcher.make(tmp_path / "net", seed="consents", cast=CAST)
    said: list[str] = []
    try:
        launcher.start()
        launcher.wait_for_height(READY_HEIGHT, timeout_s=patient(START_TIMEOUT_S))
        story = Story(launcher, said.append)
        tell(story)
        scan = story.names["scan"]
        shown = command(launcher, "authority", "private", "show", scan, "--json").told
        assert (shown["owner"], shown["recipients"]) == ("clinic", ["clinic", "hospital", "radiology"])
        kept = [org for org in launcher.names if (launcher.home(org) / sealed(scan)).exists()]
        assert kept == ["clinic", "hospital", "radiology"]
        late = command(launcher, "clinic", "consent", "deliver", story.names["access"], "--as", "clinic")
        assert (late.code, "CNS_DELIVERED" in late.err) == (1, True)
    finally:
        launcher.stop()
    event = json.loads(Path(story.names["audit"]).read_text("utf-8"))
    assert event["agent"][0]["who"]["identifier"]["value"] == "radiology"
    assert any("is revoked" in line for line in said), "the proof says it in words"
    homes = [str(launcher.home(name)) for name in ("hospital", "radiology")]
    verified = command(launcher, "clinic", "verify", "--deep", "--with", homes[0], "--with", homes[1])
    assert verified.code == 0, verified.out + verified.err


def sealed(root: str) -> Path:
    """Where a home keeps a payload."""
    return Path("data") / "private" / f"{root}.sealed"
