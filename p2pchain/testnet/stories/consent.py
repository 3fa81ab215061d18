"""The life of a consent: proposed, activated by the patient, used, overridden at night, judged, revoked.

A report that the clinic alone can read reaches the radiology once the chain has granted it, never before.
"""

from __future__ import annotations

import subprocess
from typing import Final

from p2pchain.testnet.plan import NetworkMember
from p2pchain.testnet.stories.story import SAMPLES, Story

DOES: Final = "a patient gives and takes back; data flow when it was recorded, at night and by day"

FORM: Final = SAMPLES / "consent-r4.json"
DELIVERY_S: Final = 60.0
HEAD: Final = b"consent/head/".hex()
CAST: Final = (
    NetworkMember(name="authority", legal_name="Health Data Authority", roles=("admin", "reviewer")),
    NetworkMember(name="clinic", legal_name="Clinic gGmbH", roles=("admin", "controller")),
    NetworkMember(name="hospital", legal_name="City Hospital AG", roles=("admin", "emergency")),
    NetworkMember(name="radiology", legal_name="Radiology GmbH", roles=("admin",)),
)
"""Who keeps the data, who reads them, who breaks the glass, who judges."""


def tell(story: Story) -> None:
    """Run the whole story. Raises ``LaunchFailed("DEMO_FAILED")`` where it goes otherwise."""
    root = story.launcher.places.root
    for name in ("mine.key", "yes.json", "no.json", "audit.json", "revoked.proof"):
        story.names[name.partition(".")[0]] = str(root / name)
    story.names |= {"form": str(FORM), "genesis": str(story.launcher.home("clinic") / "genesis.json")}
    _agree(story)
    _share(story)
    _break(story)
    _take_back(story)


def _agree(story: Story) -> None:
    story.chapter("Whoever is to read something makes a key that things are sealed to.")
    for org in ("clinic", "radiology", "hospital"):
        story.does(org, f"private enrol --as {org}")
    story.chapter("A patient makes a key for this consent alone; the clinic's front desk proposes it.")
    made = story.checks("patient", "key new mine --out {mine}")
    story.names["key"] = made.out.rpartition("public key: ")[2].split()[0]
    line = "consent propose {form} --to radiology --actor Organization/radiology=radiology"
    proposed = f"{line} --patient-key {{key}} --as clinic"
    story.keeps("consent", "clinic", proposed, r"^([0-9a-f]{32}): proposed")
    early = "consent access {consent} --purpose TREAT --category imaging --as radiology"
    story.refused("radiology", early, "CNS_NONE")
    story.chapter("The patient reads the terms, and signs them; the desk hands that in.")
    story.refused("clinic", "consent activate {consent} --as clinic", "CNS_NOT_PATIENT")
    story.does("clinic", "consent sign {consent} --key {mine} --out {yes}")
    story.does("clinic", "consent activate {consent} --signed {yes} --as clinic")


def _share(story: Story) -> None:
    story.chapter("A report, sealed to the clinic alone, comes under the consent.")
    put = "private put --field 'report=no finding' --as clinic"
    story.keeps("scan", "clinic", put, r"put payload ([0-9a-f]{64})")
    story.does("clinic", "consent link {consent} {scan} --category imaging --as clinic")
    story.refused("radiology", "private get {scan}", "PRIV_")
    story.chapter("The radiology asks, and is recorded before anything flows.")
    ask = "consent access {consent} --payload {scan}"
    story.refused("radiology", f"{ask} --purpose HRESCH --as radiology", "CNS_PURPOSE")
    story.refused("radiology", f"{ask} --purpose TREAT --category PSY --as radiology", "CNS_DENIED")
    story.refused("hospital", f"{ask} --purpose TREAT --as hospital", "CNS_NOT_GRANTEE")
    story.keeps("access", "radiology", f"{ask} --purpose TREAT --as radiology", r"access ([0-9a-f]{32})")
    story.does("clinic", "consent serve --once --as clinic")
    _arrives(story, "radiology")
    story.does("radiology", "private get {scan}")


def _break(story: Story) -> None:
    story.chapter("At night a machine dies, and the hospital breaks the glass.")
    story.launcher.kill("authority")
    night = "consent break-glass {consent} --payload {scan} --as hospital"
    story.keeps("glass", "hospital", night, r"access ([0-9a-f]{32})")
    story.does("clinic", "consent serve --once --as clinic")
    _arrives(story, "hospital")
    story.does("hospital", "private get {scan}")
    story.chapter("In the morning the authority is back, and judges it.")
    story.launcher.restart("authority")
    story.launcher.wait_for_height(story.launcher.height("clinic"), names=("authority",))
    story.does("authority", "consent reviews hospital")
    own = "consent review {glass} --verdict justified --as hospital"
    story.refused("hospital", own, "AUTH_ROLE")
    story.does("authority", "consent review {glass} --verdict justified --as authority")
    story.does("radiology", "consent audit-event {access} --out {audit}")


def _take_back(story: Story) -> None:
    story.chapter("The patient takes it back; whoever is trusted carries the signature.")
    story.does("hospital", "consent sign {consent} --key {mine} --revoke --out {no}")
    story.does("hospital", "consent revoke {consent} --signed {no} --as hospital")
    ask = "consent access {consent} --purpose TREAT --payload {scan} --as radiology"
    story.refused("radiology", ask, "CNS_REVOKED")
    night = "consent break-glass {consent} --payload {scan} --as hospital"
    story.refused("hospital", night, "CNS_REVOKED")
    story.does("clinic", "consent history {consent}")
    story.chapter("A court, which runs no node, checks that it was taken back.")
    story.names["head"] = HEAD + story.names["consent"]
    story.does("clinic", "proof get --hex {head} --out {revoked}")
    story.checks("court", "proof verify {revoked} --genesis {genesis}")


def _arrives(story: Story, org: str) -> None:
    """Wait until the node of ``org`` has fetched the scan."""
    command = story.launcher.command(org, "private", "get", story.names["scan"], "--json")

    def is_here() -> bool:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    story.launcher.wait_until(f"{org} reads the report", is_here, DELIVERY_S)
