"""Evidence: a decision, the files of a day, a token, a rival, a hold, and a judge without a node."""

from __future__ import annotations

from typing import Final

from p2pchain.testnet.plan import NetworkMember
from p2pchain.testnet.stories.story import SAMPLES, Story

DOES: Final = "files are deposited, a court holds what nobody then erases, a judge verifies without a node"

CAST: Final = (
    NetworkMember(name="bureau", legal_name="Bureau of Records", roles=("admin", "clerk")),
    NetworkMember(name="archive", legal_name="City Archive", roles=("admin", "clerk")),
    NetworkMember(name="court", legal_name="Regional Court", roles=("admin", "court")),
    NetworkMember(name="hospital", legal_name="City Hospital", roles=("admin",)),
)
FILES: Final = 12
"""Files of the day."""
ID: Final = r"^([0-9a-f]{64}): "


def tell(story: Story) -> None:
    """Run the whole story. Raises ``LaunchFailed("DEMO_FAILED")`` where it goes otherwise."""
    root = story.launcher.places.root
    day = root / "2026-12-01"
    day.mkdir()
    for number in range(FILES):
        (day / f"case-{number:02}.txt").write_text(f"Case {number} of 1 December 2026.\n")
    changed = root / "changed.txt"
    changed.write_text("Case 3 of 2 December 2026.\n")
    story.names |= {"day": str(day), "case": str(day / "case-03.txt"), "changed": str(changed)}
    story.names |= {"beside": str(root / "beside"), "none": str(root / "none.proof")}
    story.names["proof"] = str(root / "beside" / "case-03.txt.evidence")
    for name in ("decision.txt", "token.tsr", "token-foreign.tsr", "token-expired.tsr", "authority.pem"):
        story.names[name.partition(".")[0].replace("-", "_")] = str(SAMPLES / f"evidence-{name}")
    story.names["genesis"] = str(story.launcher.home("bureau") / "genesis.json")
    _decide(story)
    _deposit_a_day(story)
    _hold(story)
    _judge(story)


def _decide(story: Story) -> None:
    story.chapter("A clerk deposits a decision, and the token that an authority gave for it before.")
    how = "scanned from the signed original by the registry"
    deposit = f"evidence deposit {{decision}} --statement '{how}' --as"
    story.keeps("one", "bureau", f"{deposit} bureau", ID)
    story.refused("bureau", f"{deposit} bureau", "EVD_EXISTS")
    stamp = "evidence timestamp {one} --authority {authority} --as bureau --token"
    story.refused("bureau", f"{stamp} {{token_foreign}}", "EVD_TIMESTAMP_INVALID")
    story.refused("bureau", f"{stamp} {{token_expired}}", "EVD_TIMESTAMP_INVALID")
    story.does("bureau", f"{stamp} {{token}}")
    story.chapter("The archive has the same file. Both are written down, and everybody sees who was first.")
    story.does("archive", f"{deposit} archive")
    story.does("hospital", "evidence find {decision}")
    story.does("archive", "evidence countersign {one} --statement 'compared with the original' --as archive")


def _deposit_a_day(story: Story) -> None:
    story.chapter("The hospital's machine dies. The bureau deposits the files of the day, as one root.")
    story.launcher.kill("hospital")
    how = "exported from the case system by two clerks"
    line = f"evidence deposit {{day}} --evidence-dir {{beside}} --statement '{how}' --as bureau"
    story.keeps("files", "bureau", line, ID)
    story.chapter("The archive takes custody of the originals. Only the bureau may replace its own deposit.")
    story.does("bureau", "evidence transfer-custody {files} --to archive --as bureau")
    story.does("archive", "evidence accept-custody {files} --as archive")
    older = "evidence supersede {changed} {files} --statement 'a correction' --as archive"
    story.refused("archive", older, "EVD_SUPERSEDES_FOREIGN")
    story.chapter("The hospital's machine is back.")
    story.launcher.restart("hospital")
    story.launcher.wait_for_height(story.launcher.height("bureau"), names=("hospital",))
    story.does("hospital", "evidence history {files}")


def _hold(story: Story) -> None:
    story.chapter("The hospital shares a finding with the archive. A court orders that it be kept.")
    for org in ("archive", "hospital"):
        story.does(org, f"private enrol --as {org}")
    put = "private put --field finding=negative --to archive --as hospital"
    story.keeps("payload", "hospital", put, r"put payload ([0-9a-f]{64})")
    order = "evidence hold --payload {payload} --order '12 O 34/26' --as court"
    story.keeps("hold", "court", order, r"^hold ([0-9a-f]{64}):")
    for org in ("archive", "hospital"):
        story.refused(org, f"private purge {{payload}} --as {org}", "EVD_HOLD")
    story.does("hospital", "evidence holds")
    story.chapter("The court lifts its hold: the archive erases its copy.")
    story.refused("hospital", "evidence lift {hold} --as hospital", "AUTH_ROLE")
    story.does("court", "evidence lift {hold} --as court")
    story.does("archive", "private purge {payload} --as archive")


def _judge(story: Story) -> None:
    story.chapter("Years later a judge gets one file, its evidence file and the genesis, and has no node.")
    story.does("archive", "evidence prove {proof}")
    verify = "evidence verify {case} {proof} --genesis {genesis}"
    story.checks("judge", verify)
    story.checks_in_vain("judge", verify.replace("{case}", "{changed}"), "PROOF_INVALID")
    story.chapter("And that the changed file was not deposited is proven as well.")
    story.does("archive", "evidence absent {changed} --out {none}")
    story.checks("judge", "evidence verify {changed} {none} --genesis {genesis}")
